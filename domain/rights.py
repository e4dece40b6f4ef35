"""Rights: the account of whoever acts, and the checks that decisions make on it. Each check refuses or is silent."""

from collections.abc import Mapping
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


class Account(Erasable):
    """Who somebody is. Its words are the person's own, and the reasons for what was done to them."""

    id: str = ""
    handle: str = ""
    name: str = ""
    bio: str = ""
    password_hash: str = ""
    roles: frozenset[str] = frozenset()
    suspended: bool = False
    handle_versions: tuple[int, ...] = ()
    """Those that say today's handle: the one that claimed it, and those that went back to it."""
    handle_texts: Versions = Versions()
    """Those that say any handle, and haven't been erased."""
    former_handles: Mapping[str, FormerHandle] = msgspec.field(default_factory=dict)
    webhooks_since: int = 0
    """The version whose new password ended the webhooks that were made on pages before it; 0: none did."""

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_moderator(self) -> bool:
        return bool(self.roles)


OPERATOR_ACCOUNT = Account(version=1, id=OPERATOR, handle=OPERATOR, roles=frozenset({"admin"}))


def require_active(by: Account) -> None:
    """Refuses strangers and the suspended."""
    if not by.exists:
        raise Forbidden("Log in first.")
    if by.suspended:
        raise Suspended("Your account is suspended, so nothing was changed. A moderator can reinstate it.")


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


def require_account(account: Account) -> None:
    """Refuses to do anything to nobody, and to the operator."""
    if not account.exists:
        raise NotFound("There is no such account.")
    if account.id == OPERATOR:
        raise Conflict("This is the command line's own account; nothing about it can be changed.")


def require_self(account: Account, by: Account) -> None:
    if account.id != by.id:
        raise Forbidden("You can only change your own account.")


def require_power_over(account: Account, by: Account) -> None:
    if not by.is_moderator or (account.is_moderator and not by.is_admin):
        raise Forbidden("Only a moderator may do that, and only an admin to a moderator.")


def known_role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise Invalid({"role": Sentence("Role must be one of: %(roles)s.", roles=", ".join(ROLES))})
