"""What one batch of facts changes, collected in memory and written in bulk.

Folds say inserts, updates, increments; rows touched twice in a batch are written once. Every write is
by primary key, in the order of the keys, so that two projectors lock rows in the same order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    or_,
    select,
)

from . import bulk

KeyValues = tuple[Any, ...]


class Changes:
    """Collects changes; `write` carries them out. One instance a batch."""

    def __init__(self) -> None:
        self._known: dict[Table, dict[KeyValues, dict[str, Any] | None]] = {}
        self._inserts: dict[Table, dict[KeyValues, dict[str, Any]]] = {}
        self._updates: dict[Table, dict[KeyValues, dict[str, Any]]] = {}
        self._adds: dict[Table, dict[KeyValues, dict[str, int]]] = {}
        self._tallies: dict[Table, dict[KeyValues, dict[str, int]]] = {}
        self._deletes: dict[Table, dict[KeyValues, None]] = {}

    def insert(self, table: Table, **row: Any) -> None:
        """A new row, all columns given. One deleted earlier in the batch is replaced."""
        self._inserts.setdefault(table, {})[_key(table, row)] = row

    def update(self, table: Table, key: KeyValues, **values: Any) -> None:
        """Sets columns of one row, which may be one inserted in this batch."""
        if (row := self._inserts.get(table, {}).get(key)) is not None:
            row.update(values)
        else:
            self._updates.setdefault(table, {}).setdefault(key, {}).update(values)

    def add(self, table: Table, key: KeyValues, **deltas: int) -> None:
        """Raises columns of one row; a row that isn't there is left alone.

        A row inserted in the same batch doesn't get it: its read model counts afresh in `after`,
        which is right whichever of the two came first.
        """
        _sum(self._adds.setdefault(table, {}).setdefault(key, {}), deltas)

    def tally(self, table: Table, key: KeyValues, **deltas: int) -> None:
        """Raises columns of one row, which is made with zeros where it isn't there."""
        _sum(self._tallies.setdefault(table, {}).setdefault(key, {}), deltas)

    def delete(self, table: Table, key: KeyValues) -> None:
        """Takes one row away if it is there, be it inserted in this batch."""
        for waiting in (self._inserts, self._updates):
            waiting.get(table, {}).pop(key, None)
        self._deletes.setdefault(table, {})[key] = None

    def row(self, table: Table, key: KeyValues) -> dict[str, Any] | None:
        """The row as it stands at this point of the batch. Its key was announced by the read model's `reads`."""
        if (inserted := self._inserts.get(table, {}).get(key)) is not None:
            return inserted
        if key in self._deletes.get(table, {}):
            return None
        known = self._known[table][key]
        return None if known is None else known | self._updates.get(table, {}).get(key, {})

    def there(self, table: Table, key: KeyValues) -> dict[str, Any]:
        """Like row, for a row that an earlier event of the same stream has made. Raises LookupError without it."""
        if (row := self.row(table, key)) is None:
            raise LookupError(f"{table.name} has no row {key}, though its stream's first event makes it")
        return row

    def inserted(self, table: Table) -> Sequence[KeyValues]:
        """Keys of the rows that this batch inserts."""
        return list(self._inserts.get(table, {}))

    def touched(self, table: Table) -> Sequence[KeyValues]:
        """Keys of the rows that this batch inserts, updates, raises or tallies."""
        written = (self._inserts, self._updates, self._adds, self._tallies)
        return list(dict.fromkeys(key for kind in written for key in kind.get(table, {})))

    def load(self, connection: Connection, rows: Iterable[tuple[Table, KeyValues]]) -> None:
        """Fetches, in bulk, the rows that folds are going to ask for."""
        wanted: dict[Table, dict[KeyValues, None]] = {}
        for table, key in rows:
            wanted.setdefault(table, {})[key] = None
        for table, keys in wanted.items():
            known: dict[KeyValues, dict[str, Any] | None] = dict.fromkeys(keys)
            for found in fetch(connection, table, list(keys)):
                known[_key(table, found)] = found
            self._known[table] = known

    def write(self, connection: Connection) -> None:
        """Deletes, inserts, updates, then increments: each kind in bulk, in order of keys."""
        for table, keys in self._deletes.items():
            _delete(connection, table, sorted(keys))
        for table, rows in self._inserts.items():
            bulk.run(connection, _inserting(table), [rows[key] for key in sorted(rows)])
        for table, changed in self._updates.items():
            _update(connection, table, changed)
        for table, raised in self._adds.items():
            fresh = self._inserts.get(table, {})
            _raise(connection, table, {key: deltas for key, deltas in raised.items() if key not in fresh})
        for table, raised in self._tallies.items():
            _upsert(connection, table, raised)


def fetch(connection: Connection, table: Table, keys: Sequence[KeyValues]) -> Iterator[dict[str, Any]]:
    """The rows of these primary keys, those that are there, in no order."""
    columns = list(table.primary_key)
    step = bulk.PARAMETERS // len(columns)
    for at in range(0, len(keys), step):
        some = keys[at : at + step]
        condition: ColumnElement[bool]
        if len(columns) == 1:
            condition = columns[0].in_([key[0] for key in some])
        else:
            condition = or_(*(and_(*(c == v for c, v in zip(columns, key, strict=True))) for key in some))
        names = table.columns.keys()
        for row in connection.execute(select(table).where(condition)):
            yield dict(zip(names, row, strict=True))


