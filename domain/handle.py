"""Handles: what an account is called. Nobody else may have one while its claim stands, a former one for a year more.

The handle stands in erasable data, and its claim on the commit beside what is sealed; see docs/decisions/0094.
"""

import hmac
from typing import ClassVar

from . import text
from .errors import Conflict, HandleTaken, NotFound, Sentence
from .ids import Digest, Id, Moment, is_id
from .messages import Command, Erasure, Event
from .rights import OPERATOR, Account, FormerHandle, ReservedHandle, require_account, require_admin, require_self

PLACEHOLDER_PREFIX = "gone-"
MAX_FORMER_HANDLES = 3
"""So many of its former handles may be kept for an account at a time: nobody collects names."""
RESERVED_DAYS = 365
"""How long nobody else may claim a former handle, whose address leads to the new one, or one whose owner left."""


class ChangeHandle(Command, frozen=True, kw_only=True):
    """now is the time, former_until up to when today's handle leads to the new one; as domain.ids.now writes them."""

    regenerated: ClassVar[tuple[str, ...]] = ("now", "former_until")
    handle: str
    new_handle: str
    now: str
    former_until: str


class ReleaseHandle(Command, frozen=True, kw_only=True):
    """Sets a former handle free: whoever had it, an admin, or anybody once its time is over. now is the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    now: str


class EraseHandles(Command, frozen=True, kw_only=True):
    """Says again that these versions' handles were erased, where a backup of before was restored. For the operator."""

    handle: str
    versions: tuple[int, ...]


class HandleClaimed(Event, frozen=True, kw_only=True):
    """The account is called so from now on. Its commit carries the claim that keeps everybody else from the handle.

    Secret: whoever follows the site's events is told of people by what they are called today.

    former_until: up to when the handle before stays reserved, and leads here; "" where there was none.
    claimed_by: where the owner goes back to a former handle, the version of this stream whose claim stands; else 0.
    """

    type: ClassVar[str] = "HandleClaimed"
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("handle",)
    account: Id
    handle: str
    former_until: Moment = ""
    claimed_by: int = 0

    @property
    def claim(self) -> str | None:
        """What its commit claims; None where an earlier one's claim stands."""
        return None if self.claimed_by else claim(self.handle)


class FormerHandleErased(Erasure, frozen=True, kw_only=True):
    """Somebody may claim again what the account was called before."""

    type: ClassVar[str] = "FormerHandleErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
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


COMMANDS: tuple[type[Command], ...] = (ChangeHandle, ReleaseHandle, EraseHandles)
EVENTS: tuple[type[Event], ...] = (HandleClaimed, FormerHandleErased, HandleErased)
CLAIMING = (HandleClaimed, HandleErased)
"""Events with a `claim`, which their commit has."""


def claim(handle: str) -> str:
    """What a commit claims with a handle: stores keep it unique, and drop it where the handle is erased."""
    return f"handle:{handle}"


def reservation(site_key: str, handle: str) -> Digest:
    """What stands for a handle whose owner left. Keyed: whoever has the store alone can't find out by trying."""
    return hmac.digest(site_key.encode(), f"left handle\0{handle}".encode(), "sha256").hex()


def reserved_claim(reservation: str) -> str:
    """What a commit claims that reserves a handle."""
    return f"left:{reservation}"


def free_handle(fields: text.Fields, typed: str, holder: Account) -> str:
    """The handle to claim, normalised; what is wrong with it goes to fields. Raises HandleTaken where holder exists."""
    handle = text.handle(fields, typed)
    fields.raise_faults()
    if holder.exists or handle == OPERATOR or is_placeholder(handle) or is_id(handle):
        raise HandleTaken("Somebody has that handle already. Upper and lower case make no difference.")
    return handle


