"""Compares the rows of one stream with a fresh fold of it, and repairs them.

A fault names no key: a word or a tag may be all that is left of a text, and a note of a repair outlives an erasure.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, exists, func, or_, select, update

from readmodel.catalogue import READ_MODELS
from readmodel.engine.model import Counter, Owned, Tallied

Rows = dict[tuple[Any, ...], dict[str, Any]]
Values = set[Any]


def owned_by(stream: str) -> Iterator[Owned]:
    """Whatever comes from this stream alone, table by table."""
    for model in READ_MODELS:
        yield from model.owned(stream)


def tallied_by(connection: Connection, owned: Owned) -> Iterator[tuple[Tallied, Values]]:
    """The values of these rows that rows of other tables count."""
    table, whose = owned
    for tallied in _tallied():
        if tallied.key.table is table:
            yield tallied, set(connection.execute(select(tallied.key).where(whose)).scalars())


def keys_of(connection: Connection, owned: Owned) -> list[tuple[Any, ...]]:
    """The primary keys of these rows."""
    table, whose = owned
    return [tuple(row) for row in connection.execute(select(*table.primary_key).where(whose))]


def faults(connection: Connection, fresh: Connection, stream: str) -> list[str]:
    """What is wrong with a stream's rows, in words: their own columns by the fresh fold, their counts by counting."""
    found = []
    for owned in owned_by(stream):
        found += [*_unequal(connection, fresh, owned), *_miscounted(connection, owned)]
    return found + [
        fault
        for tally, values in _tallies_of(stream, connection, fresh).items()
        for value in sorted(values)
        for fault in tally_faults(connection, tally, value)
    ]


def repair(connection: Connection, fresh: Connection, stream: str) -> None:
    """Gives a stream the rows of the fresh fold, and counts afresh whatever counts them."""
    tallies = _tallies_of(stream, connection, fresh)
    for table, whose in owned_by(stream):
        connection.execute(table.delete().where(whose))
        if rows := _rows(fresh, (table, whose)):
            connection.execute(table.insert(), list(rows.values()))
    for table, whose in owned_by(stream):
        _recount(connection, table, whose)
    for tally, values in tallies.items():
        for value in sorted(values):
            repair_tally(connection, tally, value)


def tables_of_tallies() -> list[Table]:
    """Tables of counts that several streams raise, so that none owns their rows."""
    return sorted({tallied.table for tallied in _tallied()}, key=lambda table: table.name)


def tally_faults(connection: Connection, tally: Table, value: Any) -> list[str]:
    """What is wrong with the row that counts one value, be it that it is there or isn't."""
    here = _key(tally) == value
    is_there = connection.execute(select(func.count()).select_from(tally).where(here)).scalar_one() > 0
    if is_there != _is_called_for(connection, tally, value):
        return [f"{tally.name} counts what isn't there" if is_there else f"{tally.name} lacks a row"]
    return list(_miscounted(connection, (tally, here)))


def repair_tally(connection: Connection, tally: Table, value: Any) -> None:
    """Counts one value afresh; a row that nothing calls for goes."""
    here = _key(tally) == value
    connection.execute(tally.delete().where(here))
    if _is_called_for(connection, tally, value):
        zeros = {column.name: 0 for column in tally.columns if not column.primary_key}
        connection.execute(tally.insert().values({_key(tally).name: value, **zeros}))
        _recount(connection, tally, here)


def _tallies_of(stream: str, connection: Connection, fresh: Connection) -> dict[Table, Values]:
    """What is counted of a stream's rows, as they are and as they should be."""
    found: dict[Table, Values] = {}
    for owned in owned_by(stream):
        for copy in (connection, fresh):
            for tallied, values in tallied_by(copy, owned):
                found.setdefault(tallied.table, set()).update(values)
    return found


def _is_called_for(connection: Connection, tally: Table, value: Any) -> bool:
    sources = [one for one in _tallied() if one.table is tally]
    wanted = or_(*(exists().where(one.key == value, one.where) for one in sources))
    # A condition is no column to SQL Server.
    return connection.execute(select(func.count()).where(wanted)).scalar_one() > 0


def _key(tally: Table) -> Any:
    (column,) = tally.primary_key
    return column


@cache
def _tallied() -> tuple[Tallied, ...]:
    return tuple(tallied for model in READ_MODELS for tallied in model.tallied)


@cache
def _counters(table: Table) -> tuple[Counter, ...]:
    return tuple(counter for model in READ_MODELS for counter in model.counters if counter.table is table)


def _recount(connection: Connection, table: Table, where: Any) -> None:
    for counter in _counters(table):
        connection.execute(update(table).where(where).values({counter.column: counter.count}))


def _rows(connection: Connection, owned: Owned) -> Rows:
    table, whose = owned
    names = [column.name for column in table.primary_key]
    found = connection.execute(select(table).where(whose)).mappings()
    return {tuple(row[name] for name in names): dict(row) for row in found}


def _unequal(connection: Connection, fresh: Connection, owned: Owned) -> Iterator[str]:
    table = owned[0]
    ours, theirs = _rows(connection, owned), _rows(fresh, owned)
    if lacking := theirs.keys() - ours.keys():
        yield f"{table.name} lacks {len(lacking)} rows"
    if surplus := ours.keys() - theirs.keys():
        yield f"{table.name} has {len(surplus)} rows too many"
    counted = {counter.column for counter in _counters(table)}
    differing = {name for key in ours.keys() & theirs.keys() for name in _differing(ours[key], theirs[key])} - counted
    if differing:
        yield f"{table.name} differs in {', '.join(sorted(differing))}"


def _differing(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterable[str]:
    return (name for name in ours if ours[name] != theirs[name])


def _miscounted(connection: Connection, owned: Owned) -> Iterator[str]:
    table, whose = owned
    for counter in _counters(table):
        wrong = select(func.count()).where(whose, table.c[counter.column] != counter.count).select_from(table)
        if connection.execute(wrong).scalar_one():
            yield f"{table.name} counts {counter.column} wrong"
