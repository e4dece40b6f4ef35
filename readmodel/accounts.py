"""Accounts as people see them, and how many posts and comments each author has that aren't removed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Table, bindparam, func, select, true

from domain.account import (
    AccountRegistered,
    AccountReinstated,
    AccountSuspended,
    PasswordSet,
    ProfileEdited,
    ProfileErased,
    RoleGranted,
    RoleRevoked,
)
from domain.text import handle_key
from readmodel.engine import bulk
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, ReadModel, Row, rows_of
from readmodel.engine.queries import AccountByHandle
from readmodel.engine.schema import Moment, block, key, line, metadata
from readmodel.engine.views import AccountView

accounts = Table(
    "accounts",
    metadata,
    Column("handle", key(40), primary_key=True),
    Column("name", line(80), nullable=False),
    Column("bio", block(), nullable=False),
    Column("roles", line(100), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("suspended_reason", line(500)),
    Column("version", Integer, nullable=False),
    Column("joined_at", Moment(), nullable=False),
)
"""roles: sorted, with blanks between."""

author_counts = Table(
    "author_counts",
    metadata,
    Column("author", key(40), primary_key=True),
    Column("posts", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What an author has that isn't removed. Apart from accounts, since other streams than the account's raise it."""

_SUSPENDED = select(accounts.c.handle).where(
    accounts.c.handle.in_(bindparam("values", expanding=True)), accounts.c.suspended == true()
)
_BY_HANDLE = (
    select(
        accounts,
        func.coalesce(author_counts.c.posts, 0).label("posts"),
        func.coalesce(author_counts.c.comments, 0).label("comments"),
    )
    .select_from(accounts.outerjoin(author_counts, author_counts.c.author == accounts.c.handle))
    .where(accounts.c.handle == bindparam("handle"))
)


def _reads(fact: Fact) -> Iterable[Row]:
    if isinstance(fact.event, RoleGranted | RoleRevoked):
        yield accounts, (fact.event.handle,)


def _registered(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, AccountRegistered)
    changes.insert(
        accounts,
        handle=event.handle,
        name=event.name,
        bio="",
        roles="",
        suspended=False,
        suspended_reason=None,
        version=fact.version,
        joined_at=fact.at,
    )


def _changed(values: Callable[[Fact], dict[str, Any]]) -> Callable[[Changes, Any], None]:
    """A fold that sets columns of the account."""

    def fold(changes: Changes, fact: Any) -> None:
        changes.update(accounts, (fact.event.handle,), version=fact.version, **values(fact))

    return fold


def _edited(fact: Fact) -> dict[str, Any]:
    event = fact.event
    assert isinstance(event, ProfileEdited)
    return {"name": event.name, "bio": event.bio}


def _granted(changes: Changes, fact: Any) -> None:
    _set_roles(changes, fact, _roles(changes, fact) | {fact.event.role})


def _revoked(changes: Changes, fact: Any) -> None:
    _set_roles(changes, fact, _roles(changes, fact) - {fact.event.role})


def _roles(changes: Changes, fact: Any) -> frozenset[str]:
    return frozenset(changes.existing(accounts, (fact.event.handle,))["roles"].split())


def _set_roles(changes: Changes, fact: Any, roles: frozenset[str]) -> None:
    changes.update(accounts, (fact.event.handle,), version=fact.version, roles=" ".join(sorted(roles)))


def account_by_handle(connection: Connection, query: AccountByHandle) -> AccountView | None:
    row = connection.execute(_BY_HANDLE, {"handle": handle_key(query.handle)}).one_or_none()
    if row is None:
        return None
    return AccountView(**dict(row._mapping) | {"roles": tuple(row.roles.split())})


def suspended_among(connection: Connection, handles: Sequence[str]) -> set[str]:
    """Those who are suspended now."""
    return {row.handle for row in bulk.select_in(connection, _SUSPENDED, handles)}


MODEL = ReadModel(
    tables=(accounts, author_counts),
    folds={
        AccountRegistered: _registered,
        PasswordSet: _changed(lambda _fact: {}),
        ProfileEdited: _changed(_edited),
        RoleGranted: _granted,
        RoleRevoked: _revoked,
        AccountSuspended: _changed(lambda fact: {"suspended": True, "suspended_reason": fact.reason}),
        AccountReinstated: _changed(lambda _fact: {"suspended": False, "suspended_reason": None}),
        ProfileErased: _changed(lambda _fact: {"name": "", "bio": "", "suspended_reason": None}),
    },
    answers={AccountByHandle: account_by_handle},
    reads=_reads,
    owned=rows_of("account", accounts.c.handle),
    version=2,
)
