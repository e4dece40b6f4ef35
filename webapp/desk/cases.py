"""A case: all that is known about what was reported, and who looks at it."""

from typing import Any

import msgspec
from flask import Blueprint, Response, flash, g, url_for
from flask_babel import gettext
from flask_login import current_user

from domain import ids
from domain.errors import NotFound
from domain.moderation.case import AddNote, Claim, Escalate, OpenCase, Release
from domain.moderation.targets import parse
from domain.text import MAX_NOTE_CHARS
from readmodel.moderation.queries import AccountFile, CaseById, CaseDetails, FileOf
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import form_recovery, site
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import comparing, deciding_form, staff, targets, words
from .forms import ClaimForm, NoteForm, TargetForm
from .targets import Shown

bp = Blueprint("cases", __name__)

MAX_SIMILAR = 5


@bp.get("/moderation/cases/<target>")
def show(target: str) -> Response:
    staff.require()
    return _page(target)


@bp.get("/moderation/cases/<target>/state")
def state(target: str) -> Response:
    """Who has claimed it and what is being carried out, for the page to ask for again."""
    staff.require()
    if not htmx.wants_fragment():
        return htmx.go(url_for(".show", target=target))
    return htmx.part("desk/_state.html", **_told(_details(target)))


@bp.post("/moderation/cases")
def open_case() -> Response:
    """A case that nobody reported, claimed at once."""
    from_form = forms.submitted(TargetForm)
    target = parse(from_form.target.data or "").stream
    flash_note(send(OpenCase(target=target, now=ids.now()), forms.command_id(from_form)))
    return htmx.go(url_for(".show", target=target))


@bp.get("/moderation/cases/<target>/claim")
def claim_form(target: str) -> Response:
    return show(target)


@bp.post("/moderation/cases/<target>/claim")
def claim(target: str) -> Response:
    """What was typed below goes on, where a claim ran out meanwhile."""
    form = forms.submitted(ClaimForm)
    command = Claim(target=target, take_over=bool(form.take_over.data), now=ids.now())
    flash_note(send(command, forms.command_id(form)))
    if "seen" not in form_recovery.submitted_fields():
        return htmx.go(url_for(".show", target=target, _anchor="decide"))
    form_recovery.restore(form_recovery.submitted_fields())
    return _page(target)


@bp.post("/moderation/cases/<target>/release")
def release(target: str) -> Response:
    form = forms.submitted(forms.Form)
    flash_note(send(Release(target=target, now=ids.now()), forms.command_id(form)))
    return htmx.go(url_for(".show", target=target))


@bp.get("/moderation/cases/<target>/notes")
def note_form(target: str) -> Response:
    return show(target)


@bp.post("/moderation/cases/<target>/notes")
def add_note(target: str) -> Response:
    form = forms.submitted(NoteForm)
    flash_note(send(AddNote(target=target, text=form.text.data, now=ids.now()), forms.command_id(form)))
    return htmx.go(url_for(".show", target=target, _anchor="notes"))


@bp.get("/moderation/cases/<target>/escalate")
def escalate_form(target: str) -> Response:
    return show(target)


@bp.post("/moderation/cases/<target>/escalate")
def escalate(target: str) -> Response:
    form = forms.submitted(forms.ReasonForm)
    flash_note(send(Escalate(target=target, reason=form.reason.data, now=ids.now()), forms.command_id(form)))
    flash(gettext("It waits for an admin."), "good")
    return htmx.go(url_for(".show", target=target))


def _page(target: str) -> Response:
    details = _details(target)
    thing = targets.find(details.case.id)
    return htmx.show(
        "desk/case.html",
        **_told(details),
        thing=thing,
        compared=comparing.compare(details.reported, details.today),
        around=_around(details),
        author=_file_of(details),
        similar=[found for one in details.similar[:MAX_SIMILAR] if (found := targets.find(one))],
        form=deciding_form.for_page(details.case, thing),
        acts=deciding_form.acts(details.case.kind),
        **deciding_form.choices(),
        note_form=forms.for_page(NoteForm, prefix="note-"),
        note_limit=MAX_NOTE_CHARS,
        new_since=_new_since(),
    )


def _details(target: str) -> CaseDetails:
    stream = parse(target).stream
    found: CaseDetails | None = ask(CaseById(case=stream, now=ids.now()))
    if found is None:
        raise NotFound("There is no such case.")
    staff.require_not_own(found.case.author)
    return found


def _told(details: CaseDetails) -> dict[str, Any]:
    """What the part that keeps up shows. is_decided: whether the last decision answers everything, though it may be
    appealed. is_mine: whether the viewer's own claim is live.
    """
    case = details.case
    return {
        "details": details,
        "case": case,
        "href": targets.href(case.id),
        "is_decided": site.current().bus.aggregates().case(case.id).decided,
        "is_mine": bool(case.claimed_by) and case.claimed_by == current_user.handle,
        "button_form": forms.for_page(forms.Form, prefix="button-"),
        **words.NAMES,
    }


def _around(details: CaseDetails) -> list[Shown]:
    """The post that a comment is in, and the comment that it answers."""
    case, found = details.case, []
    if case.kind == "comment":
        comment = site.current().bus.aggregates().comment(case.id.partition("-")[2])
        above = [f"post-{case.thread}"] + ([f"comment-{comment.parent}"] if comment.parent else [])
        found = [shown for one in above if (shown := targets.find(one))]
    return found


def _file_of(details: CaseDetails) -> AccountFile | None:
    """The author's, without this case itself."""
    file: AccountFile | None = ask(FileOf(account=details.case.author, now=ids.now()))
    if file is None:
        return None
    others = tuple(case for case in file.cases if case.id != details.case.id)
    return msgspec.structs.replace(file, cases=others)


def _new_since() -> str:
    """When the page was shown that a form came back from: what is newer is marked. "9" is after all moments."""
    recovered = g.get("recovered")
    return (recovered.get("seen_at") if recovered else "") or "9"
