"""Bulk statements: one for many rows. A rebuild writes millions, so the cost of each row matters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import UpdateBase

Row = Mapping[str, Any]
Value = TypeVar("Value")

MAX_STATEMENT_PARAMETERS = 900
"""A statement stays under SQL Server's 2,100 parameters."""
_SQLITE = sqlite.dialect()


def run(connection: Connection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Runs the statement once for each row, by the names of its parameters; an insert is given every column.

    SQLite takes our values as they are, so SQLAlchemy's conversion of each is left out there. SQL Server's
    driver is told the types by it.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    text, values = _prepared(statement)
    connection.exec_driver_sql(text, [values(row) for row in rows])


def insert(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows whose values stand in the order of the table's columns; tuples cost less than dicts."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        names = table.columns.keys()
        connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
        return
    connection.exec_driver_sql(_insert_text(table), list(rows))


def stream_rows(connection: Connection, statement: Select[*tuple[Any, ...]], some: int) -> Iterator[Sequence[Any]]:
    """Streams the rows of a statement without parameters, as lists of `some` tuples; on SQLite without conversion."""
    if connection.dialect.name != "sqlite":
        for rows in connection.execution_options(yield_per=some).execute(statement).partitions():
            yield list(map(tuple, rows))
        return
    result = connection.exec_driver_sql(str(statement.compile(dialect=_SQLITE)))
    while found := result.cursor.fetchmany(some):
        yield found


def select_in(connection: Connection, statement: Select[*tuple[Any, ...]], values: Sequence[Any]) -> Iterator[Any]:
    """The rows of a statement with `column IN :values` (expanding), in batches where there are many values.

    It must not select a type that SQLite doesn't have, such as Boolean.
    """
    for some in batches(values):
        if connection.dialect.name == "sqlite":
            yield from connection.exec_driver_sql(_with_marks(statement, len(some)), tuple(some))
        else:
            yield from connection.execute(statement, {"values": some})


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in batches of as many as a statement takes as parameters."""
    for at in range(0, len(values), MAX_STATEMENT_PARAMETERS):
        yield values[at : at + MAX_STATEMENT_PARAMETERS]


def _with_marks(statement: Select[*tuple[Any, ...]], count: int) -> str:
    return _text(statement).replace("__[POSTCOMPILE_values]", ", ".join("?" * count))


@lru_cache(maxsize=64)
def _text(statement: Select[*tuple[Any, ...]]) -> str:
    return str(statement.compile(dialect=_SQLITE))


@lru_cache(maxsize=64)
def _insert_text(table: Table) -> str:
    return str(table.insert().compile(dialect=_SQLITE))


@lru_cache(maxsize=256)
def _prepared(statement: UpdateBase) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
    """The statement's text, and what picks the values for its question marks out of a row."""
    compiled = statement.compile(dialect=_SQLITE)
    names = compiled.positiontup or []
    if len(names) == 1:
        return str(compiled), lambda row: (row[names[0]],)
    return str(compiled), itemgetter(*names)
