"""Who may see the desk, and who else could decide."""

from flask_login import current_user

from domain.errors import Forbidden
from domain.moderation.appeal import Appeal
from readmodel.moderation.staff import StaffBesides
from webapp.site import site
from webapp.site.database import ask


def require() -> None:
    """Raises Forbidden for everybody but moderators."""
    if not current_user.is_moderator:
        raise Forbidden("Only moderators see this page.")


def require_not_own(handle: str) -> None:
    """Raises Forbidden where it is about the viewer: who reported it is not for them, moderator or not."""
    if handle == current_user.handle:
        raise Forbidden("This is about what is yours: it is for other moderators.")


def could_another_resolve(target: str, decision: str, appeal: Appeal) -> bool:
    """Whether anybody but the decision's maker may judge an appeal against it."""
    case = site.current().bus.aggregates().case(target)
    made = case.decisions.get(decision)
    besides = tuple(sorted({case.author, appeal.account, made.by if made else ""} - {""}))
    count: int = ask(StaffBesides(accounts=besides))
    return count > 0
