"""Leaving: somebody closes their account, and for a while logging in takes that back. Afterwards what is theirs goes.

Leave begins it. EraseAccount closes the account for good, and takes what it says about the person. RetireHandle and the
erasures of texts follow, which the closed account's own actor sends one after the other; see docs/decisions/0096.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

from . import text
from .errors import Conflict, Forbidden, Invalid, Sentence
from .handle import HandleErased, called
from .ids import Id, Moment, StreamName, is_id
from .messages import Command, Erasure, Event, Explained
from .reasons import AccountReasonsErased
from .rights import OPERATOR, Account, Choice, Leaving, require_account, require_active, require_admin

Words = Literal["keep", "erase"]
WORDS: tuple[Words, ...] = get_args(Words)
MAX_EXCEPTIONS = 1_000
_WRITING = re.compile(r"(?:post|comment)-(.+)")


class Leave(Command, frozen=True, kw_only=True):
    """words: whether posts and comments are kept, under the name of no one, or erased.

    exceptions: streams of those that the opposite happens to. until: up to when it can be taken back.
    """

    regenerated: ClassVar[tuple[str, ...]] = ("until",)
    handle: str
    words: str
    exceptions: tuple[str, ...] = ()
    until: str
    reason: str = ""


class Return(Command, frozen=True, kw_only=True):
    """Takes leaving back. now is the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    now: str


class EraseAccount(Command, frozen=True, kw_only=True):
    """For the account itself, once its time is over; for the operator, where a backup of before was restored."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    now: str


class RetireHandle(Command, frozen=True, kw_only=True):
    """Erases one of a closed account's handles, by the version that claimed it, and reserves it.

    reserved: what reservation() makes of it, from the operator, who restores a backup without it.
    """

    regenerated: ClassVar[tuple[str, ...]] = ("reserved_until",)
    handle: str
    version: int
    reserved_until: str
    reserved: str = ""


class ClosureOrdered(Explained, frozen=True, kw_only=True):
    """An admin has somebody leave; the event that they do comes next."""

    type: ClassVar[str] = "ClosureOrdered"
    account: Id


class LeavingBegun(Event, frozen=True, kw_only=True):
    """The account is shown as nobody's from now on, and is closed after `until`. No list of events says who thinks of
    it."""

    type: ClassVar[str] = "LeavingBegun"
    secret: ClassVar[bool] = True
    account: Id
    words: Words
    exceptions: tuple[StreamName, ...] = ()
    until: Moment


class LeavingTakenBack(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "LeavingTakenBack"
    secret: ClassVar[bool] = True
    account: Id


class AccountErased(Erasure, frozen=True, kw_only=True):
    """The account is nobody's, for good. What it said about its owner is gone, and so are its passwords."""

    type: ClassVar[str] = "AccountErased"
    schema: ClassVar[int] = 1
    account: Id


COMMANDS: tuple[type[Command], ...] = (Leave, Return, EraseAccount, RetireHandle)
EVENTS: tuple[type[Event], ...] = (
    ClosureOrdered, LeavingBegun, LeavingTakenBack, AccountErased, AccountReasonsErased,
)  # fmt: skip


def decide(account: Account, command: Command, by: Account, reservation: str) -> list[Event]:
    """reservation: of the handle that is to be retired."""
    carries_on = account.closed and isinstance(command, EraseAccount | RetireHandle)
    if not (carries_on and by.id in (account.id, OPERATOR)):
        require_account(account, by)
    match command:
        case Leave():
            return _leave(account, command, by)
        case Return():
            return _return(account, command, by)
        case EraseAccount():
            return _erase(account, command, by)
        case RetireHandle():
            return _retire(account, command, by, reservation)
    raise TypeError(f"{type(command).__name__} is no command of leaving")


def _leave(account: Account, command: Leave, by: Account) -> list[Event]:
    """Somebody suspended may leave, too. The operator gives whoever leaves more time, once a backup is restored."""
    ordered: list[Event] = []
    if by.id != account.id:
        require_active(by)
        require_admin(by)
        ordered = [ClosureOrdered(account=account.id, reason=text.required_reason(command.reason))]
    words = next((known for known in WORDS if known == command.words), None)
    if words is None:
        raise Invalid({"words": Sentence("Words must be one of: %(words)s.", words=", ".join(WORDS))})
    exceptions, until = tuple(sorted(set(command.exceptions))), command.until
    if account.leaving:
        if by.id == account.id and account.leaving.choice == Choice(words, exceptions):
            return []
        if by.id != OPERATOR:
            raise Conflict("This account is being closed already, as its owner or an admin chose.")
    return [*ordered, LeavingBegun(account=account.id, words=words, exceptions=exceptions, until=until)]


def is_writing(stream: str) -> bool:
    """Whether a stream could be a post's or a comment's."""
    found = _WRITING.fullmatch(stream)
    return found is not None and is_id(found[1])


def require_own(account: Account, authors: Mapping[str, str]) -> None:
    """Raises Invalid where an exception isn't the account's own post or comment: what is sealed is nobody's to type."""
    if len(authors) > MAX_EXCEPTIONS:
        raise Invalid({"exceptions": Sentence("%(most)s exceptions are the most.", most=MAX_EXCEPTIONS)})
    if any(author != account.id or not author for author in authors.values()):
        raise Invalid({"exceptions": Sentence("Exceptions must be your own posts and comments: post-… and comment-….")})


def _return(account: Account, command: Return, by: Account) -> list[Event]:
    if by.id != account.id:
        require_active(by)
        require_admin(by)
    if account.leaving is None:
        return []
    if command.now > account.leaving.until:
        raise Conflict("The time in which you could come back is over: this account is being closed.")
    return [LeavingTakenBack(account=account.id)]


def _erase(account: Account, command: EraseAccount, by: Account) -> list[Event]:
    if account.closed:
        return []
    if by.id != OPERATOR:
        if by.id != account.id:
            raise Forbidden("An account is closed by itself, once its owner has left.")
        if account.leaving is None or command.now <= account.leaving.until:
            raise Conflict("This account can still be returned to.")
    erased = sorted({*account.text_versions, *account.password_versions})
    return [AccountErased(account=account.id, erased=tuple(erased))]


def _retire(account: Account, command: RetireHandle, by: Account, reservation: str) -> list[Event]:
    if by.id not in (account.id, OPERATOR):
        raise Forbidden("A handle is retired by its account, once its owner has left.")
    if not account.closed:
        raise Conflict("This account isn't closed.")
    _, versions = called(account).get(command.version, ("", ()))
    if by.id == OPERATOR and not versions and command.version in account.handle_texts:
        versions, reservation = (command.version,), command.reserved
    until = command.reserved_until
    erased = HandleErased(account=account.id, erased=versions, reserved=reservation, reserved_until=until)
    return [erased] if versions else []


def evolve(account: Account, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case ClosureOrdered():
            account.reason_given(event.reason, actor)
        case LeavingBegun():
            account.leaving = Leaving(Choice(event.words, event.exceptions), event.until)
        case LeavingTakenBack():
            account.leaving = None
        case AccountErased():
            account.closed, account.roles = True, frozenset()
            account.name = account.bio = account.password_hash = ""
            account.words_erased(event.erased, "", actor)
            account.password_versions = account.password_versions.without(event.erased)
        case AccountReasonsErased():
            account.reasons_erased(event.erased)
