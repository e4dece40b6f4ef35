"""The embedded event store: commits in one SQLite file, where an append gives itself the next position."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, starmap
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, DuplicateCommand, VersionConflict
from domain.ports import Backlog
from eventstore.chain import faults
from eventstore.codec import EventCodec, sequenced
from eventstore.erasures import Erasures

from .connection import WHAT_TO_DO, SqliteFile
from .rows import INSERT, SELECT, Row, commit_of, contradiction, document_of, even_unreadable, row_of

_SELECT = "SELECT position, chain, document FROM commits"
_AFTER = " WHERE position > ? ORDER BY position LIMIT ?"
_LAST = "SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1"
_STANDING = """SELECT ifnull((SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1), 0),
EXISTS (SELECT 1 FROM commits WHERE command_id = ?)"""
"""A stream's last version, and whether a command id is used."""
_LASTS = """
    WITH wanted (name) AS (VALUES {})
    SELECT stream, last FROM wanted JOIN commits
        ON stream = name AND first = (SELECT max(first) FROM commits WHERE stream = name)
"""
_USED = "SELECT command_id FROM commits WHERE command_id"
_CHAINS = "SELECT position, chain FROM commits WHERE position"
_PARAMETERS = 500
_PAGE = 500

CHECK_ALL_BYTES = 64 << 20
CHECK_TAIL = 1_000
"""Of a file over CHECK_ALL_BYTES, so many of the last commits are checked at a start."""

Outcome = Commit | VersionConflict | DuplicateCommand
Value = TypeVar("Value")


class SqliteEventStore:
    """Keeps commits in one file. Meets domain.ports.EventStore."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._codec = EventCodec()
        self._file = SqliteFile(path)
        self._last_seen = (0, "")

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> SequencedCommit:
        position, chain = self._last_seen
        guess = sequenced(commit, position + 1, chain)
        row = row_of(guess)
        with self._file.writing() as connection:
            fits = _head(connection) == (position, chain) and _fits(connection, commit, row)
            stored = guess if fits else _looked_up(connection, commit)
            self._erase(connection, commit.stream, frozenset(erase))
        self._last_seen = (stored.position, stored.chain)
        if erase:
            self._file.scrub()
        return stored

    def append_many(self, commits: Sequence[Commit]) -> list[Outcome]:
        if not commits:
            return []
        with self._file.writing() as connection:
            return self._append(connection, commits)

    def load(self, stream: str) -> list[Commit]:
        return [*self._select(" WHERE stream = ? ORDER BY first", (stream,))]

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in _runs(streams, _PARAMETERS):
            for commit in self._select(_of_streams(len(some)), some):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def load_from(self, firsts: Mapping[str, int]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in _runs(firsts, _PARAMETERS // 2):
            bounds = [value for stream in some for value in (stream, firsts[stream])]
            for commit in self._even_unreadable(_of_streams_from(len(some)), bounds):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def find_command(self, command_id: str) -> SequencedCommit | None:
        return next(iter(self._select(" WHERE command_id = ?", (command_id,))), None)

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        return self._even_unreadable(_AFTER, (after, limit))

    def head(self) -> tuple[int, str]:
        with self._file.reading() as connection:
            return _head(connection)

    def unsequenced(self) -> Backlog:
        return Backlog()

    def id(self) -> str:
        return self._file.identity()

    def chains(self, positions: Collection[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for some in _runs(positions, _PARAMETERS):
            found.update(self._file.rows(f"{_CHAINS} IN ({_marks(some)})", some))
        return found

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        with self._file.writing() as connection:
            for commit, stored in zip(commits, self._append(connection, commits), strict=True):
                if stored != commit:
                    raise Damaged(f"Commit {commit.id} at position {commit.position} doesn't follow what is stored.")

    def check(self) -> None:
        """Looks the whole store over (a large one: its end), once at a start. Raises Damaged with what to do."""
        self._file.check()
        whole = self._file.size() <= CHECK_ALL_BYTES
        after = 0 if whole else max(0, self.head()[0] - CHECK_TAIL)
        found = next(self._faults(after, whole=whole), None)
        if found is not None:
            raise Damaged(f"The event store {self._file.path} is damaged ({found}). {WHAT_TO_DO}")

    def contradictions(self) -> Iterator[str]:
        """A sentence for each commit of which columns and document aren't as they are written together."""
        after = 0
        while rows := self._rows(after, _PAGE):
            yield from filter(None, map(contradiction, rows))
            after = rows[-1][0]

    def scrub(self) -> bool:
        """Whether what was erased is in no file any more; if not now, then in a while."""
        return self._file.scrub()

    def data_version(self) -> int:
        """A number that differs from the last call's when another connection has committed since; in microseconds."""
        with self._file.reading() as connection:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._file.close()

    def _append(self, connection: sqlite3.Connection, commits: Sequence[Commit]) -> list[Outcome]:
        """Puts in what fits, inside the caller's transaction; one outcome a commit."""
        position, chain = _head(connection)
        lasts, used = _standing(connection, commits)
        outcomes: list[Outcome] = []
        for commit in commits:
            if commit.command_id in used:
                outcomes.append(DuplicateCommand(commit.command_id or ""))
            elif commit.first != lasts.get(commit.stream, 0) + 1:
                outcomes.append(VersionConflict(commit.stream, commit.first - 1))
            else:
                stored = sequenced(commit, position := position + 1, chain)
                chain, lasts[commit.stream] = stored.chain, commit.last
                if commit.command_id is not None:
                    used.add(commit.command_id)
                outcomes.append(stored)
        connection.executemany(INSERT, [row_of(stored) for stored in outcomes if isinstance(stored, SequencedCommit)])
        return outcomes

    def _erase(self, connection: sqlite3.Connection, stream: str, versions: frozenset[int]) -> None:
        """The only change a stored document ever sees: erasable fields and salts go."""
        if not versions:
            return
        rows = connection.execute(f"{_SELECT} WHERE stream = ?", (stream,)).fetchall()
        for commit in starmap(commit_of, rows):
            events = tuple(
                self._codec.erase(event) if version in versions and not event.erased else event
                for version, event in enumerate(commit.events, commit.first)
            )
            if events != commit.events:
                document = document_of(msgspec.structs.replace(commit, events=events))
                connection.execute("UPDATE commits SET document = ? WHERE position = ?", (document, commit.position))

    def _select(self, where: str, parameters: Sequence[object]) -> list[SequencedCommit]:
        return [commit_of(*row) for row in self._file.rows(_SELECT + where, parameters)]

    def _even_unreadable(self, where: str, parameters: Sequence[object]) -> list[SequencedCommit]:
        """The same, where a document that can't be decoded hides no other."""
        try:
            return self._select(where, parameters)
        except Damaged:
            return [even_unreadable(row) for row in self._file.rows(SELECT + where, parameters)]

    def _faults(self, after: int, *, whole: bool) -> Iterator[str]:
        before = self.read(after - 1, 1) if after else []
        erasures = Erasures()
        yield from faults(self._checked(after, erasures), after, before[0].chain if before else "")
        if whole:
            yield from erasures.unexplained_in(self)

    def _checked(self, after: int, erasures: Erasures) -> Iterator[SequencedCommit]:
        """The commits after a position; Damaged where a row contradicts itself."""
        while rows := self._rows(after, _PAGE):
            for row in rows:
                if wrong := contradiction(row):
                    raise Damaged(f"{wrong}. {WHAT_TO_DO}")
                commit = even_unreadable(row)
                erasures.see(commit)
                yield commit
            after = rows[-1][0]

    def _rows(self, after: int, limit: int) -> list[Row]:
        with self._file.reading() as connection:
            return connection.execute(SELECT + _AFTER, (after, limit)).fetchall()


