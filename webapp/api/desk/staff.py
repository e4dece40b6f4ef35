"""Who may see the desk, and who else could judge an appeal."""

from domain.errors import Forbidden
from domain.moderation.appeal import Appeal
from domain.moderation.case_state import Case
from readmodel.moderation.staff import StaffBesides
from webapp.api.operations import Call
from webapp.site import site
from webapp.site.database import ask


def require(call: Call) -> None:
    """Raises Forbidden for everybody but moderators."""
    if not call.moderates():
        raise Forbidden("Only moderators see this.")


def require_other(call: Call, author: str) -> None:
    """Raises Forbidden where this is about the moderator who calls: they aren't to learn who reported them, nor what
    others note down. author: a handle."""
    require(call)
    if author == call.caller.handle:
        raise Forbidden("This is about you or what is yours: another moderator sees to it.")


def may_judge(call: Call, target: str) -> bool:
    """Whether a moderator calls, and not about what is their own."""
    return call.moderates() and site.current().bus.aggregates().case(target).author != call.caller.account


def could_another_resolve(case: Case, decision: str, appeal: Appeal) -> bool:
    """Whether anybody but the decision's maker may judge an appeal against it."""
    made = case.decisions.get(decision)
    besides = {case.author, appeal.account, made.by if made else ""} - {""}
    found: int = ask(StaffBesides(accounts=tuple(sorted(besides))))
    return found > 0
