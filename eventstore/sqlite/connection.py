"""The file under the embedded event store: its schema, its connections, its transactions, its faults in words.

WAL with synchronous=FULL: what was committed survives power loss. Each thread has a connection of its
own; each write is one BEGIN IMMEDIATE transaction, so there is one writer at a time.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.errors import Damaged, Unavailable
from domain.ids import uuid7
from eventstore.old_format import OLD_FORMAT

SCHEMA = 2
"""Of the file (PRAGMA user_version), not of events."""

NAMED_BY_HANDLES = 1
"""The schema whose commits named people by their handles, sealed in the chain."""

_TABLES = """
CREATE TABLE IF NOT EXISTS commits (
    position   INTEGER PRIMARY KEY,
    stream     TEXT NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    command_id TEXT,
    claim      TEXT,
    chain      TEXT NOT NULL,
    document   BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_commit_a_version ON commits (stream, first);
CREATE UNIQUE INDEX IF NOT EXISTS one_effect_a_command ON commits (command_id) WHERE command_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS one_holder_a_claim ON commits (claim) WHERE claim IS NOT NULL;
"""
_IDENTITY = "SELECT id FROM identity"
_MAKE_IDENTITY = (
    "CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT"
)
_BUSY_S = 10.0
RECOVERY_ADVICE = "Stop the site, keep the file, and restore the newest backup or export."


class SqliteFile:
    """One file, opened once a thread. Its errors leave as Unavailable or Damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode: tuple[int, int] | None = None
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    def rows(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        try:
            return self._connection().execute(sql, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on any exception."""
        try:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    def identity(self) -> str:
        """An id that is made once a file, with it; for files of older versions when it is first asked for."""
        with self.reading() as connection:
            made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'identity'").fetchone()
            found = connection.execute(_IDENTITY).fetchone() if made else None
        if found is None:
            with self.writing() as connection:
                connection.execute(_MAKE_IDENTITY)
                connection.execute("INSERT OR IGNORE INTO identity (one, id) VALUES (1, ?)", (uuid7(),))
                found = connection.execute(_IDENTITY).fetchone()
        return str(found[0])

    def scrub(self) -> bool:
        """Moves the write-ahead log into the file and empties it, so that erased bytes are in neither.

        False where it couldn't be done now: a reader is in the way, or the disk is full. It doesn't wait, since writers
        would wait with it. What was committed stays committed.
        """
        with self.reading() as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            except sqlite3.OperationalError:
                return False
            finally:
                connection.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1000:.0f}")

    def check(self) -> None:
        """Raises Damaged where SQLite itself finds the file's structure broken."""
        with self.reading() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
        if found != ["ok"]:
            raise Damaged(f"The event store {self.path} is damaged ({'; '.join(found)}). {RECOVERY_ADVICE}")

    def size(self) -> int:
        """Bytes on disk, without the write-ahead log."""
        return self.path.stat().st_size

    def close(self) -> None:
        with self._opening:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()

    def _prepare(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connection()
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > SCHEMA:
                raise Damaged(
                    f"{self.path} was written by a newer Verbatim (store schema {found}; this one knows {SCHEMA}). "
                    "Run that version, or restore a backup from before the upgrade."
                )
            if found == NAMED_BY_HANDLES:
                raise Damaged(f"{self.path} {OLD_FORMAT}")
            if found < SCHEMA:
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
                self.identity()
            self._inode = self._found()
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error
        except OSError as error:
            raise Unavailable(f"The event store {self.path} can't be opened: {error}.") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._inode is not None and self._inode != self._found():
            raise Unavailable(
                f"Another file was put in place of the event store {self.path} while it was in use. Stop the site, "
                "and start it again."
            )
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            with self._opening:
                self._open.append(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
        return connection

    def _found(self) -> tuple[int, int]:
        """Which file has the name now: its device and inode.

        SQLite by itself would go on with one that was moved away. It isn't changed for the new one here, since SQLite
        goes by names: the last one who closes the old file deletes what belongs to the new one.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise Unavailable(f"The event store {self.path} isn't there ({error.strerror}). Put it back.") from error
        return found.st_dev, found.st_ino

    def _translated(self, error: sqlite3.DatabaseError) -> Exception:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return Damaged(f"The event store {self.path} is damaged ({error}). Nothing was changed. {RECOVERY_ADVICE}")
        return Unavailable(f"The event store can't do that now ({error}). Nothing was stored; try again.")
