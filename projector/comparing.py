"""Compares two copies of the read model: a checksum a table, and the rows that differ."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from readmodel import bulk
from readmodel.progress import checkpoints, dead_letters
from readmodel.schema import metadata

_ENCODER = msgspec.json.Encoder()
_CHUNK = 1_000


class Checksum(msgspec.Struct, frozen=True):
    """Of one table: how many rows, and hex sha256 over all of them in order of the primary key."""

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
    return [table for table in metadata.sorted_tables if table not in (checkpoints, dead_letters)]


def checksums(connection: Connection) -> dict[str, Checksum]:
    """Table name → checksum, in bounded memory."""
    return {table.name: _checksum(connection, table) for table in compared_tables()}


def differences(live: Connection, fresh: Connection) -> Iterator[Difference]:
    """Each row that differs, table by table, walking both in order of the primary key."""
    for table in compared_tables():
        yield from _unequal(table, _rows(live, table), _rows(fresh, table))


def _checksum(connection: Connection, table: Table) -> Checksum:
    digest = hashlib.sha256()
    count = 0
    for rows in bulk.stored(connection, select(table).order_by(*table.primary_key), _CHUNK):
        digest.update(_ENCODER.encode(rows))
        count += len(rows)
    return Checksum(count, digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    names = [column.name for column in table.primary_key]
    found = connection.execution_options(yield_per=_CHUNK).execute(select(table).order_by(*table.primary_key))
    for row in found.mappings():
        yield tuple(row[name] for name in names), dict(row)


def _unequal(
    table: Table,
    live: Iterator[tuple[tuple[Any, ...], dict[str, Any]]],
    fresh: Iterator[tuple[tuple[Any, ...], dict[str, Any]]],
) -> Iterator[Difference]:
    ours, theirs = next(live, None), next(fresh, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[0] < theirs[0]):
            assert ours is not None
            yield Difference(table=table.name, key=ours[0], live=ours[1], fresh=None)
            ours = next(live, None)
        elif ours is None or theirs[0] < ours[0]:
            yield Difference(table=table.name, key=theirs[0], live=None, fresh=theirs[1])
            theirs = next(fresh, None)
        else:
            if ours[1] != theirs[1]:
                yield Difference(table=table.name, key=ours[0], live=ours[1], fresh=theirs[1])
            ours, theirs = next(live, None), next(fresh, None)
