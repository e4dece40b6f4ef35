"""What a read model is: its tables, its folds and its answers, put together in one file each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, ScalarSelect, Table, true

from domain.messages import Event

from .changes import Changes
from .queries import Query

Row = tuple[Table, tuple[Any, ...]]
"""A row by its table and the values of its primary key."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One event as folds see it, in today's shape.

    version and position place it in its stream and in the global order; at is ISO 8601 UTC text;
    erased tells that its words are gone from the store (they read as empty).
    """

    event: Event
    stream: str
    version: int
    actor: str
    at: str
    commit: str
    position: int
    erased: bool

    @property
    def reason(self) -> str | None:
        """Why it was done; None where nobody said, or it is erased."""
        return getattr(self.event, "reason", None) or None


Fold = Callable[[Changes, Any], None]
"""fold(changes, fact): says what the fact changes. Reads nothing but changes.row()."""


def _no_rows(_fact: Fact) -> Iterable[Row]:
    return ()


def _nothing_after(_connection: Connection, _changes: Changes) -> None:
    return None


class Counter(msgspec.Struct, frozen=True):
    """A column that counts other rows. count is a scalar subquery, correlated with the table's own row."""

    table: Table
    column: str
    count: ScalarSelect[Any]


class Tallied(msgspec.Struct, frozen=True):
    """A column whose values each have a row of counts in another table, and which of the column's rows make them have
    one. Several columns may count in one table; a row of it that none of them calls for shouldn't be there."""

    table: Table
    key: Column[Any]
    where: ColumnElement[bool] = true()


Owned = tuple[Table, ColumnElement[bool]]
"""A table, and which of its rows come from one stream alone."""


def _owns_nothing(_stream: str) -> Iterable[Owned]:
    return ()


def rows_of(kind: str, column: Column[Any]) -> Callable[[str], Iterable[Owned]]:
    """For `owned`: the rows whose column has the id of the stream, for streams of this kind."""

    def owned(stream: str) -> Iterable[Owned]:
        found, _, id = stream.partition("-")
        return [(column.table, column == id)] if found == kind else []

    return owned


def _needs_nothing(_fact: Fact) -> Iterable[str]:
    return ()


class ReadModel(msgspec.Struct, frozen=True, kw_only=True):
    """tables   all of them hold nothing but what folds wrote
    folds    event type → fold; an event it doesn't name changes nothing here
    answers  query type → function(connection, query)
    reads    the rows that the folds of a fact will ask changes.row() for; loaded in bulk beforehand
    after    runs once a batch, after its rows are written and before the commit
    owned    the rows that come from one stream alone, for comparing them with a fresh fold of that stream
    needs    the other streams whose first event decides how rows of a fact's stream look
    counters the columns that count other rows; they are left out of that comparison and counted afresh
    tallied  which columns have their values counted in rows of another table
    version  raised whenever the same events give other rows than before; generations are filled afresh then
    """

    tables: tuple[Table, ...]
    folds: Mapping[type[Event], Fold]
    answers: Mapping[type[Query], Callable[[Connection, Any], Any]]
    reads: Callable[[Fact], Iterable[Row]] = _no_rows
    after: Callable[[Connection, Changes], None] = _nothing_after
    owned: Callable[[str], Iterable[Owned]] = _owns_nothing
    needs: Callable[[Fact], Iterable[str]] = _needs_nothing
    counters: tuple[Counter, ...] = ()
    tallied: tuple[Tallied, ...] = ()
    version: int = 1
