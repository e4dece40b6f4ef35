"""API tokens of an account, for the list in its settings. What a token may do is decided by its own stream."""

from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, Connection, Index, Row, Table, bindparam, select

from domain.token import TokenErased, TokenIssued, TokenRevoked
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, ReadModel, rows_of
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment, key, line, metadata

MAX_LISTED = 200

tokens = Table(
    "tokens",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("account", key(36), nullable=False),
    Column("label", line(80), nullable=False),
    Column("scopes", line(100), nullable=False),
    Column("issued_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Column("revoked_at", Moment()),
    Index("tokens_of_account", "account", "id"),
)
"""scopes: in their order, with blanks between. Digests stay in the store."""


class TokensOf(Query, frozen=True, kw_only=True):
    """list[TokenView], newest first: the tokens of an account that aren't revoked, the MAX_LISTED newest of them."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    scopes: tuple[str, ...]
    issued_at: str
    expires_at: str


def _issued(changes: Changes, fact: Any) -> None:
    event: TokenIssued = fact.event
    changes.insert(
        tokens,
        id=event.token,
        account=event.account,
        label=event.label,
        scopes=" ".join(event.scopes),
        issued_at=fact.at,
        expires_at=event.expires_at,
        revoked_at=None,
    )


def _revoked(changes: Changes, fact: Any) -> None:
    changes.update(tokens, (fact.event.token,), revoked_at=fact.at)


def _erased(changes: Changes, fact: Any) -> None:
    """It may have been revoked before."""
    id = fact.event.token
    changes.update(tokens, (id,), label="", revoked_at=changes.existing(tokens, (id,))["revoked_at"] or fact.at)


def _reads(fact: Fact) -> Iterator[model.Row]:
    if isinstance(fact.event, TokenErased):
        yield tokens, (fact.event.token,)


_OF_ACCOUNT = (
    select(*(tokens.c[name] for name in TokenView.__struct_fields__))
    .where(tokens.c.account == bindparam("account"), tokens.c.revoked_at.is_(None))
    .order_by(tokens.c.id.desc())
    .limit(MAX_LISTED)
)


def tokens_of(connection: Connection, query: TokensOf) -> list[TokenView]:
    return [_view(row) for row in connection.execute(_OF_ACCOUNT, {"account": query.account})]


def _view(row: Row[Any]) -> TokenView:
    return TokenView(**dict(row._mapping) | {"scopes": tuple(row.scopes.split())})


MODEL = ReadModel(
    tables=(tokens,),
    folds={TokenIssued: _issued, TokenRevoked: _revoked, TokenErased: _erased},
    answers={TokensOf: tokens_of},
    reads=_reads,
    owned=rows_of("token", tokens.c.id),
)
