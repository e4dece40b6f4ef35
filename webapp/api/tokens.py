"""Tokens: made for a handle and its password, listed and taken back."""

from datetime import UTC, datetime, timedelta

from domain import ids
from domain.errors import KeyReused
from domain.messages import Receipt
from domain.token import IssueToken, RevokeToken
from operational import token_uses
from readmodel.tokens import TokensOf
from webapp.site import auth, database, site
from webapp.site.database import ask

from . import authentication, pagination
from .operations import Call, Operation, Reply, location
from .schema import request_bodies, response_bodies


class OwnTokens(response_bodies.Answer, frozen=True, kw_only=True):
    """Those not taken back, newest first; next is always null."""

    items: list[response_bodies.OwnToken]
    next: None = None


def make_token(call: Call) -> Reply:
    """Make a token for a handle and its password. Its text is in this answer and nowhere else."""
    wanted: request_bodies.MakeToken = call.body
    handle = auth.verified(wanted.handle, wanted.password)
    id = ids.uuid7()
    secret = authentication.new_secret(id, wanted.password, call.key)
    receipt = call.send(issuing(id, secret, handle, wanted), actor=handle)
    return Reply(told(receipt, secret, wanted.password, call.key), location("/tokens"))


def issuing(id: str, secret: str, handle: str, wanted: request_bodies.MakeToken) -> IssueToken:
    return IssueToken(
        token=id,
        handle=handle,
        digest=authentication.secret_digest(secret),
        scopes=tuple(wanted.scopes),
        expires_in=wanted.expires_in,
        expires_at=ids.timestamp(datetime.now(UTC) + timedelta(seconds=wanted.expires_in)),
        label=wanted.label,
    )


def list_tokens(call: Call) -> Reply:
    """Your tokens, without their texts."""
    found = ask(TokensOf(handle=call.caller.handle))
    used = token_uses.last(database.control(), [view.id for view in found])
    return Reply(OwnTokens(items=[response_bodies.own_token(view, used.get(view.id)) for view in found]))


def revoke_token(call: Call) -> Reply:
    """Take a token back; from then on it is good for nothing. A token can take back itself."""
    return pagination.accepted(call.send(RevokeToken(token=call.ids["id"])))


def told(receipt: Receipt, secret: str, password: str, key: str | None) -> response_bodies.Token:
    """As the token's own stream has it, so that a repeat is told the same. Raises KeyReused where the password isn't
    the one of the first time: the token can't be made again then."""
    id = receipt.subject
    token = site.current().bus.aggregates().token(id)
    if receipt.repeated:
        secret = authentication.new_secret(id, password, key)
    if authentication.secret_digest(secret) != token.digest:
        raise KeyReused("This token was asked for before with another password. Ask for a new one.")
    return response_bodies.Token(
        token=f"{id}.{secret}", id=id, handle=token.handle, scopes=token.scopes, expires_at=token.expires_at
    )


OPERATIONS = (
    Operation(
        method="POST", path="/tokens", handler=make_token, scope=None,
        body=request_bodies.MakeToken, query=request_bodies.Waiting,
        answer=response_bodies.Token, status=201, refusals=(401, 403),
    ),
    Operation(method="GET", path="/tokens", handler=list_tokens, scope="read", answer=OwnTokens),
    Operation(
        method="DELETE", path="/tokens/{id}", handler=revoke_token, scope="write",
        query=request_bodies.Waiting, answer=response_bodies.Accepted,
    ),
)  # fmt: skip