def decide(account: Account, command: Command, by: Account, holder: Account, reservation: str) -> list[Event]:
    """holder has the new handle, where there is one. reservation: of the handle to set free."""
    match command:
        case ChangeHandle():
            require_account(account, by)
            return _change(account, command, by, holder)
        case ReleaseHandle():
            return _release(account, command, by, reservation)
        case EraseHandles():
            return _erase(account, command, by)
    raise TypeError(f"{type(command).__name__} is no command of a handle")


def _change(account: Account, command: ChangeHandle, by: Account, holder: Account) -> list[Event]:
    require_self(account, by)
    handle, until = text.handle_key(command.new_handle), command.former_until
    if handle == account.handle:
        return []
    if (former := account.former_handles.get(handle)) is not None:
        return [HandleClaimed(account=account.id, handle=handle, former_until=until, claimed_by=former.versions[0])]
    handle = free_handle(text.Fields(), command.new_handle, holder)
    if sum(former.until > command.now for former in account.former_handles.values()) >= MAX_FORMER_HANDLES:
        raise Conflict(
            Sentence("%(most)s of your former handles are kept for you, which is the most.", most=MAX_FORMER_HANDLES)
        )
    return [HandleClaimed(account=account.id, handle=handle, former_until=until)]


def _release(account: Account, command: ReleaseHandle, by: Account, reservation: str) -> list[Event]:
    former = account.former_handles.get(text.handle_key(command.handle))
    reserved = account.reserved_handles.get(reservation)
    if former is None and reserved is None:
        raise NotFound("Nobody was called so before.")
    until = former.until if former else reserved.until if reserved else ""
    if account.id != by.id and not by.is_admin and command.now < until:
        raise Conflict("This handle is kept for whoever had it, for a year after they changed it.")
    versions = former.versions if former else (reserved.version,) if reserved else ()
    return [FormerHandleErased(account=account.id, erased=versions)]


def _erase(account: Account, command: EraseHandles, by: Account) -> list[Event]:
    require_admin(by)
    erased = tuple(version for version in command.versions if version in account.handle_texts)
    return [FormerHandleErased(account=account.id, erased=erased)] if erased else []


def called(account: Account) -> dict[int, tuple[str, tuple[int, ...]]]:
    """The handles that an account has and had: the version that claimed each → it, and all versions that say it."""
    former = {name: one.versions for name, one in account.former_handles.items()}
    every = {account.handle: account.handle_versions, **former}
    return {versions[0]: (name, versions) for name, versions in every.items() if versions}


def evolve(account: Account, event: Event) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case HandleClaimed():
            former = dict(account.former_handles)
            again = former.pop(event.handle, None)
            if account.handle:
                former[account.handle] = FormerHandle(account.handle_versions, event.former_until)
            account.handle_versions = (*(again.versions if again else ()), account.version) if event.handle else ()
            account.handle, account.former_handles = event.handle, former
            account.handle_texts = account.handle_texts.plus(account.version)
        case FormerHandleErased():
            account.forget_handles(event.erased)
        case HandleErased():
            account.forget_handles(event.erased)
            account.handle_texts = account.handle_texts.plus(account.version)
            if event.reserved:
                one = ReservedHandle(account.version, event.reserved_until)
                account.reserved_handles = {**account.reserved_handles, event.reserved: one}


def due(account: Account, handle: str, now: str, reservation: str = "") -> bool:
    """Whether a handle was this account's once, and its time is over. reservation: of it, where its owner left."""
    former: FormerHandle | None = account.former_handles.get(handle)
    reserved: ReservedHandle | None = account.reserved_handles.get(reservation)
    return any(one is not None and one.until <= now for one in (former, reserved))


def placeholder(account: str) -> str:
    """What an account is called whose handle is erased, or isn't known yet: "gone-7f3a"."""
    return f"{PLACEHOLDER_PREFIX}{account[-4:]}"


def is_placeholder(handle: str) -> bool:
    """Whether a handle would be taken for that of an account without one. Nobody may claim such a handle."""
    return handle.startswith(PLACEHOLDER_PREFIX)
