"""Accounts: who somebody is, what they may do, and whether they may act at all now."""

from typing import ClassVar

from . import text
from .errors import Conflict, Forbidden, HandleTaken, Invalid, NotFound, Sentence
from .ids import Handle
from .messages import Command, Erasure, Event, Explained
from .rights import OPERATOR, ROLES, Account, Role, require_active, require_admin


class RegisterAccount(Command, frozen=True, kw_only=True):
    """password_hash is an argon2 string, or "" for an account nobody can log in to (an imported author)."""

    regenerated: ClassVar[tuple[str, ...]] = ("password_hash",)
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


class RevokeRole(Command, frozen=True, kw_only=True):
    handle: str
    role: str


class SuspendAccount(Command, frozen=True, kw_only=True):
    handle: str
    reason: str


class ReinstateAccount(Command, frozen=True, kw_only=True):
    handle: str
    reason: str = ""


class EraseProfile(Command, frozen=True, kw_only=True):
    handle: str
    reason: str


class AccountRegistered(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountRegistered"
    erasable: ClassVar[tuple[str, ...]] = ("name",)
    handle: Handle
    name: str


class PasswordSet(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PasswordSet"
    schema: ClassVar[int] = 2
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("password_hash",)
    handle: Handle
    password_hash: str
    keeps_webhooks: bool = False


class ProfileEdited(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "ProfileEdited"
    erasable: ClassVar[tuple[str, ...]] = ("name", "bio")
    handle: Handle
    name: str
    bio: str


class RoleGranted(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "RoleGranted"
    handle: Handle
    role: Role


class RoleRevoked(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "RoleRevoked"
    handle: Handle
    role: Role


class AccountSuspended(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountSuspended"
    schema: ClassVar[int] = 2
    handle: Handle


class AccountReinstated(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountReinstated"
    schema: ClassVar[int] = 2
    handle: Handle


class ProfileErased(Erasure, frozen=True, kw_only=True):
    """The names and the words about themselves that this person gave are gone, and why they were ever suspended."""

    type: ClassVar[str] = "ProfileErased"
    schema: ClassVar[int] = 3
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    handle: Handle
    reason: str | None = ""


COMMANDS: tuple[type[Command], ...] = (
    RegisterAccount, ChangePassword, EditProfile, GrantRole, RevokeRole, SuspendAccount, ReinstateAccount, EraseProfile,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    AccountRegistered, PasswordSet, ProfileEdited, RoleGranted, RoleRevoked, AccountSuspended, AccountReinstated,
    ProfileErased,
)  # fmt: skip


def stream(handle: str) -> str:
    return f"account-{handle}"


def decide(account: Account, command: Command, by: Account) -> list[Event]:
    """by is the actor's own account; for RegisterAccount it is the account that comes to be."""
    if isinstance(command, RegisterAccount):
        return _register(account, command)
    require_active(by)
    _require_exists(account)
    match command:
        case ChangePassword():
            _require_self(account, by)
            hash, keeps_webhooks = command.password_hash, command.keeps_webhooks
            return [PasswordSet(handle=account.handle, password_hash=hash, keeps_webhooks=keeps_webhooks)]
        case EditProfile():
            _require_self(account, by)
            return _edit(account, command)
        case GrantRole():
            require_admin(by)
            return _grant(account, command)
        case RevokeRole():
            require_admin(by)
            return _revoke(account, command, by)
        case SuspendAccount():
            return _suspend(account, command, by)
        case ReinstateAccount():
            _require_power_over(account, by)
            reason = text.optional_reason(command.reason)
            return [AccountReinstated(handle=account.handle, reason=reason)] if account.suspended else []
        case EraseProfile():
            require_admin(by)
            return _erase(account, text.required_reason(command.reason))
    raise TypeError(f"{type(command).__name__} is no command of an account")


def _require_exists(account: Account) -> None:
    if not account.exists:
        raise NotFound("There is no such account.")
    if account.handle == OPERATOR:
        raise Conflict("This is the command line's own account; nothing about it can be changed.")


def _register(account: Account, command: RegisterAccount) -> list[Event]:
    fields = text.Fields()
    handle = text.handle(fields, command.handle)
    name = fields.line("name", command.name, text.MAX_NAME_CHARS)
    fields.raise_faults()
    if account.exists or handle == OPERATOR:
        raise HandleTaken("Somebody has that handle already. Upper and lower case make no difference.")
    events: list[Event] = [AccountRegistered(handle=handle, name=name)]
    if command.password_hash:
        events.append(PasswordSet(handle=handle, password_hash=command.password_hash))
    return events


def _edit(account: Account, command: EditProfile) -> list[Event]:
    fields = text.Fields()
    name = fields.line("name", command.name, text.MAX_NAME_CHARS)
    bio = fields.block("bio", command.bio, text.MAX_BIO_CHARS)
    fields.raise_faults()
    if (name, bio) == (account.name, account.bio):
        return []
    return [ProfileEdited(handle=account.handle, name=name, bio=bio)]


def _grant(account: Account, command: GrantRole) -> list[Event]:
    role = _known_role(command.role)
    return [] if role in account.roles else [RoleGranted(handle=account.handle, role=role)]


def _revoke(account: Account, command: RevokeRole, by: Account) -> list[Event]:
    role = _known_role(command.role)
    if role == "admin" and account.handle == by.handle:
        raise Conflict("You can't take the admin role from yourself; another admin can.")
    return [RoleRevoked(handle=account.handle, role=role)] if role in account.roles else []


def _suspend(account: Account, command: SuspendAccount, by: Account) -> list[Event]:
    _require_power_over(account, by)
    if account.handle == by.handle:
        raise Conflict("You can't suspend yourself.")
    reason = text.required_reason(command.reason)
    return [] if account.suspended else [AccountSuspended(handle=account.handle, reason=reason)]


def _erase(account: Account, reason: str) -> list[Event]:
    """Nothing where the last erasure had this reason and nothing was written since."""
    erased = () if reason == account.erased_for else tuple(account.text_versions)
    return [ProfileErased(handle=account.handle, erased=erased, reason=reason)] if erased else []


def _require_self(account: Account, by: Account) -> None:
    if account.handle != by.handle:
        raise Forbidden("You can only change your own account.")


def _require_power_over(account: Account, by: Account) -> None:
    if not by.is_moderator or (account.is_moderator and not by.is_admin):
        raise Forbidden("Only a moderator may do that, and only an admin to a moderator.")


def _known_role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise Invalid({"role": Sentence("Role must be one of: %(roles)s.", roles=", ".join(ROLES))})


def evolve(account: Account, event: Event, _actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case AccountRegistered():
            account.handle, account.name = event.handle, event.name
            _text_came(account)
        case PasswordSet():
            account.password_hash = event.password_hash
            account.webhooks_since = account.webhooks_since if event.keeps_webhooks else account.version
        case ProfileEdited():
            account.name, account.bio = event.name, event.bio
            _text_came(account)
        case RoleGranted():
            account.roles |= {event.role}
        case RoleRevoked():
            account.roles -= {event.role}
        case AccountSuspended():
            account.suspended = True
            _reason_came(account, event.reason)
        case AccountReinstated():
            account.suspended = False
            _reason_came(account, event.reason)
        case ProfileErased():
            account.name, account.bio = "", ""
            account.text_versions = account.text_versions.without(event.erased)
            _reason_came(account, event.reason)
            account.erased_for = event.reason


def _text_came(account: Account) -> None:
    account.text_versions = account.text_versions.plus(account.version)
    account.erased_for = ""


def _reason_came(account: Account, reason: str | None) -> None:
    """None: one that is erased; "": none."""
    if reason != "":
        _text_came(account)
