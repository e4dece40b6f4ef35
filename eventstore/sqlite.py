"""The embedded event store: one SQLite file, one writer at a time, so an append numbers itself.

WAL with synchronous=FULL: an append that returned survives power loss. Each thread has a connection
of its own; each write is one BEGIN IMMEDIATE transaction.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from domain.commit import Commit
from domain.errors import Damaged, DuplicateCommand, Unavailable, VersionConflict

from .codec import EventCodec, decode_commit, encode_commit, sequenced

SCHEMA = 1
"""Of the file (PRAGMA user_version), not of events."""

_TABLES = """
CREATE TABLE IF NOT EXISTS commits (
    position   INTEGER PRIMARY KEY,
    stream     TEXT NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    command_id TEXT,
    chain      TEXT NOT NULL,
    document   BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_commit_a_version ON commits (stream, first);
CREATE UNIQUE INDEX IF NOT EXISTS one_effect_a_command ON commits (command_id) WHERE command_id IS NOT NULL;
"""
_INSERT = (
    "INSERT INTO commits (position, stream, first, last, command_id, chain, document) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SELECT = "SELECT position, chain, document FROM commits"
_BUSY_S = 10.0
_PARAMETERS = 500

Outcome = Commit | VersionConflict | DuplicateCommand


class SqliteEventStore:
    """Keeps commits in one file. Meets domain.ports.EventStore."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._codec = EventCodec()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        self._prepare()

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> Commit:
        with self._writing() as connection:
            stored = self._insert(connection, commit, *self._head(connection))
            if isinstance(stored, Exception):
                raise stored
            self._erase(connection, commit.stream, erase)
        return stored

    def append_many(self, commits: Sequence[Commit]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with self._writing() as connection:
            head = self._head(connection)
            for commit in commits:
                outcome = self._insert(connection, commit, *head)
                if isinstance(outcome, Commit):
                    head = (outcome.position or 0, outcome.chain or "")
                outcomes.append(outcome)
        return outcomes

    def load(self, stream: str) -> list[Commit]:
        return self._select(" WHERE stream = ? ORDER BY first", (stream,))

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        names = list(streams)
        found: dict[str, list[Commit]] = {}
        for at in range(0, len(names), _PARAMETERS):
            some = names[at : at + _PARAMETERS]
            marks = ",".join("?" * len(some))
            for commit in self._select(f" WHERE stream IN ({marks}) ORDER BY stream, first", some):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def find_command(self, command_id: str) -> Commit | None:
        return next(iter(self._select(" WHERE command_id = ?", (command_id,))), None)

    def read(self, after: int, limit: int) -> list[Commit]:
        return self._select(" WHERE position > ? ORDER BY position LIMIT ?", (after, limit))

    def head(self) -> tuple[int, str]:
        with self._reading() as connection:
            return self._head(connection)

    def restore(self, commits: Sequence[Commit]) -> None:
        """Appends commits of an export as they are, with their own positions and chain.

        The caller has verified the chain and that the first one follows this store's head.
        """
        with self._writing() as connection:
            connection.executemany(_INSERT, [_row(commit) for commit in commits])

    def data_version(self) -> int:
        """A number that differs from the last call's when another connection has committed since. Costs microseconds."""
        with self._reading() as connection:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._opening:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()

    def _prepare(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connection()
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > SCHEMA:
                raise Damaged(
                    f"{self._path} was written by a newer Verbatim (store schema {found}; this one knows {SCHEMA}). "
                    "Run that version, or restore a backup from before the upgrade."
                )
            if found < SCHEMA:
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error
        except OSError as error:
            raise Unavailable(f"The event store {self._path} can't be opened: {error}.") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
            with self._opening:
                self._open.append(connection)
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on any exception."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _head(self, connection: sqlite3.Connection) -> tuple[int, str]:
        row = connection.execute("SELECT position, chain FROM commits ORDER BY position DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, "")

    def _insert(self, connection: sqlite3.Connection, commit: Commit, position: int, chain: str) -> Outcome:
        at = connection.execute(
            "SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1", (commit.stream,)
        ).fetchone()
        duplicate = commit.command_id is not None and self._is_used(connection, commit.command_id)
        if duplicate:
            return DuplicateCommand(commit.command_id or "")
        if commit.first != (at[0] if at else 0) + 1:
            return VersionConflict(commit.stream, commit.first - 1)
        stored = sequenced(commit, position + 1, chain)
        connection.execute(_INSERT, _row(stored))
        return stored

    def _is_used(self, connection: sqlite3.Connection, command_id: str) -> bool:
        return connection.execute("SELECT 1 FROM commits WHERE command_id = ?", (command_id,)).fetchone() is not None

    def _erase(self, connection: sqlite3.Connection, stream: str, versions: Sequence[int]) -> None:
        """The only change a stored document ever sees: erasable fields and salts go."""
        if not versions:
            return
        rows = connection.execute(f"{_SELECT} WHERE stream = ?", (stream,)).fetchall()
        for commit in map(_commit, rows):
            events = tuple(
                self._codec.erase(event) if version in versions and not event.erased else event
                for version, event in enumerate(commit.events, commit.first)
            )
            if events != commit.events:
                document = _document(msgspec.structs.replace(commit, events=events))
                connection.execute("UPDATE commits SET document = ? WHERE position = ?", (document, commit.position))

    def _select(self, where: str, parameters: Sequence[object]) -> list[Commit]:
        with self._reading() as connection:
            return [_commit(row) for row in connection.execute(_SELECT + where, parameters)]

    def _translated(self, error: sqlite3.DatabaseError) -> Exception:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return Damaged(
                f"The event store {self._path} is damaged ({error}). Nothing was changed. "
                "Stop the site, keep the file, and restore the newest backup or export."
            )
        return Unavailable(f"The event store can't do that now ({error}). Nothing was stored; try again.")


def _row(commit: Commit) -> tuple[object, ...]:
    return (
        commit.position,
        commit.stream,
        commit.first,
        commit.last,
        commit.command_id,
        commit.chain,
        _document(commit),
    )


def _document(commit: Commit) -> bytes:
    """What is kept of a commit beside its columns."""
    return encode_commit(msgspec.structs.replace(commit, position=None, chain=None))


def _commit(row: tuple[int, str, bytes]) -> Commit:
    position, chain, document = row
    try:
        return msgspec.structs.replace(decode_commit(document), position=position, chain=chain)
    except Damaged as error:
        raise Damaged(f"position {position}: {error}") from error
