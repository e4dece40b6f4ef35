"""Authenticates calls by bearer tokens, each looked up in its own stream, so that a revoked one ends at once."""

import hmac
from contextlib import suppress

import msgspec
from flask import request

from domain import ids
from domain.account import stream as account_stream
from domain.errors import Forbidden, NotFound, Parked, Refused, Suspended, Unavailable
from domain.handle import placeholder
from domain.token import Token
from domain.token import stream as token_stream
from readmodel.engine.queries import AccountByHandle
from readmodel.engine.views import AccountView
from webapp.server import tickets
from webapp.site import auth, site, tokens
from webapp.site.database import ask

from . import token_uses
from .errors import ScopeMissing, Unauthorized

TOKEN_ENDED = "This token doesn't hold: it is mistyped, has ended or was taken back."
GONE = "The owner of this account is leaving, so its tokens don't hold. Logging in on the site brings it back."
TICKET_S = 600
"""How long a ticket opens streams: two lives of one, so that an EventSource comes again by itself."""


class Caller(msgspec.Struct, frozen=True):
    """The account that a call's token belongs to, by its id and its handle, the token's id and its scopes.

    has_roles: by the lists, as for pages; every command checks the account itself. gone: its owner leaves or has left.
    suspended: most calls are refused.
    """

    account: str
    handle: str
    token: str
    scopes: tuple[str, ...]
    has_roles: bool
    gone: bool
    suspended: bool

    @property
    def uses_roles(self) -> bool:
        return "moderate" in self.scopes

    def is_moderator(self) -> bool:
        return self.uses_roles and self.has_roles and not self.suspended


def identify() -> Caller | None:
    """The caller, None without a token.

    Raises Unauthorized for a token that is wrong, expired or revoked.
    """
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, text = given.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Calls are authorised by a bearer token: Authorization: Bearer …")
    return _verified(text.strip())


def require(scope: str) -> Caller:
    """The caller. Raises Unauthorized without a token, ScopeMissing where it hasn't the scope."""
    caller = identify()
    if caller is None:
        raise Unauthorized("This needs a token: POST /api/v1/tokens gives one.")
    return require_scope(caller, scope)


def require_active(caller: Caller) -> None:
    """Raises Suspended where the caller's account is suspended."""
    _require_not_suspended(caller.suspended)


def require_present(caller: Caller) -> None:
    """Raises Forbidden where the owner of the caller's account leaves or has left."""
    if caller.gone:
        raise Forbidden(GONE)


def ticket(caller: Caller) -> str:
    """A ticket to follow events with in the place of the token, for clients that can send no headers."""
    return tickets.write(caller.token)


def holder(ticket: str) -> Caller:
    """Whose ticket it is.

    Raises Unauthorized for one that is not ours or has run out, or whose token has ended.
    """
    id = tickets.read(ticket, TICKET_S)
    if id is None:
        raise Unauthorized("This ticket doesn't hold any more: POST /api/v1/events/tickets gives another.")
    token = _token(id)
    if not token.is_valid(ids.now()):
        raise Unauthorized("The token behind this ticket has ended or was taken back.")
    return require_scope(_caller(id, token), "read")


def require_still_valid(caller: Caller) -> None:
    """Raises Unauthorized where the caller's token has ended meanwhile, Suspended where its account is suspended,
    Forbidden where its owner leaves or has left.

    By the store in one look, which knows it before the lists do. Silent where it can't be read now.
    """
    streams = {token_stream(caller.token), account_stream(caller.account)}
    aggregates = site.current().bus.aggregates()
    with suppress(Unavailable):
        aggregates.prefetch(streams)
        if not aggregates.token(caller.token).is_valid(ids.now()):
            raise Unauthorized(TOKEN_ENDED)
    # An account whose stream is parked can still read.
    with suppress(Unavailable, Parked):
        account = aggregates.account(caller.account)
        _require_not_suspended(account.is_suspended(ids.now()))
        if account.closed or account.leaving:
            raise Forbidden(GONE)


def still_holds(caller: Caller) -> bool:
    """Whether the caller's token is still good, as its account is; also where that can't be read now."""
    try:
        require_still_valid(caller)
    except Refused:
        return False
    return True


def require_scope(caller: Caller, scope: str) -> Caller:
    if scope not in caller.scopes:
        raise ScopeMissing(scope)
    return caller


def _verified(text: str) -> Caller:
    id, _, secret = text.partition(".")
    id = id.lower()
    token = _token(id)
    right = hmac.compare_digest(tokens.secret_digest(secret), token.digest)
    if not right or not token.is_valid(ids.now()):
        raise Unauthorized(TOKEN_ENDED)
    caller = _caller(id, token)
    token_uses.record(id)
    return caller


def _caller(id: str, token: Token) -> Caller:
    """Who calls by a valid token."""
    # By the lists: an account whose stream is parked can still read.
    account: AccountView | None = ask(AccountByHandle(handle=token.account))
    handle = account.handle if account else placeholder(token.account)
    has_roles, gone = account is not None and bool(account.roles), auth.is_gone(token.account, account)
    suspended = account is not None and account.suspended
    return Caller(token.account, handle, id, token.scopes, has_roles=has_roles, gone=gone, suspended=suspended)


def _require_not_suspended(suspended: bool) -> None:
    if suspended:
        raise Suspended("Your account is suspended, so your tokens don't hold. A moderator can reinstate it.")


def _token(id: str) -> Token:
    try:
        return site.current().bus.aggregates().token(id)
    except NotFound:
        return Token()
