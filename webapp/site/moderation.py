"""What pages and the API both ask about cases and appeals."""

from domain.errors import NotFound
from domain.ids import now
from domain.moderation.appeal import Appeal
from domain.moderation.appeal import stream as appeal_stream
from domain.moderation.case_state import Case
from readmodel.moderation.queries import AppealView
from readmodel.moderation.staff import StaffBesides

from . import site
from .database import ask


def is_of(target: str, account: str) -> bool:
    """Whether a target's case is about what is this account's."""
    return site.current().bus.aggregates().case(target).author == account


def appeal_of(found: AppealView) -> tuple[Case, Appeal]:
    """The case and the state of an appeal: it is of one of those whom the decision concerns. Raises NotFound."""
    aggregates = site.current().bus.aggregates()
    case = aggregates.case(found.target)
    concerned = (case.author, *sorted(case.reporters_of(found.decision)))
    aggregates.prefetch(appeal_stream(found.decision, account) for account in concerned)
    for account in concerned:
        state = aggregates.appeal(found.decision, account)
        if state.id == found.id:
            return case, state
    raise NotFound("There is no such appeal.")


def could_another_resolve(case: Case, decision: str, appeal: Appeal) -> bool:
    """Whether anybody but the decision's maker may judge an appeal against it."""
    made = case.decisions.get(decision)
    besides = {case.author, appeal.account, made.by if made else ""} - {""}
    found: int = ask(StaffBesides(accounts=tuple(sorted(besides)), now=now()))
    return found > 0
