"""Snapshot isolation for readers: SQLite has it in any transaction, SQL Server where the database allows it."""

import re
import time
from contextlib import ExitStack

import msgspec
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from . import progress
from .engines import reading, snapshot_engine

RECHECK_S = 60
"""After a refusal it is asked for again: somebody may have allowed it meanwhile."""

_NOT_ALLOWED = "(3952)"
_UNKNOWN_HERE = frozenset({"0A000", "37000", "42000", "HYC00"})
"""SQLSTATEs of a server that doesn't know what was said."""
_PASSING = re.compile(r"\((?:596|1105|1205|3960|9002|10928|10929|4\d{4})\)")
"""Numbers under the same SQLSTATEs that pass: killed, full, deadlock, throttled, moving."""
_SETTINGS = text(
    "SELECT name, is_read_committed_snapshot_on, snapshot_isolation_state FROM sys.databases"
    " WHERE database_id = DB_ID()"
)


class Snapshots:
    """Snapshots of one generation. Only a refusal that means "not in this database" does without them for a while."""

    def __init__(self, engine: Engine) -> None:
        self._engine = snapshot_engine(engine)
        self._refused_at: float | None = None

    @property
    def given(self) -> bool:
        """Whether the database has given them, or hasn't been asked lately."""
        return self._refused_at is None or time.monotonic() - self._refused_at >= RECHECK_S

    def open(self, closing: ExitStack) -> Connection | None:
        """A connection on which every statement sees the same moment; None where the database refuses that.

        Raises DBAPIError for whatever else is wrong: it is away, busy or full.
        """
        if not self.given:
            return None
        with ExitStack() as opened:
            try:
                connection = opened.enter_context(self._engine.connect())
                progress.position(connection)
            except DBAPIError as error:
                if not refused(error):
                    raise
                self._refused_at = time.monotonic()
                return None
            self._refused_at = None
            closing.push(opened.pop_all())
            return connection


def refused(error: DBAPIError) -> bool:
    """Whether a server says that it gives no snapshots here: SQL Server at the first table, others where it is set."""
    said = str(error.orig)
    if _NOT_ALLOWED in said:
        return True
    state = str(error.orig.args[0]) if error.orig is not None and error.orig.args else ""
    if error.connection_invalidated or state not in _UNKNOWN_HERE or _PASSING.search(said):
        return False
    return "snapshot" in said.lower() or str(error.statement).startswith("SET TRANSACTION ISOLATION LEVEL")


class RowVersions(msgspec.Struct, frozen=True, kw_only=True):
    """How a database of SQL Server is set up. read_committed: readers don't wait for writers."""

    database: str
    read_committed: bool
    snapshots: bool


def row_versions(control: Engine) -> RowVersions | None:
    """None where that is no question: on SQLite, and on servers that don't know it."""
    if control.dialect.name == "sqlite":
        return None
    try:
        with reading(control).connect() as connection:
            row = connection.execute(_SETTINGS).one_or_none()
    except ProgrammingError:
        return None
    if row is None:
        return None
    return RowVersions(database=row[0], read_committed=bool(row[1]), snapshots=row[2] == 1)


def advice(control: Engine) -> list[str]:
    """What an administrator should set in a database that somebody else made; a sentence each."""
    found = row_versions(control)
    if found is None:
        return []
    name = found.database.replace("]", "]]")
    said = []
    if not found.read_committed:
        said.append(
            f"READ_COMMITTED_SNAPSHOT is off in the database {found.database}: pages wait for whoever writes. "
            f"While nobody is connected, run: ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT ON"
        )
    if not found.snapshots:
        said.append(
            f"ALLOW_SNAPSHOT_ISOLATION is off in the database {found.database}: verify and rebuild can't compare "
            f"at one moment. Run: ALTER DATABASE [{name}] SET ALLOW_SNAPSHOT_ISOLATION ON"
        )
    return said
