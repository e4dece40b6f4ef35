"""Who may see the desk, and who else could judge an appeal."""

from domain.errors import Forbidden
from domain.moderation.appeal import Appeal
from domain.moderation.case_state import Case
from readmodel.moderation.staff import StaffBesides
from webapp.api.operations import Call
from webapp.site.database import ask


def require(call: Call) -> None:
    """Raises Forbidden for everybody but moderators."""
    if not call.moderates():
        raise Forbidden("Only moderators see this.")


def could_another_resolve(case: Case, decision: str, appeal: Appeal) -> bool:
    """Whether anybody but the decision's maker may judge an appeal against it."""
    made = case.decisions.get(decision)
    besides = {case.author, appeal.account, made.by if made else ""} - {""}
    found: int = ask(StaffBesides(accounts=tuple(sorted(besides))))
    return found > 0
