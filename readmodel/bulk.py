"""One statement for many rows. A rebuild writes millions, so what is spent on each row counts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import UpdateBase

Row = Mapping[str, Any]
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


def stored(connection: Connection, statement: Select[Any], some: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a statement without parameters, so many at a time; on SQLite as the driver gives them."""
    if connection.dialect.name != "sqlite":
        for rows in connection.execution_options(yield_per=some).execute(statement).partitions():
            yield list(map(tuple, rows))
        return
    result = connection.exec_driver_sql(str(statement.compile(dialect=_SQLITE)))
    while found := result.cursor.fetchmany(some):
        yield found


@lru_cache(maxsize=256)
def _prepared(statement: UpdateBase) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
    """The statement's text, and what picks the values for its question marks out of a row."""
    compiled = statement.compile(dialect=_SQLITE)
    names = compiled.positiontup or []
    if len(names) == 1:
        return str(compiled), lambda row: (row[names[0]],)
    return str(compiled), itemgetter(*names)