def _fits(connection: sqlite3.Connection, commit: Commit, row: Sequence[object]) -> bool:
    """Inserts what was made ready on the guess, which was right, that nobody else has written since."""
    if commit.first != 1 and _last(connection, commit.stream) != commit.first - 1:
        return False
    try:
        connection.execute(INSERT, row)
    except sqlite3.IntegrityError:
        return False
    return True


def _looked_up(connection: sqlite3.Connection, commit: Commit) -> SequencedCommit:
    """Appends after looking at everything, or tells what is in the way."""
    last, is_used = connection.execute(_STANDING, (commit.stream, commit.command_id)).fetchone()
    if is_used:
        raise DuplicateCommand(commit.command_id or "")
    if commit.first != last + 1:
        raise VersionConflict(commit.stream, commit.first - 1)
    position, chain = _head(connection)
    stored = sequenced(commit, position + 1, chain)
    connection.execute(INSERT, row_of(stored))
    return stored


def _last(connection: sqlite3.Connection, stream: str) -> int:
    row = connection.execute(_LAST, (stream,)).fetchone()
    return row[0] if row else 0


def _head(connection: sqlite3.Connection) -> tuple[int, str]:
    row = connection.execute("SELECT position, chain FROM commits ORDER BY position DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, "")


def _standing(connection: sqlite3.Connection, commits: Sequence[Commit]) -> tuple[dict[str, int], set[str | None]]:
    """The last version of each stream that commits go to, and which of their command ids are used."""
    lasts: dict[str, int] = {}
    used: set[str | None] = set()
    for some in _runs({commit.stream for commit in commits}, _PARAMETERS):
        lasts.update(connection.execute(_LASTS.format(",".join(["(?)"] * len(some))), some))
    for some in _runs((commit.command_id for commit in commits if commit.command_id is not None), _PARAMETERS):
        found = connection.execute(f"{_USED} IN ({_marks(some)})", some)
        used.update(row[0] for row in found)
    return lasts, used


def _runs(names: Iterable[Value], size: int) -> Iterator[list[Value]]:
    rest = iter(names)
    return iter(lambda: list(islice(rest, size)), [])


@cache
def _of_streams(number: int) -> str:
    return f" WHERE stream IN ({','.join('?' * number)}) ORDER BY stream, first"


@cache
def _of_streams_from(number: int) -> str:
    return f" WHERE {' OR '.join(['stream = ? AND first >= ?'] * number)} ORDER BY stream, first"


def _marks(names: Sequence[object]) -> str:
    return ",".join("?" * len(names))
