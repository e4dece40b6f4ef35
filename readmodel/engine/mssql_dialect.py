"""SQLAlchemy's dialect of SQL Server, with the type of every parameter told to the driver.

pyodbc's fast_executemany asks the server what a parameter is; where that fails it binds VARCHAR(255), and text beyond
Latin-1 is lost without a word. Here each parameter has the type of its column, and one without a type is an error.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import URL, BigInteger, Boolean, DateTime, Engine, Integer, LargeBinary, SmallInteger, String
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mssql.pyodbc import MSDialect_pyodbc
from sqlalchemy.engine.interfaces import ExecuteStyle
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine

from .mssql_driver import driver, explained

Size = tuple[int | None, int | None, int | None]
"""ODBC's type, its length or precision (0: without limit), its digits behind the point; None: as the value says."""

NO_SIZE: Size = (None, None, None)
MAX_NVARCHAR_UNITS = 4_000
"""UTF-16 units of an NVARCHAR with a length."""
LONG_TEXT_UNITS = 2_000
"""A text of one execution is bound as long from here on, as SQLAlchemy does."""
SECOND_DIGITS = 6
"""Of a moment's second, as schema.Moment keeps it."""


class Dialect(MSDialect_pyodbc):
    """fast_executemany or not: no type of a parameter is the server's guess. Errors are always SQLAlchemy's."""

    supports_statement_cache = True

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "use_setinputsizes": True})  # type: ignore[no-untyped-call]

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return driver()

    def connect(self, *arguments: Any, **named: Any) -> Any:
        """Raises NoDriver where this machine lacks the ODBC driver."""
        try:
            return super().connect(*arguments, **named)
        except self.loaded_dbapi.Error as error:
            if (reason := explained(error)) is not None:
                raise reason from error
            raise

    def do_set_input_sizes(self, cursor: Any, list_of_tuples: Sequence[tuple[str, Any, Any]], context: Any) -> None:
        many = context.execute_style is ExecuteStyle.EXECUTEMANY and self.fast_executemany
        sizes = [self._size(kind) for _, _, kind in list_of_tuples]
        if many and NO_SIZE in sizes:
            name, _, kind = list_of_tuples[sizes.index(NO_SIZE)]
            raise TypeError(f"parameter {name} has no type that SQL Server's driver could be told: {kind!r}")
        cursor.setinputsizes(sizes if many else [self._of_one(size) for size in sizes])

    def _size(self, kind: TypeEngine[Any]) -> Size:
        found: Any = kind.dialect_impl(self)
        if isinstance(found, TypeDecorator):
            found = found.impl_instance
        odbc = self.loaded_dbapi
        numbers = ((Boolean, "SQL_BIT", 1), (SmallInteger, "SQL_SMALLINT", 5), (BigInteger, "SQL_BIGINT", 19))
        for one, name, length in (*numbers, (Integer, "SQL_INTEGER", 10)):
            if isinstance(found, one):
                return getattr(odbc, name), length, 0
        if isinstance(found, LargeBinary):
            return odbc.SQL_VARBINARY, 0, 0
        if isinstance(found, DateTime):
            return odbc.SQL_TYPE_TIMESTAMP, 20 + SECOND_DIGITS, SECOND_DIGITS
        if isinstance(found, String):
            length = found.length if isinstance(found.length, int) else 0
            return odbc.SQL_WVARCHAR, length if length <= MAX_NVARCHAR_UNITS else 0, 0
        return NO_SIZE

    def _of_one(self, size: Size) -> Size:
        """For one execution, where pyodbc looks at the value itself: a longer one, or a larger, matches no row."""
        kind, length, _ = size
        if kind == self.loaded_dbapi.SQL_WVARCHAR:
            return (kind, 0, 0) if not length or length >= LONG_TEXT_UNITS else (kind, None, None)
        return size if kind == self.loaded_dbapi.SQL_TYPE_TIMESTAMP else NO_SIZE

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        with self._as_sqlalchemy_says(dbapi_connection):
            return super().get_isolation_level(dbapi_connection)  # type: ignore[no-untyped-call]

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        with self._as_sqlalchemy_says(dbapi_connection):
            super().set_isolation_level(dbapi_connection, level)

    @contextmanager
    def _as_sqlalchemy_says(self, dbapi_connection: Any) -> Iterator[None]:
        """Isolation levels are set as a connection is taken out or put back, where SQLAlchemy leaves the driver's own
        errors as they are: nobody who waits for a database that is away would know them."""
        base: Any = self.loaded_dbapi.Error
        try:
            yield
        except base as error:
            gone = self.is_disconnect(error, dbapi_connection, None)  # type: ignore[no-untyped-call]
            raise DBAPIError.instance(
                "SET TRANSACTION ISOLATION LEVEL", None, error, base, connection_invalidated=gone, dialect=self
            ) from error


registry.register("mssql.verbatim", __name__, "Dialect")


def create_engine(url: URL, **settings: Any) -> Engine:
    """SQLAlchemy's, for a URL mssql+pyodbc://…, with this dialect. Raises NoDriver."""
    return sqlalchemy_engine(url.set(drivername="mssql+verbatim"), **settings)
