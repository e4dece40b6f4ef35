"""A driver like pyodbc before a server like SQL Server, of which `describe` fails: kept in SQLite, a schema a file.

It does with text what pyodbc does: in executemany with fast_executemany a parameter whose size wasn't set is
VARCHAR(255), so what isn't Latin-1 becomes question marks. Refusals are given by a test, for statements that match.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\Z")
TOP = re.compile(r"\ASELECT (DISTINCT )?TOP (\d+|\?|\(\?\)) ")


class Error(Exception):
    """Every error of the driver; its first argument is the SQLSTATE."""


class DatabaseError(Error):
    pass


class InterfaceError(Error):
    pass


class OperationalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class DataError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


Refuse = Callable[[str], Error | None]
CODES = {
    "SQL_BIT": -7, "SQL_SMALLINT": 5, "SQL_INTEGER": 4, "SQL_BIGINT": -5, "SQL_VARCHAR": 12, "SQL_WVARCHAR": -9,
    "SQL_TYPE_TIMESTAMP": 93, "SQL_VARBINARY": -3,
}  # fmt: skip


class Server:
    """A module of the driver (`module`), and what the server was told."""

    def __init__(self, *schemas: str) -> None:
        self.kept = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for schema in schemas:
            self.kept.execute(f"ATTACH ':memory:' AS {schema}")
        self.statements: list[str] = []
        self.sizes: list[tuple[str, Any]] = []
        self.settings: tuple[int, int] | None = (1, 1)
        """read committed by snapshots, snapshots allowed; None: it has no such table."""
        self.refuse: Refuse = lambda _sql: None
        self.module = SimpleNamespace(
            __name__="fake_odbc", version="5.5.0", paramstyle="qmark", threadsafety=1, apilevel="2.0", Cursor=Cursor,
            connect=lambda *_args, **_named: Connection(self), Binary=bytes, BinaryNull=None, Error=Error,
            DatabaseError=DatabaseError, InterfaceError=InterfaceError, OperationalError=OperationalError,
            ProgrammingError=ProgrammingError, IntegrityError=IntegrityError, DataError=DataError,
            NotSupportedError=NotSupportedError, InternalError=InternalError, Warning=Warning, STRING=str, NUMBER=float,
            DATETIME=datetime, BINARY=bytes, ROWID=int, SQL_DBMS_VER=18, **CODES,
        )  # fmt: skip


class Connection:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.autocommit = False

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...

    def add_output_converter(self, *_: object) -> None: ...


class Cursor:
    fast_executemany = False

    def __init__(self, connection: Connection) -> None:
        self._server = connection.server
        self._sizes: Sequence[Any] = ()
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1

    def setinputsizes(self, sizes: Sequence[Any] | None) -> None:
        self._sizes = sizes or ()

    def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "Cursor":
        self._run(sql, [tuple(parameters)], cut=False)
        return self

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> "Cursor":
        self._run(sql, rows, cut=self.fast_executemany)
        return self

    def _run(self, sql: str, rows: Sequence[Sequence[Any]], *, cut: bool) -> None:
        server = self._server
        server.statements.append(sql)
        server.sizes.append((sql, tuple(self._sizes)))
        if (error := server.refuse(sql)) is not None:
            raise error
        self.description, self._rows, self.rowcount = None, [], 0
        if (answer := _of_the_server(server, sql)) is not None:
            self.description, self._rows = [(f"c{n}", str) for n in range(len(answer[0]) if answer else 1)], answer
            return
        said = _in_sqlite(sql)
        for row in rows:
            try:
                found = server.kept.execute(said, tuple(self._sent(n, value, cut) for n, value in enumerate(row)))
            except sqlite3.IntegrityError as error:
                raise IntegrityError("23000", f"[23000] {error} (2627)") from error
            self.description = found.description
            self._rows = [tuple(map(_read, one)) for one in found.fetchall()]
            self.rowcount += max(found.rowcount, 0)

    def _sent(self, at: int, value: Any, cut: bool) -> Any:
        kind = self._sizes[at][0] if at < len(self._sizes) else None
        if isinstance(value, datetime):
            return value.isoformat(" ", "microseconds")
        if isinstance(value, str) and cut and kind != CODES["SQL_WVARCHAR"]:
            return value.encode("latin-1", "replace").decode("latin-1")[:255]
        return value

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> Any:
        some, self._rows = self._rows[:size], self._rows[size:]
        return some

    def fetchall(self) -> Any:
        return self.fetchmany(len(self._rows))

    def nextset(self) -> None: ...

    def close(self) -> None: ...


def _of_the_server(server: Server, sql: str) -> list[tuple[Any, ...]] | None:
    """What SQLite has no answer for; None where it has."""
    if "test max support" in sql or "fn_listextendedproperty" in sql:
        return [("test max support",)]
    if "SERVERPROPERTY" in sql:
        return [("16.0.1000.6",)]
    if "schema_name()" in sql.lower():
        return [("dbo",)]
    if "system_views" in sql:
        return [("sys.dm_exec_sessions",)]
    if "dm_exec_sessions" in sql:
        return [("READ COMMITTED",)]
    if "sys.databases" in sql:
        if server.settings is None:
            raise ProgrammingError("42S02", "[42S02] Invalid object name 'sys.databases'. (208)")
        return [("site", *server.settings)]
    if sql.startswith("SET ") or sql == "SELECT 1":
        return [(1,)] if sql == "SELECT 1" else []
    return None


def _in_sqlite(sql: str) -> str:
    """SQLite knows no TOP; hints and the rest of what we say it understands."""
    if (top := TOP.match(sql)) is not None and top[2].isdigit():
        return TOP.sub(f"SELECT {top[1] or ''}", sql) + f" LIMIT {top[2]}"
    return re.sub(r"N('(?:[^']|'')*')", r"\1", sql)


def _read(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) and MOMENT.match(value) else value
