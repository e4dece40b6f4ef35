"""Leaving: somebody closes their account, and for a while logging in takes that back. Afterwards what is theirs goes.

Leave begins it. EraseAccount closes the account for good, and takes what it says about the person. RetireHandle and the
erasures of texts follow, which the closed account's own actor sends one after the other; see docs/decisions/0096.
"""

import hmac
import re
from typing import ClassVar, Literal, get_args

from . import text
from .errors import Conflict, Forbidden, Invalid, NotFound, Sentence
from .handle import HandleClaimed
from .ids import Digest, Id, Moment, StreamName, is_id
from .messages import Command, Erasure, Event, Explained
from .reasons import AccountReasonsErased
from .rights import OPERATOR, Account, Leaving, ReservedHandle, require_account, require_active, require_admin

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


class LeavingBegun(Explained, frozen=True, kw_only=True):
    """The account is shown as nobody's from now on, and is closed after `until`."""

    type: ClassVar[str] = "LeavingBegun"
    account: Id
    words: Words
    exceptions: tuple[StreamName, ...] = ()
    until: Moment


class LeavingTakenBack(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "LeavingTakenBack"
    account: Id


class AccountErased(Erasure, frozen=True, kw_only=True):
    """The account is nobody's, for good. What it said about its owner is gone, and so are its passwords."""

    type: ClassVar[str] = "AccountErased"
    schema: ClassVar[int] = 1
    account: Id


class HandleErased(Erasure, frozen=True, kw_only=True):
    """A handle is gone. reserved: what reservation() makes of it, which keeps others from claiming it for a while."""

    type: ClassVar[str] = "HandleErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("reserved",)
    account: Id
    reserved: str
    reserved_until: Moment

    @property
    def claim(self) -> str | None:
        """What its commit claims; None where nothing is reserved."""
        return reserved_claim(self.reserved) if self.reserved else None


COMMANDS: tuple[type[Command], ...] = (Leave, Return, EraseAccount, RetireHandle)
EVENTS: tuple[type[Event], ...] = (LeavingBegun, LeavingTakenBack, AccountErased, HandleErased, AccountReasonsErased)

CLAIMING = (HandleClaimed, HandleErased)
"""Events with a `claim`, which their commit has."""


def reservation(site_key: str, handle: str) -> Digest:
    """What stands for a handle whose owner left. Keyed: whoever has the store alone can't find out by trying."""
    return hmac.digest(site_key.encode(), f"left handle\0{handle}".encode(), "sha256").hex()


def reserved_claim(reservation: str) -> str:
    """What a commit claims that reserves a handle."""
    return f"left:{reservation}"


def decide(account: Account, command: Command, by: Account, reservation: str) -> list[Event]:
    """reservation: of the handle that is to be retired."""
    require_account(account)
    match command:
        case Leave():
            return _leave(account, command, by)
        case Return():
            return _return(account, command, by)
        case EraseAccount():
            return _close(account, command, by)
        case RetireHandle():
            return _retire(account, command, by, reservation)
    raise TypeError(f"{type(command).__name__} is no command of leaving")


def _leave(account: Account, command: Leave, by: Account) -> list[Event]:
    """Somebody suspended may leave, too."""
    if by.id == account.id:
        reason = text.optional_reason(command.reason)
    else:
        require_active(by)
        require_admin(by)
        reason = text.required_reason(command.reason)
    words = next((known for known in WORDS if known == command.words), None)
    if words is None:
        raise Invalid({"words": Sentence("Words must be one of: %(words)s.", words=", ".join(WORDS))})
    exceptions = _checked(command.exceptions)
    require_open(account)
    if account.leaving:
        return []
    id, until = account.id, command.until
    return [LeavingBegun(account=id, words=words, exceptions=exceptions, until=until, reason=reason)]


def _checked(exceptions: tuple[str, ...]) -> tuple[str, ...]:
    """In one order, each once. Raises Invalid for what is no post or comment, and for too many."""
    for stream in exceptions:
        found = _WRITING.fullmatch(stream)
        if found is None or not is_id(found[1]):
            raise Invalid({"exceptions": Sentence("Exceptions must be posts and comments, as post-… and comment-….")})
    if len(exceptions) > MAX_EXCEPTIONS:
        raise Invalid({"exceptions": Sentence("%(most)s exceptions are the most.", most=MAX_EXCEPTIONS)})
    return tuple(sorted(set(exceptions)))


def _return(account: Account, command: Return, by: Account) -> list[Event]:
    if by.id != account.id:
        require_active(by)
        require_admin(by)
    require_open(account)
    if account.leaving is None:
        return []
    if command.now > account.leaving.until:
        raise Conflict("The time in which you could come back is over: this account is being closed.")
    return [LeavingTakenBack(account=account.id)]


def _close(account: Account, command: EraseAccount, by: Account) -> list[Event]:
    if account.closed and by.id == account.id:
        return []
    if by.id != OPERATOR:
        if by.id != account.id:
            raise Forbidden("An account is closed by itself, once its owner has left.")
        if account.leaving is None or command.now <= account.leaving.until:
            raise Conflict("This account can still be returned to.")
    if account.closed:
        return []
    erased = sorted({*account.text_versions, *account.password_versions})
    return [AccountErased(account=account.id, erased=tuple(erased))]


def _retire(account: Account, command: RetireHandle, by: Account, reservation: str) -> list[Event]:
    if by.id not in (account.id, OPERATOR):
        raise Forbidden("A handle is retired by its account, once its owner has left.")
    if not account.closed:
        raise Conflict("This account isn't closed.")
    versions = called(account).get(command.version, ())
    if by.id == OPERATOR and not versions and command.version in account.handle_texts:
        versions, reservation = (command.version,), command.reserved
    until = command.reserved_until
    erased = HandleErased(account=account.id, erased=versions, reserved=reservation, reserved_until=until)
    return [erased] if versions else []


def require_open(account: Account) -> None:
    """Refuses to do anything to an account whose owner left."""
    if account.closed:
        raise NotFound("The owner of this account left.")


def called(account: Account) -> dict[int, tuple[int, ...]]:
    """The handles that an account has and had: the version that claimed it → all that say it."""
    versions = [account.handle_versions, *(former.versions for former in account.former_handles.values())]
    return {one[0]: one for one in versions if one}


def handle_of(account: Account, version: int) -> str:
    """The handle that this version claimed; "" where it is none, or retired."""
    if version in account.handle_versions[:1]:
        return account.handle
    former = account.former_handles.items()
    return next((handle for handle, one in former if one.versions[:1] == (version,)), "")


def evolve(account: Account, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case LeavingBegun():
            account.leaving = Leaving(event.words, event.exceptions, event.until, account.version)
            account.reason_given(event.reason, actor)
        case LeavingTakenBack():
            account.leaving = None
        case AccountErased():
            account.closed, account.roles = True, frozenset()
            account.name = account.bio = account.password_hash = ""
            account.words_erased(event.erased, "", actor)
            account.password_versions = account.password_versions.without(event.erased)
        case AccountReasonsErased():
            account.reasons_erased(event.erased)
        case HandleErased():
            account.forget_handles(event.erased)
            account.handle_texts = account.handle_texts.plus(account.version)
            if event.reserved:
                one = ReservedHandle(account.version, event.reserved_until)
                account.reserved_handles = {**account.reserved_handles, event.reserved: one}
