"""Accounts: who somebody is, what they may do, and whether they may act at all now.

An account is known by its id. Its handle is a word of its owner's, which can be changed and erased; see handle.py.
Commands name an account by the handle that people type, or by its id; events by its id alone.
"""

from typing import ClassVar

import msgspec

from . import handle, leaving, rights, text
from .errors import Conflict
from .ids import Id, is_id, uuid7
from .messages import Command, Erasure, Event, Explained
from .moderation import standing, suspension
from .rights import Account, Role


class RegisterAccount(Command, frozen=True, kw_only=True):
    """account: the id that it gets. password_hash is an argon2 string, or "" for an account nobody can log in to (an
    imported author)."""

    regenerated: ClassVar[tuple[str, ...]] = ("account", "password_hash")
    account: str = msgspec.field(default_factory=uuid7)
    handle: str
    password_hash: str = ""
    name: str = ""


class ChangePassword(Command, frozen=True, kw_only=True):
    """keeps_webhooks: those that were made on pages don't end with the old password."""

    regenerated: ClassVar[tuple[str, ...]] = ("password_hash",)
    handle: str
    password_hash: str
    keeps_webhooks: bool = False


class EditProfile(Command, frozen=True, kw_only=True):
    handle: str
    name: str
    bio: str


class GrantRole(Command, frozen=True, kw_only=True):
    handle: str
    role: str
    reason: str = ""


class RevokeRole(Command, frozen=True, kw_only=True):
    handle: str
    role: str
    reason: str = ""


class EraseProfile(Command, frozen=True, kw_only=True):
    handle: str
    reason: str


class AccountRegistered(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountRegistered"
    schema: ClassVar[int] = 2
    erasable: ClassVar[tuple[str, ...]] = ("name",)
    account: Id
    name: str


class PasswordSet(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PasswordSet"
    schema: ClassVar[int] = 3
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("password_hash",)
    account: Id
    password_hash: str
    keeps_webhooks: bool = False


class ProfileEdited(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "ProfileEdited"
    schema: ClassVar[int] = 2
    erasable: ClassVar[tuple[str, ...]] = ("name", "bio")
    account: Id
    name: str
    bio: str


class RoleGranted(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "RoleGranted"
    schema: ClassVar[int] = 3
    account: Id
    role: Role


class RoleRevoked(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "RoleRevoked"
    schema: ClassVar[int] = 3
    account: Id
    role: Role


class ProfileErased(Erasure, frozen=True, kw_only=True):
    """The names and the words about themselves that this person gave are gone, and why they were ever suspended."""

    type: ClassVar[str] = "ProfileErased"
    schema: ClassVar[int] = 3
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    account: Id
    reason: str | None = ""


COMMANDS: tuple[type[Command], ...] = (
    RegisterAccount, ChangePassword, EditProfile, GrantRole, RevokeRole, EraseProfile, *suspension.COMMANDS,
    *handle.COMMANDS, *leaving.COMMANDS, *standing.COMMANDS,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    AccountRegistered, PasswordSet, ProfileEdited, RoleGranted, RoleRevoked, ProfileErased, *suspension.EVENTS,
    *handle.EVENTS, *leaving.EVENTS, *standing.EVENTS,
)  # fmt: skip


def stream(account: str) -> str:
    return f"account-{account}"


def decide(account: Account, command: Command, by: Account, holder: Account, reservation: str = "") -> list[Event]:
    """by is the actor's own account; for RegisterAccount it is the account that comes to be. holder has the handle that
    somebody asks for, to register or to change to; reservation is what keeps one whose owner left."""
    if isinstance(command, RegisterAccount):
        return _register(account, command, holder)
    if isinstance(command, leaving.COMMANDS):
        return leaving.decide(account, command, by, reservation)
    rights.require_active(by)
    if isinstance(command, handle.COMMANDS):
        return handle.decide(account, command, by, holder, reservation)
    rights.require_account(account, by)
    if isinstance(command, standing.COMMANDS):
        return standing.decide(account, command, by)
    if isinstance(command, suspension.COMMANDS):
        return suspension.decide(account, command, by)
    match command:
        case ChangePassword():
            rights.require_self(account, by)
            hash, keeps_webhooks = command.password_hash, command.keeps_webhooks
            return [PasswordSet(account=account.id, password_hash=hash, keeps_webhooks=keeps_webhooks)]
        case EditProfile():
            rights.require_self(account, by)
            return _edit(account, command)
        case GrantRole() | RevokeRole():
            rights.require_admin(by)
            return _grant(account, command) if isinstance(command, GrantRole) else _revoke(account, command, by)
        case EraseProfile():
            rights.require_admin(by)
            reason = text.required_reason(command.reason)
            erased = account.erasable_for(reason)
            return [ProfileErased(account=account.id, erased=erased, reason=reason)] if erased else []
    raise TypeError(f"{type(command).__name__} is no command of an account")


def _register(account: Account, command: RegisterAccount, holder: Account) -> list[Event]:
    fields = text.Fields()
    name = fields.line("name", command.name, text.MAX_NAME_CHARS)
    claimed = handle.free_handle(fields, command.handle, holder)
    id = command.account
    if account.exists or not is_id(id):
        raise Conflict("This account is registered already.")
    events: list[Event] = [AccountRegistered(account=id, name=name), handle.HandleClaimed(account=id, handle=claimed)]
    if command.password_hash:
        events.append(PasswordSet(account=id, password_hash=command.password_hash))
    return events


def _edit(account: Account, command: EditProfile) -> list[Event]:
    fields = text.Fields()
    name = fields.line("name", command.name, text.MAX_NAME_CHARS)
    bio = fields.block("bio", command.bio, text.MAX_BIO_CHARS)
    fields.raise_faults()
    same = (name, bio) == (account.name, account.bio)
    return [] if same else [ProfileEdited(account=account.id, name=name, bio=bio)]


def _grant(account: Account, command: GrantRole) -> list[Event]:
    role, reason = rights.known_role(command.role), text.optional_reason(command.reason)
    return [] if role in account.roles else [RoleGranted(account=account.id, role=role, reason=reason)]


def _revoke(account: Account, command: RevokeRole, by: Account) -> list[Event]:
    role, reason = rights.known_role(command.role), text.optional_reason(command.reason)
    if role == "admin" and account.id == by.id:
        raise Conflict("You can't take the admin role from yourself; another admin can.")
    return [RoleRevoked(account=account.id, role=role, reason=reason)] if role in account.roles else []


def evolve(account: Account, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case AccountRegistered():
            account.id, account.name, account.words_version = event.account, event.name, account.version
            account.words_came()
        case PasswordSet():
            account.password_hash = event.password_hash
            account.password_versions = account.password_versions.plus(account.version)
            account.webhooks_since = account.webhooks_since if event.keeps_webhooks else account.version
        case ProfileEdited():
            account.name, account.bio, account.words_version = event.name, event.bio, account.version
            account.words_came()
        case RoleGranted() | RoleRevoked():
            granted = isinstance(event, RoleGranted)
            account.roles = account.roles | {event.role} if granted else account.roles - {event.role}
            account.reason_given(event.reason, actor)
        case ProfileErased():
            account.name, account.bio, account.words_version = "", "", account.version
            account.words_erased(event.erased, event.reason, actor)
        case _:
            handle.evolve(account, event)
            leaving.evolve(account, event, actor)
            standing.evolve(account, event, actor)
            suspension.evolve(account, event, actor)
