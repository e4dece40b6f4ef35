"""Tokens: made for a handle and its password, listed and taken back."""

from domain import ids
from domain.token import SCOPES, RevokeToken
from operational import token_uses
from readmodel.tokens import TokensOf
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies, response_bodies
from webapp.site import auth, database, site, tokens
from webapp.site.database import ask
from webapp.site.tokens import MadeToken


class OwnTokens(response_bodies.Answer, frozen=True, kw_only=True):
    """Those not taken back, newest first; next is always null."""

    items: list[response_bodies.OwnToken]
    next: str | None = None


def make_token(call: Call) -> Reply:
    """Make a token for a handle and its password. Its text is in this answer and nowhere else."""
    wanted: request_bodies.MakeToken = call.body
    account = auth.authenticate(wanted.handle, wanted.password)
    id = ids.uuid7()
    secret = tokens.new_secret(id, wanted.password, call.key)
    command = tokens.issue(
        id, secret, account, scopes=wanted.scopes or list(SCOPES), expires_in=wanted.expires_in, label=wanted.label
    )
    made = tokens.made(call.send(command, actor=account), secret, wanted.password, call.key)
    handle = site.current().bus.aggregates().called(account)
    return Reply(_answer(made, handle), location("/tokens"))


def list_tokens(call: Call) -> Reply:
    """Your tokens, without their texts."""
    found = ask(TokensOf(account=call.caller.account))
    used = token_uses.last_used_at(database.control(), [view.id for view in found])
    return Reply(OwnTokens(items=[response_bodies.own_token(view, used.get(view.id)) for view in found]))


def revoke_token(call: Call) -> Reply:
    """Take a token back; from then on it is good for nothing. A token can take back itself."""
    return pagination.accepted(call.send(RevokeToken(token=call.ids["id"])))


def _answer(made: MadeToken, handle: str) -> response_bodies.Token:
    state = made.state
    return response_bodies.Token(
        token=made.text, id=made.id, handle=handle, scopes=state.scopes, expires_at=state.expires_at
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
