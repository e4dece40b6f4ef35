"""Accounts as people see them, and how many posts and comments each author has that aren't removed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, bindparam, false, func, select, true

from domain.account import AccountRegistered, PasswordSet, ProfileEdited, ProfileErased, RoleGranted, RoleRevoked
from domain.handle import FormerHandleErased, HandleClaimed, HandleErased, placeholder
from domain.ids import now
from domain.leaving import AccountErased, LeavingBegun, LeavingTakenBack
from domain.moderation import standing
from domain.moderation.suspension import AccountReinstated, AccountSuspended
from domain.reasons import AccountReasonsErased
from readmodel.engine import bulk
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel, Row, rows_of
from readmodel.engine.queries import AccountByHandle
from readmodel.engine.schema import Moment, block, key, line, metadata
from readmodel.engine.views import AccountView

accounts = Table(
    "accounts",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("handle", key(40), nullable=False),
    Column("handle_version", Integer, nullable=False),
    Column("handle_since", Moment(), nullable=False),
    Column("name", line(80), nullable=False),
    Column("bio", block(), nullable=False),
    Column("roles", line(100), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("suspended_reason", line(500)),
    Column("suspended_version", Integer, nullable=False, server_default="0"),
    Column("suspended_until", Moment()),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("leaving_until", Moment()),
    Column("version", Integer, nullable=False),
    Column("joined_at", Moment(), nullable=False),
    Index("accounts_of_handle", "handle"),
    Index("accounts_leaving", "leaving_until"),
)
"""roles: sorted, with blanks between. handle: "" where it is erased; its version and since when it is so.
suspended: also where suspended_until is past, and so it is over. suspended_version: that brought the reason.
gone: its owner leaves, up to leaving_until, or has left: then that is None.
"""

former_handles = Table(
    "former_handles",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("handle", key(40), nullable=False),
    Column("since", Moment(), nullable=False),
    Column("until", Moment(), nullable=False),
    Column("reserved_until", Moment(), nullable=False),
    Index("former_handles_of_handle", "handle"),
    sqlite_with_rowid=False,
)
"""What accounts were called before: from when to when, and up to when nobody else may be. version: that claimed it."""

author_counts = Table(
    "author_counts",
    metadata,
    Column("author", key(40), primary_key=True),
    Column("posts", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What an author has that isn't removed. Apart from accounts, since other streams than the account's raise it."""

_NOT_SUSPENDED = {"suspended": False, "suspended_until": None, "suspended_reason": None}
_NO_WORDS = {"name": "", "bio": "", "suspended_reason": None}
_SUSPENDED = select(accounts.c.id, accounts.c.suspended_until).where(
    accounts.c.id.in_(bindparam("values", expanding=True)), accounts.c.suspended == true()
)
_DUE = (
    select(accounts.c.id)
    .where(accounts.c.leaving_until < bindparam("now", type_=accounts.c.leaving_until.type))
    .order_by(accounts.c.leaving_until)
)
_CLOSED = select(accounts.c.id).where(accounts.c.gone == true(), accounts.c.leaving_until.is_(None))
BY_ID = (
    select(
        accounts,
        func.coalesce(author_counts.c.posts, 0).label("posts"),
        func.coalesce(author_counts.c.comments, 0).label("comments"),
    )
    .select_from(accounts.outerjoin(author_counts, author_counts.c.author == accounts.c.id))
    .where(accounts.c.id == bindparam("id"))
)
"""An account with how much it wrote that stands."""
_NEED_THEIR_ROW = (RoleGranted, RoleRevoked, HandleClaimed, FormerHandleErased, HandleErased, AccountReasonsErased)


def _reads(fact: Fact) -> Iterable[Row]:
    if isinstance(fact.event, _NEED_THEIR_ROW):
        yield accounts, (fact.event.account,)


def _registered(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, AccountRegistered)
    changes.insert(
        accounts,
        id=event.account,
        handle="",
        handle_version=0,
        handle_since=fact.at,
        name=event.name,
        bio="",
        roles="",
        **_NOT_SUSPENDED,
        suspended_version=0,
        gone=False,
        leaving_until=None,
        version=fact.version,
        joined_at=fact.at,
    )


