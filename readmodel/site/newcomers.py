"""Limits for new accounts, each version of them, and what tells whether an account is new and how much it wrote."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Select,
    Table,
    bindparam,
    func,
    select,
    true,
    union_all,
)

from domain import site
from domain.site.newcomers import NewcomerLimits, NewcomerLimitsSet, limits_of
from readmodel.accounts import accounts, author_counts
from readmodel.comments import comments
from readmodel.engine.changes import Changes
from readmodel.engine.model import Owned, ReadModel
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment, key, metadata
from readmodel.engine.views import View
from readmodel.posts import posts

NUMBERS = NewcomerLimits.__struct_fields__

newcomer_limits = Table(
    "newcomer_limits",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("set_at", Moment(), nullable=False),
    Column("set_by", key(40), nullable=False),
    *(Column(name, Integer, nullable=False) for name in NUMBERS),
)


class SetLimits(Query, frozen=True, kw_only=True):
    """SetLimitsView of the newest version; None where nobody has set any."""


class SetLimitsView(View, frozen=True, kw_only=True):
    people: ClassVar[tuple[str, ...]] = ("set_by",)
    version: int
    set_at: str
    set_by: str
    limits: NewcomerLimits


class Standing(Query, frozen=True, kw_only=True):
    """StandingView of an account; None where there is none."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """writings: how many posts and comments stand."""

    joined_at: str
    writings: int
    has_role: bool


class WrittenSince(Query, frozen=True, kw_only=True):
    """list[str]: when an account wrote its newest posts and comments after a moment, newest first, removed ones too."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    since: str
    limit: int


def _set(changes: Changes, fact: Any) -> None:
    event: NewcomerLimitsSet = fact.event
    changes.insert(
        newcomer_limits,
        version=fact.version,
        set_at=fact.at,
        set_by=fact.actor,
        **msgspec.structs.asdict(limits_of(event)),
    )


_NEWEST = select(newcomer_limits).order_by(newcomer_limits.c.version.desc()).limit(1)
_STANDING = (
    select(
        accounts.c.joined_at,
        accounts.c.roles,
        (func.coalesce(author_counts.c.posts, 0) + func.coalesce(author_counts.c.comments, 0)).label("writings"),
    )
    .select_from(accounts.outerjoin(author_counts, author_counts.c.author == accounts.c.id))
    .where(accounts.c.id == bindparam("account"))
)


def _written(table: Table, *, removed: bool) -> Select[Any]:
    return select(table.c.created_at).where(
        table.c.author == bindparam("account"),
        table.c.removed == removed,
        table.c.created_at > bindparam("since", type_=table.c.created_at.type),
    )


_ALL = union_all(*(_written(table, removed=removed) for table in (posts, comments) for removed in (False, True)))
_WRITTEN = _ALL.subquery()
_SINCE = select(_WRITTEN.c.created_at).order_by(_WRITTEN.c.created_at.desc())


def set_limits(connection: Connection, _query: SetLimits) -> SetLimitsView | None:
    row = connection.execute(_NEWEST).one_or_none()
    if row is None:
        return None
    limits = NewcomerLimits(**{name: getattr(row, name) for name in NUMBERS})
    return SetLimitsView(version=row.version, set_at=row.set_at, set_by=row.set_by, limits=limits)


def standing(connection: Connection, query: Standing) -> StandingView | None:
    row = connection.execute(_STANDING, {"account": query.account}).one_or_none()
    return (
        None if row is None else StandingView(joined_at=row.joined_at, writings=row.writings, has_role=row.roles != "")
    )


def written_since(connection: Connection, query: WrittenSince) -> list[str]:
    bound = {"account": query.account, "since": query.since}
    return list(connection.execute(_SINCE.limit(query.limit), bound).scalars())


def _owned(stream: str) -> Iterable[Owned]:
    return [(newcomer_limits, true())] if stream == site.stream() else []


MODEL = ReadModel(
    tables=(newcomer_limits,),
    folds={NewcomerLimitsSet: _set},
    answers={SetLimits: set_limits, Standing: standing, WrittenSince: written_since},
    owned=_owned,
)
