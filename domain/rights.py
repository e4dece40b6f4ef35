"""Rights: the account of whoever acts, and the checks that decisions make on it. Each check refuses or is silent."""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from . import text
from .errors import Forbidden, Suspended
from .versions import Versions

Role = Literal["moderator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
OPERATOR = "verbatim"
"""The actor behind the command line, by id and by handle; nobody can register it."""


class FormerHandle(msgspec.Struct, frozen=True):
    """version claimed it; until then nobody else may."""

    version: int
    until: str


class Account(msgspec.Struct):
    """version 0 means that there is no such account."""

    version: int = 0
    id: str = ""
    handle: str = ""
    name: str = ""
    bio: str = ""
    password_hash: str = ""
    roles: frozenset[str] = frozenset()
    suspended: bool = False
    text_versions: Versions = Versions()
    """Versions that hold this person's own words, or a reason for what was done to them, and haven't been erased."""
    erased_for: str | None = ""
    """The reason of the last erasure, while nothing was written since."""
    handle_version: int = 0
    """The version that claimed today's handle."""
    former_handles: Mapping[str, FormerHandle] = msgspec.field(default_factory=dict)
    webhooks_since: int = 0
    """The version whose new password ended the webhooks that were made on pages before it; 0: none did."""

    @property
    def exists(self) -> bool:
        return self.version > 0

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
