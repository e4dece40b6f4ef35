"""Connections to the tables beside the generations: a request's own, or one for each question.

SQL Server has the live generation and the tables beside it in one database, so they share one; SQLite has a file each.
Taking a connection out of the pool and putting it back costs SQL Server three or four round trips.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Union

from sqlalchemy import Connection, Engine

from .engines import reading, writing


class RequestControl:
    """The tables beside the generations, read by a request's own connection. It is opened when they are first read."""

    def __init__(self, engine: Engine, connection: Callable[[], Connection]) -> None:
        self.engine = engine
        self.connection = connection


Control = Union[Engine, RequestControl]  # noqa: UP007 a name for both, also where it is a default
"""How the tables beside the generations are reached."""


@contextmanager
def looking(control: Control) -> Iterator[Connection]:
    """A connection for reads outside transactions: the request's, else one for as long as the block."""
    if isinstance(control, Engine):
        with reading(control).connect() as connection:
            yield connection
    else:
        connection = control.connection()
        with _unmapped(connection):
            yield connection


def changing(control: Control) -> AbstractContextManager[Connection]:
    """A transaction that writes, on a connection of its own: a request's is never inside a transaction."""
    return writing(control.engine).begin()


@contextmanager
def _unmapped(connection: Connection) -> Iterator[None]:
    """Where the connection is a generation's as well, its tables stand in a schema; those beside it don't."""
    schemas = connection.get_execution_options().get("schema_translate_map")
    if not schemas:
        yield
        return
    connection.execution_options(schema_translate_map=None)
    try:
        yield
    finally:
        connection.execution_options(schema_translate_map=schemas)
