"""Appeals: lodging one, the page where both sides and the text stand beside each other, and how it ends."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext
from flask_login import current_user

from domain import ids
from domain.errors import NotFound
from domain.moderation.appeal import MAX_TEXT_CHARS, Lodge, Reply, Resolve
from readmodel.moderation.queries import AppealById, AppealView, DecisionById
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import moderation, site
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import statements, targets, words
from .forms import AppealForm, ReplyForm

bp = Blueprint("appeals", __name__)


@bp.get("/decisions/<id:decision>/appeal")
@needs_login
def lodge_form(decision: str) -> Response:
    found, party = statements.visible(decision)
    return htmx.show(
        "desk/appeal_form.html",
        statement=found,
        party=party,
        href=targets.href(found.target),
        form=forms.for_page(AppealForm),
        limit=MAX_TEXT_CHARS,
        **words.NAMES,
    )


@bp.post("/decisions/<id:decision>/appeal")
@needs_login
def lodge(decision: str) -> Response:
    form, (found, _) = forms.submitted(AppealForm), statements.visible(decision)
    command = Lodge(
        appeal=ids.uuid7(), target=found.target, decision=decision, text=form.text.data, now=ids.now()
    )  # fmt: skip
    sent = flash_note(send(command, forms.command_id(form)))
    flash(gettext("Your appeal is lodged. Another moderator looks at it where there is one."), "good")
    if not sent.shown:
        return htmx.go(url_for("statements.show", decision=decision))
    appeal = site.current().bus.aggregates().appeal(decision, current_user.account)
    return htmx.go(url_for(".show", appeal=appeal.id))


@bp.get("/appeals/<id:appeal>")
def show(appeal: str) -> Response:
    found = _visible(appeal)
    is_party = found.account == current_user.handle
    replied = {reply.by_staff for reply in found.replies}
    statement = ask(DecisionById(decision=found.decision))
    return htmx.show(
        "desk/appeal.html",
        appeal=found,
        statement=statement,
        is_party=is_party,
        href=targets.href(found.target),
        may_reply=found.outcome is None and (not is_party) not in replied,
        may_resolve=_may_resolve(found, is_party, statement.author),
        form=forms.for_page(forms.ReasonForm, prefix="resolve-"),
        reply_form=forms.for_page(ReplyForm, prefix="reply-"),
        limit=MAX_TEXT_CHARS,
        **words.NAMES,
    )


@bp.get("/appeals/<id:appeal>/reply")
def reply_form(appeal: str) -> Response:
    return show(appeal)


@bp.post("/appeals/<id:appeal>/reply")
@needs_login
def reply(appeal: str) -> Response:
    form, found = forms.submitted(ReplyForm), _visible(appeal)
    _, state = moderation.appeal_of(found)
    command = Reply(target=found.target, decision=found.decision, account=state.account, text=form.text.data)
    flash_note(send(command, forms.command_id(form)))
    return htmx.go(url_for(".show", appeal=appeal))


@bp.get("/appeals/<id:appeal>/resolve")
def resolve_form(appeal: str) -> Response:
    return show(appeal)


@bp.post("/appeals/<id:appeal>/resolve")
@needs_login
def resolve(appeal: str) -> Response:
    form, found = forms.submitted(forms.ReasonForm), _visible(appeal)
    case, state = moderation.appeal_of(found)
    command = Resolve(
        target=found.target,
        decision=found.decision,
        account=state.account,
        outcome=request.form.get("outcome", ""),
        reason=form.reason.data,
        others=moderation.could_another_resolve(case, found.decision, state),
    )
    flash_note(send(command, forms.command_id(form)))
    flash(gettext("The appeal is decided."), "good")
    return htmx.go(url_for(".show", appeal=appeal))


def _visible(appeal: str) -> AppealView:
    """For its party and for staff, but not a reporter's for whom it is about. Raises NotFound for everybody else."""
    found: AppealView | None = ask(AppealById(appeal=appeal))
    if found is None or not (found.account == current_user.handle or _is_for_staff(found)):
        raise NotFound("There is no such appeal.")
    return found


def _is_for_staff(found: AppealView) -> bool:
    return bool(current_user.is_moderator) and not moderation.is_of(found.target, current_user.account)


def _may_resolve(found: AppealView, is_party: bool, author: str) -> bool:
    """Whether to offer it; whether the decision's maker may is for the domain to say."""
    own = is_party or author == current_user.handle
    return bool(found.outcome is None and current_user.is_moderator and not own)