def recount(
    connection: Connection, counting: Select[str, int], of: Mapping[str, KeyValues], column: Column[int]
) -> None:
    """Sets the counters of rows that this batch inserted, whose increments it couldn't apply.

    counting gives (value, number) of the bound `values`; of says whose row a value belongs to.
    """
    found = list(bulk.matching(connection, counting, list(of)))
    _update(connection, column.table, {of[value]: {column.name: number} for value, number in found})


def _key(table: Table, row: Mapping[str, Any]) -> KeyValues:
    names = _names(table)
    return (row[names[0]],) if len(names) == 1 else tuple([row[name] for name in names])


@cache
def _names(table: Table) -> tuple[str, ...]:
    """The names of the primary key's columns; asked for once a row of a rebuild."""
    return tuple(column.name for column in table.primary_key)


def _sum(into: dict[str, int], deltas: Mapping[str, int]) -> None:
    for column, delta in deltas.items():
        into[column] = into.get(column, 0) + delta


def _at(table: Table) -> Any:
    return and_(*(column == bindparam(f"key_{column.name}") for column in table.primary_key))


@cache
def _parameters(table: Table, kind: str = "", columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a statement's parameters: its key's, then its columns'."""
    return tuple(f"key_{name}" for name in _names(table)) + tuple(f"{kind}_{name}" for name in columns)


@cache
def _inserting(table: Table) -> Insert:
    return table.insert()


@cache
def _deleting(table: Table) -> Delete:
    return table.delete().where(_at(table))


@cache
def _updating(table: Table, columns: tuple[str, ...]) -> Update:
    return table.update().where(_at(table)).values({name: bindparam(f"to_{name}") for name in columns})


@cache
def _raising(table: Table, columns: tuple[str, ...]) -> Update:
    return table.update().where(_at(table)).values({n: table.c[n] + bindparam(f"by_{n}") for n in columns})


def _delete(connection: Connection, table: Table, keys: Sequence[KeyValues]) -> None:
    names = _parameters(table)
    bulk.run(connection, _deleting(table), [dict(zip(names, key, strict=True)) for key in keys])


def _update(connection: Connection, table: Table, changed: Mapping[KeyValues, Mapping[str, Any]]) -> None:
    for columns, keys in _by_columns(changed):
        bulk.run(connection, _updating(table, columns), _rows(table, "to", columns, keys, changed))


def _raise(connection: Connection, table: Table, raised: Mapping[KeyValues, Mapping[str, int]]) -> None:
    effective = {key: by for key, deltas in raised.items() if (by := {n: d for n, d in deltas.items() if d})}
    for columns, keys in _by_columns(effective):
        bulk.run(connection, _raising(table, columns), _rows(table, "by", columns, keys, effective))


def _rows(
    table: Table,
    kind: str,
    columns: tuple[str, ...],
    keys: Sequence[KeyValues],
    values: Mapping[KeyValues, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The parameters of a statement for each key: the key's own values, then those of the columns."""
    names = _parameters(table, kind, columns)
    return [dict(zip(names, (*key, *map(values[key].__getitem__, columns)), strict=True)) for key in keys]


def _upsert(connection: Connection, table: Table, raised: Mapping[KeyValues, Mapping[str, int]]) -> None:
    """Makes the missing rows with zeros, then raises all. A race on a new row ends in the unique key, and a retry.

    A row may go between the two steps, where another projector prunes one that came to zero: it is made again.
    """
    waiting = dict(raised)
    there = _present(connection, table, waiting)
    while waiting:
        missing = [_zero(table, key) for key in sorted(waiting) if key not in there]
        bulk.run(connection, _inserting(table), missing)
        _raise(connection, table, waiting)
        there = _present(connection, table, waiting)
        waiting = {key: deltas for key, deltas in waiting.items() if key not in there}


def _present(connection: Connection, table: Table, keys: Iterable[KeyValues]) -> set[KeyValues]:
    if len(table.primary_key) > 1:
        return {_key(table, row) for row in fetch(connection, table, list(keys))}
    return {tuple(row) for row in bulk.matching(connection, _among(table), [key[0] for key in keys])}


@cache
def _among(table: Table) -> Select[Any]:
    (column,) = table.primary_key
    return select(column).where(column.in_(bindparam("values", expanding=True)))


def _zero(table: Table, key: KeyValues) -> dict[str, Any]:
    return dict(zip(_names(table), key, strict=True)) | {c.name: 0 for c in table.columns if not c.primary_key}


def _by_columns(changed: Mapping[KeyValues, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, ...], list[KeyValues]]]:
    """Groups keys by which columns they set, so that each group is one statement."""
    groups: dict[tuple[str, ...], list[KeyValues]] = {}
    for key in sorted(changed):
        groups.setdefault(tuple(sorted(changed[key])), []).append(key)
    yield from sorted(groups.items())
