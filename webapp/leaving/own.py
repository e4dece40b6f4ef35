"""/settings/leave: a takeout first, what becomes of one's words, what goes and what stays, and the password again."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from domain import ids
from domain.leaving import WORDS, Words
from readmodel.newest import WritingsOf
from webapp.pages import accounts, forms
from webapp.server import cursors, htmx
from webapp.site import auth, leaving, site, takeouts
from webapp.site.auth import needs_login
from webapp.site.commands import send
from webapp.site.database import ask

from .forms import ChoiceForm, LeaveForm

bp = Blueprint("leaving", __name__)


@bp.get("/settings/leave")
@needs_login
def show() -> Response:
    here, account = site.current().settings, current_user.account
    return htmx.show(
        "leaving/show.html",
        form=forms.for_page(LeaveForm),
        ticket=leaving.ticket(account),
        takeout=takeouts.find(account),
        preview=leaving.preview(account),
        until=ids.from_now(here.leave_after),
        retention=here.retention,
        has_topic=here.has_topic,
        leave_after=here.leave_after,
    )


@bp.post("/settings/leave")
def leave() -> Response:
    """Sent twice it leads to the receipt twice, although the first one ended the session."""
    form = forms.submitted(LeaveForm)
    if not current_user.is_authenticated:
        found = leaving.by_ticket(form.ticket.data)
        return htmx.go(url_for("receipts.show", receipt=found.id)) if found else accounts.not_logged_in()
    account, id = current_user.account, forms.command_id(form)
    auth.verify_current_password(account, form.password.data, "password")
    exceptions = leaving.choices(account).get(_words(form.words.data), ())
    found = leaving.begin(account, form.words.data, exceptions, "", lambda command: send(command, id))
    auth.log_out()
    return htmx.go(url_for("receipts.show", receipt=found.id))


@bp.get("/settings/leave/choose")
@needs_login
def choose() -> Response:
    words, account = _words(request.values.get("words", "")), current_user.account
    after = request.values.get("after", "")
    found = ask(WritingsOf(author=account, after=cursors.read(_listing(account), after)))
    turned = _ticked() if request.method == "POST" else set(leaving.choices(account)[words])
    return htmx.show(
        "leaving/choose.html",
        form=forms.for_page(ChoiceForm, words=words, after=after),
        words=words,
        after=after,
        items=found.items,
        next=cursors.write(_listing(account), found.next),
        turned=turned,
    )


@bp.post("/settings/leave/choose")
@needs_login
def save_choices() -> Response:
    form, account = forms.submitted(ChoiceForm), current_user.account
    words = _words(form.words.data)
    leaving.choose(account, words, set(form.shown.data.split()), _ticked())
    further = request.form.get("further", "")
    if further and cursors.read(_listing(account), further):
        return htmx.go(url_for(".choose", words=words, after=further))
    return htmx.go(url_for(".show", _anchor="choice"))


def _ticked() -> set[str]:
    """A box is called after the stream that it is for, and hidden fields after none."""
    return set(request.form)


def _words(typed: Any) -> Words:
    """What was typed, if it is one of them. The domain refuses what isn't."""
    return next((words for words in WORDS if words == typed), "keep")


def _listing(account: str) -> str:
    return f"leaving:{account}"
