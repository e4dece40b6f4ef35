"""Appeals against decisions: lodged and answered by whom they concern, resolved by moderators."""

from msgspec.structs import replace

from domain.errors import NotFound
from domain.ids import now
from domain.messages import Receipt
from domain.moderation.appeal import Appeal as AppealState
from domain.moderation.appeal import AppealLodged, Lodge, Resolve
from domain.moderation.appeal import Reply as ReplyToAppeal
from domain.moderation.case_state import Case
from operational.idempotency import id_for
from readmodel.moderation.queries import AppealById, AppealView, FindAppeals
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies
from webapp.api.schema.response_bodies import Accepted, Page
from webapp.site import moderation
from webapp.site.database import ask

from . import answers, bodies, shown, staff
from .decisions import find, party
from .stored import only_event


def appeal_decision(call: Call) -> Reply:
    """Ask for a decision about you, or about what you reported, to be looked at again: once, within six months.
    Suspended people may, too."""
    decision = find(call.ids["id"])
    party(call, decision)
    command = Lodge(
        appeal=id_for(call.caller.account, call.key), target=decision.target, decision=decision.id,
        text=call.body.text, now=now(),
    )  # fmt: skip
    lodged = only_event(call.send(command), AppealLodged)
    return Reply(answers.Lodged(id=lodged.appeal), location(f"/appeals/{lodged.appeal}"))


def list_appeals(call: Call) -> Reply:
    """Appeals that wait, oldest first. For moderators, without those about what is their own."""
    staff.require(call)
    query: request_bodies.Listing = call.query
    found = ask(FindAppeals(after=pagination.after(call), limit=query.limit))
    others = [one for one in found.items if staff.may_judge(call, one.target)]
    return pagination.page(call, replace(found, items=others), shown.appeal_for_staff)


def show_appeal(call: Call) -> Reply:
    """One appeal, for whoever lodged it and for moderators."""
    found, _, state = _found(call)
    if staff.may_judge(call, found.target):
        return Reply(shown.appeal_for_staff(found))
    _require_own(state, call)
    return Reply(shown.appeal_for_party(found))


def reply_to_appeal(call: Call) -> Reply:
    """Say one more thing, once for each side. A moderator's token needs the scope moderate, too."""
    found, _, state = _found(call)
    if not staff.may_judge(call, found.target):
        _require_own(state, call)
    command = ReplyToAppeal(target=found.target, decision=found.decision, account=state.account, text=call.body.text)
    return _changed(found, call.send(command))


def resolve_appeal(call: Call) -> Reply:
    """Uphold a decision, or overturn it: then what it restricted is lifted. For a moderator who didn't make it, where
    there is another."""
    wanted: bodies.AppealResolution = call.body
    found, case, state = _found(call)
    command = Resolve(
        target=found.target, decision=found.decision, account=state.account, outcome=wanted.outcome,
        reason=wanted.reason, others=moderation.could_another_resolve(case, found.decision, state),
    )  # fmt: skip
    return _changed(found, call.send(command))


def _found(call: Call) -> tuple[AppealView, Case, AppealState]:
    """The appeal as it is shown, its case, and its state. Raises NotFound."""
    found: AppealView | None = ask(AppealById(appeal=call.ids["id"]))
    if found is None:
        raise NotFound("There is no such appeal.")
    return found, *moderation.appeal_of(found)


def _require_own(state: AppealState, call: Call) -> None:
    if state.account != call.caller.account:
        raise NotFound("There is no such appeal.")


def _changed(found: AppealView, receipt: Receipt) -> Reply:
    return Reply(Accepted(id=found.id, version=receipt.version))


OPERATIONS = (
    Operation(
        method="POST", path="/decisions/{id}/appeal", handler=appeal_decision, scope="write", while_suspended=True,
        body=bodies.AppealText, query=request_bodies.Waiting, answer=answers.Lodged, status=201, refusals=(409,),
    ),
    Operation(
        method="GET", path="/moderation/appeals", handler=list_appeals, scope="moderate",
        query=request_bodies.Listing, answer=Page[answers.Appeal],
    ),
    Operation(
        method="GET", path="/appeals/{id}", handler=show_appeal, scope="read", while_suspended=True,
        answer=answers.Appeal,
    ),
    Operation(
        method="POST", path="/appeals/{id}/reply", handler=reply_to_appeal, scope="write", while_suspended=True,
        body=bodies.AppealText, query=request_bodies.Waiting, answer=Accepted, refusals=(409,),
    ),
    Operation(
        method="POST", path="/appeals/{id}/resolution", handler=resolve_appeal, scope="moderate",
        body=bodies.AppealResolution, query=request_bodies.Waiting, answer=Accepted, refusals=(409,),
    ),
)  # fmt: skip
