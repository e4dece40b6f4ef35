"""/decisions/<id>: the statement of reasons, for whom it concerns; for those who reported, what came of it."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext
from flask_login import current_user

from domain import ids
from domain.errors import NotFound
from domain.moderation.decision import TakeBackDecision, came_to_nothing
from readmodel.moderation.queries import AppealsOf, AppealView, DecisionById, DecisionsAbout, Statement
from webapp.pages import forms
from webapp.server import cursors, htmx
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import reporters, rules, staff, targets, words

bp = Blueprint("statements", __name__)


@bp.get("/decisions")
@needs_login
def index() -> Response:
    """Those about the viewer."""
    listing = f"decisions:{current_user.account}"
    found = ask(DecisionsAbout(account=current_user.account, after=cursors.read(listing, request.args.get("after"))))
    further = cursors.write(listing, found.next)
    return htmx.show(
        "desk/decisions.html",
        fragment="desk/_decisions.html",
        items=found.items,
        next=further and url_for(".index", after=further),
        **words.NAMES,
    )


@bp.get("/decisions/<id:decision>")
def show(decision: str) -> Response:
    found, party = visible(decision)
    own = own_appeal(found)
    return htmx.show(
        "desk/statement.html" if party != "reporter" else "desk/outcome.html",
        statement=found,
        party=party,
        href=targets.href(found.target),
        thing=targets.find(found.target) if party != "reporter" else None,
        rule=rules.cited(found.rule, found.rules_version),
        appeal=own,
        appeals=ask(AppealsOf(decision=decision)) if party == "staff" else [],
        may_appeal=may_appeal(found, party) and own is None,
        form=forms.for_page(forms.ReasonForm),
        **words.NAMES,
    )


@bp.get("/decisions/<id:decision>/take-back")
def take_back_form(decision: str) -> Response:
    staff.require()
    return show(decision)


@bp.post("/decisions/<id:decision>/take-back")
def take_back(decision: str) -> Response:
    staff.require()
    form, (found, _) = forms.submitted(forms.ReasonForm), visible(decision)
    command = TakeBackDecision(target=found.target, decision=decision, reason=form.reason.data, now=ids.now())
    flash_note(send(command, forms.command_id(form)))
    flash(gettext("The decision is taken back: what it restricted is being lifted."), "good")
    return htmx.go(url_for(".show", decision=decision))


def visible(decision: str) -> tuple[Statement, str]:
    """A decision, and as whom the viewer may see it: author, reporter, staff. Raises NotFound for everybody else, and
    for authors where it came to nothing: nobody learns that they were reported.
    """
    found = _find(decision)
    if found.author == current_user.handle:
        if came_to_nothing(found.acts):
            raise NotFound("There is no such decision.")
        return found, "author"
    if current_user.is_moderator:
        return found, "staff"
    if reporters.is_of_decision(found.target, decision):
        return found, "reporter"
    raise NotFound("There is no such decision.")


def may_appeal(found: Statement, party: str) -> bool:
    """Whether the viewer could: once, for six months, with an account."""
    if (
        not current_user.is_authenticated
        or found.appeal_until < ids.now()
        or found.state in ("taken back", "overturned")
    ):
        return False
    return party == "author" or reporters.is_of_decision(found.target, found.id)


def own_appeal(found: Statement) -> AppealView | None:
    appeals: list[AppealView] = ask(AppealsOf(decision=found.id)) if current_user.is_authenticated else []
    return next((one for one in appeals if one.account == current_user.handle), None)


def _find(decision: str) -> Statement:
    found: Statement | None = ask(DecisionById(decision=decision))
    if found is None:
        raise NotFound("There is no such decision.")
    return found
