"""Reasons that somebody gave for what they did to others' things: they go when whoever gave them leaves.

Each kind of stream has a command and an event for that. Which versions hold reasons only, and whose, is in
versions.Erasable. In each command versions says which of all reasons, for the operator; else all of the sender's go.
"""

from collections.abc import Iterable
from typing import ClassVar

from .errors import Forbidden, NotFound
from .ids import Id
from .messages import Command, Erasure, Event
from .rights import OPERATOR, Account
from .versions import Erasable


class ErasePostReasons(Command, frozen=True, kw_only=True):
    post: str
    versions: tuple[int, ...] = ()


class EraseCommentReasons(Command, frozen=True, kw_only=True):
    comment: str
    versions: tuple[int, ...] = ()


class EraseAccountReasons(Command, frozen=True, kw_only=True):
    """account: its id."""

    account: str
    versions: tuple[int, ...] = ()


class PostReasonsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostReasonsErased"
    schema: ClassVar[int] = 1
    post: Id


class CommentReasonsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "CommentReasonsErased"
    schema: ClassVar[int] = 1
    comment: Id


class AccountReasonsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountReasonsErased"
    schema: ClassVar[int] = 1
    account: Id


ReasonsErased = PostReasonsErased | CommentReasonsErased | AccountReasonsErased
EraseReasons = ErasePostReasons | EraseCommentReasons | EraseAccountReasons
COMMANDS: tuple[type[Command], ...] = (ErasePostReasons, EraseCommentReasons, EraseAccountReasons)


def decide(thing: Erasable, command: EraseReasons, by: Account) -> list[Event]:
    """thing: what the command names."""
    require_may_erase(by)
    if not thing.exists:
        raise NotFound("There is nothing of which reasons could go.")
    erased = erasable(thing, command.versions, by)
    if not erased:
        return []
    match command:
        case ErasePostReasons():
            return [PostReasonsErased(post=command.post, erased=erased)]
        case EraseCommentReasons():
            return [CommentReasonsErased(comment=command.comment, erased=erased)]
        case EraseAccountReasons():
            return [AccountReasonsErased(account=command.account, erased=erased)]


def require_may_erase(by: Account) -> None:
    """Refuses everybody but the operator, and whoever has left."""
    if by.id != OPERATOR and not by.closed:
        raise Forbidden("Reasons go when whoever gave them has left.")


def erasable(thing: Erasable, versions: Iterable[int], by: Account) -> tuple[int, ...]:
    """The versions of a thing whose reasons go: of these for the operator, else all that their sender gave."""
    if by.id == OPERATOR:
        return tuple(filter(thing.is_reason, sorted(set(versions))))
    return tuple(thing.reasons_by.get(by.id, ()))