def _called(changes: Changes, fact: Any) -> None:
    event: HandleClaimed = fact.event
    before = changes.existing(accounts, (event.account,))
    if before["handle"]:
        changes.insert(
            former_handles,
            account=event.account,
            version=before["handle_version"],
            handle=before["handle"],
            since=before["handle_since"],
            until=fact.at,
            reserved_until=event.former_until,
        )
    values = {"handle": event.handle, "handle_version": fact.version, "handle_since": fact.at}
    changes.update(accounts, (event.account,), version=fact.version, **values)


def _set_free(changes: Changes, fact: Any) -> None:
    account = fact.event.account
    for version in fact.event.erased:
        changes.delete(former_handles, (account, version))
    gone = changes.existing(accounts, (account,))["handle_version"] in fact.event.erased
    changes.update(accounts, (account,), version=fact.version, **({"handle": ""} if gone else {}))


def _changed(values: Callable[[Fact], dict[str, Any]]) -> Callable[[Changes, Any], None]:
    """A fold that sets columns of the account."""

    def fold(changes: Changes, fact: Any) -> None:
        changes.update(accounts, (fact.event.account,), version=fact.version, **values(fact))

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
    return frozenset(changes.existing(accounts, (fact.event.account,))["roles"].split())


def _set_roles(changes: Changes, fact: Any, roles: frozenset[str]) -> None:
    changes.update(accounts, (fact.event.account,), version=fact.version, roles=" ".join(sorted(roles)))


def _reasons_erased(changes: Changes, fact: Any) -> None:
    account = fact.event.account
    gone = changes.existing(accounts, (account,))["suspended_version"] in fact.event.erased
    changes.update(accounts, (account,), version=fact.version, **({"suspended_reason": None} if gone else {}))


def _suspended(fact: Any) -> dict[str, Any]:
    term = {"suspended": True, "suspended_until": fact.event.until or None}
    return {**term, "suspended_reason": fact.reason, "suspended_version": fact.version}


def _leaving(fact: Any) -> dict[str, Any]:
    return {"gone": True, "leaving_until": fact.event.until}


def account_by_handle(connection: Connection, query: AccountByHandle) -> AccountView | None:
    row = connection.execute(BY_ID, {"id": query.handle}).one_or_none()
    if row is None:
        return None
    values = {name: value for name, value in row._mapping.items() if name in AccountView.__struct_fields__}
    hidden = {"handle": placeholder(row.id), "name": "", "bio": ""} if row.gone or not row.handle else {}
    return AccountView(**values | {"roles": tuple(row.roles.split())} | hidden).as_of(now())


def due_to_close(connection: Connection, now: str) -> Sequence[str]:
    """The ids of accounts whose owners can't return any more."""
    return connection.execute(_DUE, {"now": now}).scalars().all()


def closed_accounts(connection: Connection) -> Sequence[str]:
    """Their owners have left."""
    return connection.execute(_CLOSED).scalars().all()


def suspended_among(connection: Connection, accounts: Sequence[str]) -> set[str]:
    """Those who are suspended now."""
    at, rows = now(), bulk.select_in(connection, _SUSPENDED, accounts)
    return {row.id for row in rows if row.suspended_until is None or at < row.suspended_until}


def _owned(stream: str) -> Iterable[Owned]:
    yield from rows_of("account", accounts.c.id)(stream)
    yield from rows_of("account", former_handles.c.account)(stream)


MODEL = ReadModel(
    tables=(accounts, former_handles, author_counts),
    folds={
        AccountRegistered: _registered,
        HandleClaimed: _called,
        FormerHandleErased: _set_free,
        PasswordSet: _changed(lambda _fact: {}),
        ProfileEdited: _changed(_edited),
        RoleGranted: _granted,
        RoleRevoked: _revoked,
        HandleErased: _set_free,
        AccountSuspended: _changed(_suspended),
        AccountReinstated: _changed(lambda _fact: _NOT_SUSPENDED),
        ProfileErased: _changed(lambda _fact: _NO_WORDS),
        AccountReasonsErased: _reasons_erased,
        LeavingBegun: _changed(_leaving),
        LeavingTakenBack: _changed(lambda _fact: {"gone": False, "leaving_until": None}),
        AccountErased: _changed(lambda _fact: {**_NO_WORDS, "roles": "", "gone": True, "leaving_until": None}),
        **dict.fromkeys(standing.EVENTS, _changed(lambda _fact: {})),
    },
    answers={AccountByHandle: account_by_handle},
    reads=_reads,
    owned=_owned,
    version=4,
)
