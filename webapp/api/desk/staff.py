"""Who may see the desk."""

from domain.errors import Forbidden
from webapp.api.operations import Call
from webapp.site import moderation


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
    return call.moderates() and not moderation.is_of(target, call.caller.account)
