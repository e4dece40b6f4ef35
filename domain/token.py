"""Tokens: what programs act with. Each is a small stream of its own, so that revoking one is immediate."""

import re
from typing import ClassVar, Literal, get_args

import msgspec

from . import text
from .errors import Conflict, Forbidden, Invalid, NotFound, Sentence
from .ids import Digest, Id, Moment
from .messages import Command, Erasure, Event
from .rights import Account, require_active, require_admin

Scope = Literal["read", "write", "moderate"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""read: see as oneself; write: act as an author; moderate: use the account's roles. None of them gives a right."""
MAX_LABEL_CHARS = 80
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class IssueToken(Command, frozen=True):
    """digest is the hex sha256 of the secret, which is never stored; expires_at is written as domain.ids.now does.

    expires_in, in seconds, is what was asked for: a repeat is known by it, since expires_at comes out anew.
    """

    regenerated: ClassVar[tuple[str, ...]] = ("token", "digest", "expires_at")
    token: str
    handle: str
    digest: str
    scopes: tuple[str, ...]
    expires_at: str
    label: str = ""
    expires_in: int = 0


class RevokeToken(Command, frozen=True):
    token: str


class EraseToken(Command, frozen=True):
    """Takes the token's label out of the store for good, and the token back: for a closed account, and for admins."""

    token: str


class TokenIssued(Event, frozen=True):
    type: ClassVar[str] = "TokenIssued"
    schema: ClassVar[int] = 2
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("label",)
    token: Id
    account: Id
    digest: Digest
    scopes: tuple[Scope, ...]
    expires_at: Moment
    label: str


class TokenRevoked(Event, frozen=True):
    type: ClassVar[str] = "TokenRevoked"
    secret: ClassVar[bool] = True
    token: Id


class TokenErased(Erasure, frozen=True):
    """It is taken back, if it wasn't, and nothing is left of its label."""

    type: ClassVar[str] = "TokenErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
    token: Id


COMMANDS: tuple[type[Command], ...] = (IssueToken, RevokeToken, EraseToken)
EVENTS: tuple[type[Event], ...] = (TokenIssued, TokenRevoked, TokenErased)


class Token(msgspec.Struct):
    """version 0 means that there is no such token."""

    version: int = 0
    account: str = ""
    digest: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: str = ""
    revoked: bool = False
    erased: bool = False

    @property
    def exists(self) -> bool:
        return self.version > 0

    def is_valid(self, at: str) -> bool:
        """Whether it was issued, isn't revoked, and at is before its end."""
        return self.exists and not self.revoked and at < self.expires_at


def stream(token: str) -> str:
    return f"token-{token}"


def decide(token: Token, command: Command, by: Account) -> list[Event]:
    match command:
        case IssueToken():
            return _issue(token, command, by)
        case RevokeToken():
            return _revoke(token, command, by)
        case EraseToken():
            return _erase(token, command, by)
    raise TypeError(f"{type(command).__name__} is no command of a token")


def _issue(token: Token, command: IssueToken, by: Account) -> list[Event]:
    require_active(by)
    if command.handle not in (by.id, by.handle):
        raise Forbidden("You can only make tokens of your own account.")
    if token.exists:
        raise Conflict("This token exists already.")
    fields = text.Fields()
    label = fields.line("label", command.label, MAX_LABEL_CHARS)
    if not command.scopes or not set(command.scopes) <= set(SCOPES):
        fields.refuse("scopes", Sentence("Scopes must be one or more of: %(scopes)s.", scopes=", ".join(SCOPES)))
    fields.raise_faults()
    if not _DIGEST.match(command.digest):
        raise Invalid({"digest": Sentence("A token's digest is a sha256 in hex.")})
    scopes = tuple(scope for scope in SCOPES if scope in command.scopes)
    return [
        TokenIssued(
            token=command.token,
            account=by.id,
            digest=command.digest,
            scopes=scopes,
            expires_at=command.expires_at,
            label=label,
        )
    ]


def _revoke(token: Token, command: RevokeToken, by: Account) -> list[Event]:
    """Somebody suspended may take a token back too: it makes nothing possible."""
    if not by.exists:
        raise Forbidden("Log in first.")
    if not token.exists or (token.account != by.id and not by.is_admin):
        raise NotFound("You have no such token.")
    return [] if token.revoked else [TokenRevoked(token=command.token)]


def _erase(token: Token, command: EraseToken, by: Account) -> list[Event]:
    if not (by.closed and by.id == token.account):
        require_active(by)
        require_admin(by)
    if not token.exists:
        raise NotFound("You have no such token.")
    return [] if token.erased else [TokenErased(token=command.token, erased=(1,))]


def evolve(token: Token, event: Event, _actor: str) -> None:
    """Applies one event; the caller has raised token.version to the event's own."""
    match event:
        case TokenIssued():
            token.account, token.digest = event.account, event.digest
            token.scopes, token.expires_at = event.scopes, event.expires_at
        case TokenRevoked():
            token.revoked = True
        case TokenErased():
            token.revoked = token.erased = True
