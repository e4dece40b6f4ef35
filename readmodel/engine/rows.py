"""Rows by their primary keys: fetched, inserted, set, increased and deleted, many with one statement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Row,
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


def row_dicts(rows: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
    """Each row's values by the names of its columns, which are the first row's. A mapping of each would cost twice."""
    names = rows[0]._fields if rows else ()
    return (dict(zip(names, row, strict=True)) for row in rows)


def key_of(table: Table, row: Mapping[str, Any]) -> KeyValues:
    names = key_names(table)
    return (row[names[0]],) if len(names) == 1 else tuple([row[name] for name in names])


@cache
def key_names(table: Table) -> tuple[str, ...]:
    """The names of the primary key's columns; asked for once a row of a rebuild."""
    return tuple(column.name for column in table.primary_key)


def fetch(connection: Connection, table: Table, keys: Sequence[KeyValues]) -> Iterator[dict[str, Any]]:
    """The rows of these primary keys, those that are there, in no order."""
    columns = list(table.primary_key)
    step = bulk.MAX_STATEMENT_PARAMETERS // len(columns)
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


def present(connection: Connection, table: Table, keys: Iterable[KeyValues]) -> set[KeyValues]:
    """Those of the keys that have a row."""
    if len(table.primary_key) > 1:
        return {key_of(table, row) for row in fetch(connection, table, list(keys))}
    return {tuple(row) for row in bulk.select_in(connection, _among(table), [key[0] for key in keys])}


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """New rows, each with every column."""
    bulk.run(connection, _inserting(table), rows)


def delete(connection: Connection, table: Table, keys: Sequence[KeyValues]) -> None:
    names = _parameters(table)
    bulk.run(connection, _deleting(table), [dict(zip(names, key, strict=True)) for key in keys])


def update(connection: Connection, table: Table, changed: Mapping[KeyValues, Mapping[str, Any]]) -> None:
    """Sets columns, a statement for each set of columns."""
    for columns, keys in _by_columns(changed):
        bulk.run(connection, _updating(table, columns), _values(table, "to", columns, keys, changed))


def increase(connection: Connection, table: Table, raised: Mapping[KeyValues, Mapping[str, int]]) -> None:
    """Adds to columns, a statement for each set of columns; what comes to nothing isn't written."""
    for columns, keys in _by_columns(_effective(raised)):
        bulk.run(connection, _raising(table, columns), _values(table, "by", columns, keys, raised))


def increase_in_order(connection: Connection, table: Table, raised: Mapping[KeyValues, Mapping[str, int]]) -> None:
    """Adds to columns by one statement for all rows, in the order of their keys."""
    columns = tuple(column.name for column in table.columns if not column.primary_key)
    whole = {key: {name: by.get(name, 0) for name in columns} for key, by in _effective(raised).items()}
    bulk.run(connection, _raising(table, columns), _values(table, "by", columns, sorted(whole), whole))


def recount(
    connection: Connection, counting: Select[str, int], of: Mapping[str, KeyValues], column: Column[int]
) -> None:
    """Sets the counters of rows that this batch inserted, whose increments it couldn't apply.

    counting gives (value, number) of the bound `values`; of says whose row a value belongs to.
    """
    found = list(bulk.select_in(connection, counting, list(of)))
    update(connection, column.table, {of[value]: {column.name: number} for value, number in found})


def _effective(raised: Mapping[KeyValues, Mapping[str, int]]) -> dict[KeyValues, Mapping[str, int]]:
    return {key: by for key, deltas in raised.items() if (by := {n: d for n, d in deltas.items() if d})}


def _by_columns(changed: Mapping[KeyValues, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, ...], list[KeyValues]]]:
    """Groups keys by which columns they set, so that each group is one statement."""
    groups: dict[tuple[str, ...], list[KeyValues]] = {}
    for key in sorted(changed):
        groups.setdefault(tuple(sorted(changed[key])), []).append(key)
    yield from sorted(groups.items())


def _values(
    table: Table,
    kind: str,
    columns: tuple[str, ...],
    keys: Sequence[KeyValues],
    values: Mapping[KeyValues, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The parameters of a statement for each key: the key's own values, then those of the columns."""
    names = _parameters(table, kind, columns)
    return [dict(zip(names, (*key, *map(values[key].__getitem__, columns)), strict=True)) for key in keys]


@cache
def _parameters(table: Table, kind: str = "", columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a statement's parameters: its key's, then its columns'."""
    return tuple(f"key_{name}" for name in key_names(table)) + tuple(f"{kind}_{name}" for name in columns)


def _at(table: Table) -> Any:
    return and_(*(column == bindparam(f"key_{column.name}") for column in table.primary_key))


@cache
def _among(table: Table) -> Select[Any]:
    (column,) = table.primary_key
    return select(column).where(column.in_(bindparam("values", expanding=True)))


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
