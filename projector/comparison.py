"""Compares two copies of the read model, on whichever databases: a checksum a table, and the rows that differ.

SQLite and SQL Server give other values for a truth and sort some scripts differently: truths are read as numbers, and
neither answer depends on the order in which a database gives its rows.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Boolean, Connection, Integer, Select, Table, cast, select

from readmodel.engine import bulk
from readmodel.engine.gate import gate
from readmodel.engine.progress import checkpoints, dead_letters, origin
from readmodel.engine.schema import metadata

_ENCODER = msgspec.json.Encoder()
_CHUNK = 1_000
_OUT_OF_STEP = 1_000
"""Rows that wait for their counterpart, which another order of sorting may bring later."""
Rows = Iterator[tuple[tuple[Any, ...], dict[str, Any]]]


class Checksum(msgspec.Struct, frozen=True):
    """Of one table: how many rows, and in hex the sum of their sha256s, the same in whatever order they come."""

    rows: int
    sha256: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One row that isn't the same in both. None where a copy hasn't got it."""

    table: str
    key: tuple[Any, ...]
    live: Mapping[str, Any] | None
    fresh: Mapping[str, Any] | None


def compared_tables() -> list[Table]:
    """Every table that is a fold of the log; how far a copy has got and what it parked are its own affair."""
    return [table for table in metadata.sorted_tables if table not in (checkpoints, dead_letters, gate, origin)]


def checksums(connection: Connection) -> dict[str, Checksum]:
    """Table name → checksum, in bounded memory."""
    return {table.name: _checksum(connection, table) for table in compared_tables()}


def differences(live: Connection, fresh: Connection) -> Iterator[Difference]:
    """Each row that differs, table by table, walking both in order of the primary key."""
    for table in compared_tables():
        yield from _unequal(table, _rows(live, table), _rows(fresh, table))


def _checksum(connection: Connection, table: Table) -> Checksum:
    total = count = 0
    for rows in bulk.stream_rows(connection, _plain(table).order_by(*table.primary_key), _CHUNK):
        total += sum(int.from_bytes(hashlib.sha256(_ENCODER.encode(row)).digest()) for row in rows)
        count += len(rows)
    return Checksum(count, f"{total % 2**256:064x}")


@cache
def _plain(table: Table) -> Select[Any]:
    """Every column, truths as 0 and 1."""
    return select(*(cast(c, Integer).label(c.name) if isinstance(c.type, Boolean) else c for c in table.columns))


def _rows(connection: Connection, table: Table) -> Rows:
    names = [column.name for column in table.primary_key]
    found = connection.execution_options(yield_per=_CHUNK).execute(_plain(table).order_by(*table.primary_key))
    for row in found.mappings():
        yield tuple(row[name] for name in names), dict(row)


def _unequal(table: Table, live: Rows, fresh: Rows) -> Iterator[Difference]:
    """Walks both in step. A row of one side waits for its counterpart, in case the other sorts it elsewhere."""
    ours: dict[tuple[Any, ...], dict[str, Any]] = {}
    theirs: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key, live_row, fresh_row in _merged(live, fresh):
        if live_row is not None:
            ours[key] = live_row
        if fresh_row is not None:
            theirs[key] = fresh_row
        if key in ours and key in theirs:
            yield from _pair(table, key, ours.pop(key), theirs.pop(key))
        yield from _overdue(table, ours, theirs, _OUT_OF_STEP)
    yield from _overdue(table, ours, theirs, 0)


def _merged(live: Rows, fresh: Rows) -> Iterator[tuple[tuple[Any, ...], dict[str, Any] | None, dict[str, Any] | None]]:
    """Each key with the row that the live copy has, that the fresh one has, or both: by the order of Python."""
    ours, theirs = next(live, None), next(fresh, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[0] < theirs[0]):
            assert ours is not None
            yield ours[0], ours[1], None
            ours = next(live, None)
        elif ours is None or theirs[0] < ours[0]:
            yield theirs[0], None, theirs[1]
            theirs = next(fresh, None)
        else:
            yield ours[0], ours[1], theirs[1]
            ours, theirs = next(live, None), next(fresh, None)


def _pair(
    table: Table, key: tuple[Any, ...], live: Mapping[str, Any], fresh: Mapping[str, Any]
) -> Iterator[Difference]:
    if live != fresh:
        yield Difference(table=table.name, key=key, live=live, fresh=fresh)


def _overdue(
    table: Table,
    ours: dict[tuple[Any, ...], dict[str, Any]],
    theirs: dict[tuple[Any, ...], dict[str, Any]],
    leave: int,
) -> Iterator[Difference]:
    """The rows that have waited longest, all but so many."""
    while len(ours) > leave:
        key = next(iter(ours))
        yield Difference(table=table.name, key=key, live=ours.pop(key), fresh=None)
    while len(theirs) > leave:
        key = next(iter(theirs))
        yield Difference(table=table.name, key=key, live=None, fresh=theirs.pop(key))
