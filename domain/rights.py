"""Rights: the account of whoever acts, and the checks that decisions make on it. Each check refuses or is silent."""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

import msgspec

from . import text
from .errors import Conflict, Forbidden, Invalid, NotFound, Sentence, Suspended
from .versions import Erasable, Versions

Role = Literal["moderator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
OPERATOR = "verbatim"
"""The actor behind the command line, by id and by handle; nobody can register it."""


class FormerHandle(msgspec.Struct, frozen=True):
    """versions say it, the first of which claimed it; until then nobody else may."""

    versions: tuple[int, ...]
    until: str


class ReservedHandle(msgspec.Struct, frozen=True):
    """A handle of before its owner left: the version that reserves it, and until when nobody may claim it."""

    version: int
    until: str


class Choice(msgspec.Struct, frozen=True):
    """What somebody who leaves wants done to their posts and comments. default: "keep" or "erase"; exceptions: streams
    of those that the opposite happens to."""

    default: str
    exceptions: tuple[str, ...] = ()

    def erases(self, stream: str) -> bool:
        """Whether the post or comment with this stream is erased."""
        return (self.default == "erase") != (stream in self.exceptions)


class Leaving(msgspec.Struct, frozen=True):
    """Of somebody who leaves or has left. until: up to when it can be taken back."""

    choice: Choice
    until: str


class Strike(msgspec.Struct, frozen=True):
    """points: that count until `expires`."""

    points: int
    expires: str


class Suspension(msgspec.Struct, frozen=True):
    """until: when it ends by itself; "" where only a reinstatement ends it."""

    until: str = ""

    def lasts(self, at: str) -> bool:
        """Whether it isn't over yet at that moment."""
        return not self.until or at < self.until


class Account(Erasable):
    """Who somebody is. Its words are the person's own, and the reasons for what was done to them."""

    id: str = ""
    handle: str = ""
    name: str = ""
    bio: str = ""
    password_hash: str = ""
    roles: frozenset[str] = frozenset()
    suspension: Suspension | None = None
    """The last one, unless somebody took it back. It may have run out: see is_suspended."""
    handle_versions: tuple[int, ...] = ()
    """Those that say today's handle: the one that claimed it, and those that went back to it."""
    handle_texts: Versions = Versions()
    """Those that say any handle, and haven't been erased."""
    former_handles: Mapping[str, FormerHandle] = msgspec.field(default_factory=dict)
    reserved_handles: Mapping[str, ReservedHandle] = msgspec.field(default_factory=dict)
    """What domain.handle.reservation made of each."""
    password_versions: Versions = Versions()
    """Those that say any password, and haven't been erased."""
    leaving: Leaving | None = None
    closed: bool = False
    """Its owner left, and can't return."""
    words_version: int = 0
    """The version that brought the name and the words of today."""
    warnings: frozenset[str] = frozenset()
    strikes: Mapping[str, Strike] = msgspec.field(default_factory=dict)
    """By the decisions that brought them; what was voided isn't among them, and neither among the warnings."""
    reporting_paused_until: str = ""
    webhooks_since: int = 0
    """The version whose new password ended the webhooks that were made on pages before it; 0: none did."""

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_moderator(self) -> bool:
        return bool(self.roles)

    def reporting_paused_at(self, moment: str) -> bool:
        """Whether what they report then is refused."""
        return moment < self.reporting_paused_until

    def is_suspended(self, at: str) -> bool:
        """Whether its owner can change nothing at that moment."""
        return self.suspension is not None and self.suspension.lasts(at)

    def is_active(self, at: str) -> bool:
        """Whether its owner is neither suspended at that moment nor leaving, and hasn't left."""
        return not (self.is_suspended(at) or self.leaving or self.closed)

    def as_of(self, at: str) -> "Account":
        """The same without a suspension that is over at that moment: as whoever acts is checked."""
        over = self.suspension is not None and not self.suspension.lasts(at)
        return msgspec.structs.replace(self, suspension=None) if over else self

    def forget_handles(self, versions: Collection[int]) -> None:
        """These say no handle any more."""
        gone = set(versions)
        former = {name: one for name, one in self.former_handles.items() if gone.isdisjoint(one.versions)}
        reserved = {name: one for name, one in self.reserved_handles.items() if one.version not in gone}
        self.former_handles, self.reserved_handles = former, reserved
        if not gone.isdisjoint(self.handle_versions):
            self.handle, self.handle_versions = "", ()
        self.handle_texts = self.handle_texts.without(gone)


OPERATOR_ACCOUNT = Account(version=1, id=OPERATOR, handle=OPERATOR, roles=frozenset({"admin"}))


def as_decided(by: Account, roles: frozenset[str]) -> Account:
    """Somebody as they were when they decided what is carried out now: with these roles, and active."""
    return msgspec.structs.replace(by, roles=roles, suspension=None, leaving=None, closed=False)


def require_active(by: Account) -> None:
    """Refuses strangers, the suspended, and those who leave. by: as of the moment at which they act."""
    require_present(by)
    if by.suspension:
        raise Suspended("Your account is suspended, so nothing was changed. A moderator can reinstate it.")


def require_present(by: Account) -> None:
    """Refuses strangers, and those who leave."""
    if not by.exists or by.closed:
        raise Forbidden("Log in first.")
    if by.leaving:
        raise Forbidden("You are leaving, so nothing was changed. Log in to come back.")


def require_author_or_moderator(author: str, by: Account, reason: str) -> str:
    """The reason as it is stored. Refuses strangers, and a moderator who doesn't say why."""
    if by.id == author:
        return text.optional_reason(reason)
    if by.is_moderator:
        return text.required_reason(reason)
    raise Forbidden("Only its author or a moderator may do that.")


def require_remover_or_moderator(removed_by: str, author: str, by: Account) -> None:
    """An author takes back their own removal; a moderator takes back anyone's."""
    if by.is_moderator:
        return
    if by.id != author:
        raise Forbidden("Only its author or a moderator may do that.")
    if removed_by not in ("", author):
        raise Forbidden("A moderator removed this, so only a moderator can restore it.")


def require_moderator(by: Account) -> None:
    if not by.is_moderator:
        raise Forbidden("Only a moderator may do that.")


def require_admin(by: Account) -> None:
    if not by.is_admin:
        raise Forbidden("Only an admin may do that.")


def require_account(account: Account, by: Account) -> None:
    """Refuses to do anything to nobody, and to the operator. Who has left is nobody, and so is whoever leaves, but to
    themselves and to moderators: nobody else learns of it."""
    hidden = account.closed or (account.leaving is not None and by.id != account.id and not by.is_moderator)
    if not account.exists or hidden:
        raise NotFound("There is no such account.")
    if account.id == OPERATOR:
        raise Conflict("This is the command line's own account; nothing about it can be changed.")


def require_self(account: Account, by: Account) -> None:
    if account.id != by.id:
        raise Forbidden("You can only change your own account.")


def require_power_over(account: Account, by: Account) -> None:
    if not by.is_moderator or (account.is_moderator and not by.is_admin):
        raise Forbidden("Only a moderator may do that, and only an admin to a moderator.")


def require_admin_or_closed_author(author: str, by: Account, reason: str) -> str:
    """The reason for an erasure, as it is stored: "" where the author has left, whose own account does it; else an
    admin says why."""
    if by.closed and by.id == author:
        return ""
    require_active(by)
    require_admin(by)
    return text.required_reason(reason)


def known_role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise Invalid({"role": Sentence("Role must be one of: %(roles)s.", roles=", ".join(ROLES))})
