"""The rights that posts and comments share: who may change words, and when a reason is owed."""

from .account import Account, standing, stated
from .errors import Forbidden

__all__ = ["admin", "author_or_moderator", "moderator", "restorer", "standing"]


def author_or_moderator(author: str, by: Account, reason: str) -> str:
    """The reason, tidied; refused for strangers, and for a moderator who gives none."""
    if by.handle != author and not by.is_moderator:
        raise Forbidden("Only its author or a moderator may do that.")
    return stated(reason, owed=by.handle != author)


def moderator(by: Account, reason: str) -> str:
    """The reason, tidied; refused for everyone but moderators."""
    if not by.is_moderator:
        raise Forbidden("Only a moderator may do that.")
    return stated(reason, owed=False)


def admin(by: Account, reason: str) -> str:
    """The reason, tidied and owed; refused for everyone but admins."""
    if not by.is_admin:
        raise Forbidden("Only an admin may do that.")
    return stated(reason, owed=True)


def restorer(removed_by: str, author: str, by: Account, reason: str) -> str:
    """An author takes back their own removal; a moderator takes back anyone's."""
    if not by.is_moderator and not (by.handle == author == removed_by):
        raise Forbidden("A moderator removed this, so only a moderator can restore it.")
    return stated(reason, owed=False)
