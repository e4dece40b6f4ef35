"""The embedded event store: commits in one SQLite file, where an append gives itself the next position."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import starmap
from pathlib import Path

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged
from domain.ports import Backlog
from eventstore.chain import faults, sequenced
from eventstore.codec import EventCodec
from eventstore.erasures import Erasures, without
from eventstore.restore_mark import require_whole

from .appends import (
    MAX_QUERY_PARAMETERS,
    Outcome,
    append_checked,
    append_many,
    append_optimistically,
    chunks,
    head,
    placeholders,
)
from .connection import RECOVERY_ADVICE, SqliteFile
from .restore_mark import SqliteRestoreMark
from .rows import SELECT, Row, commit_of, contradiction, document_of, even_unreadable, row_of

_SELECT = "SELECT position, chain, document FROM commits"
_AFTER = " WHERE position > ? ORDER BY position LIMIT ?"
_CHAINS = "SELECT position, chain FROM commits WHERE position"
_PAGE = 500

FULL_CHECK_MAX_BYTES = 64 << 20
STARTUP_CHECK_COMMITS = 1_000
"""Of a file over FULL_CHECK_MAX_BYTES, so many of the last commits are checked at a start."""


class SqliteEventStore:
    """Keeps commits in one file. Meets domain.ports.EventStore."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._codec = EventCodec()
        self.file = SqliteFile(path)
        self.restore_mark = SqliteRestoreMark(self.file)
        self._last_seen = (0, "")

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> SequencedCommit:
        position, chain = self._last_seen
        guess = sequenced(commit, position + 1, chain)
        row = row_of(guess)
        with self.file.writing() as connection:
            fits = head(connection) == (position, chain) and append_optimistically(connection, commit, row)
            stored = guess if fits else append_checked(connection, commit)
            self._erase(connection, commit.stream, erase)
        self._last_seen = (stored.position, stored.chain)
        if erase:
            self.file.scrub()
        return stored

    def append_many(self, commits: Sequence[Commit]) -> list[Outcome]:
        if not commits:
            return []
        with self.file.writing() as connection:
            return append_many(connection, commits)

    def load(self, stream: str) -> list[Commit]:
        return [*self._select(" WHERE stream = ? ORDER BY first", (stream,))]

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in chunks(streams, MAX_QUERY_PARAMETERS):
            for commit in self._select(_of_streams(len(some)), some):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def load_from(self, firsts: Mapping[str, int]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in chunks(firsts, MAX_QUERY_PARAMETERS // 2):
            bounds = [value for stream in some for value in (stream, firsts[stream])]
            for commit in self._even_unreadable(_of_streams_from(len(some)), bounds):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def find_command(self, command_id: str) -> SequencedCommit | None:
        return next(iter(self._select(" WHERE command_id = ?", (command_id,))), None)

    def find_claim(self, claim: str) -> SequencedCommit | None:
        return next(iter(self._select(" WHERE claim = ?", (claim,))), None)

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        return self._even_unreadable(_AFTER, (after, limit))

    def head(self) -> tuple[int, str]:
        with self.file.reading() as connection:
            return head(connection)

    def unsequenced(self) -> Backlog:
        return Backlog()

    def id(self) -> str:
        return self.file.identity()

    def chains(self, positions: Collection[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for some in chunks(positions, MAX_QUERY_PARAMETERS):
            found.update(self.file.rows(f"{_CHAINS} IN ({placeholders(some)})", some))
        return found

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        with self.file.writing() as connection:
            for commit, stored in zip(commits, append_many(connection, commits), strict=True):
                if stored != commit:
                    raise Damaged(f"Commit {commit.id} at position {commit.position} doesn't follow what is stored.")

    def check(self) -> None:
        """Looks the whole store over (a large one: its end), once at a start. Raises Damaged with what to do."""
        require_whole(self.restore_mark)
        self.file.check()
        whole = self.file.size() <= FULL_CHECK_MAX_BYTES
        after = 0 if whole else max(0, self.head()[0] - STARTUP_CHECK_COMMITS)
        found = next(self._faults(after, whole=whole), None)
        if found is not None:
            raise Damaged(f"The event store {self.file.path} is damaged ({found}). {RECOVERY_ADVICE}")

    def contradictions(self) -> Iterator[str]:
        """A sentence for each commit of which columns and document aren't as they are written together."""
        after = 0
        while rows := self._rows(after, _PAGE):
            yield from filter(None, map(contradiction, rows))
            after = rows[-1][0]

    def scrub(self) -> bool:
        """Whether what was erased is in no file any more; if not now, then in a while."""
        return self.file.scrub()

    def data_version(self) -> int:
        """A number that differs from the last call's when another connection has committed since; in microseconds."""
        with self.file.reading() as connection:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self.file.close()

    def _erase(self, connection: sqlite3.Connection, stream: str, versions: Sequence[int]) -> None:
        """The only change a stored document ever sees: erasable fields and salts go."""
        if not versions:
            return
        gone = {(stream, version) for version in versions}
        rows = connection.execute(f"{_SELECT} WHERE stream = ?", (stream,)).fetchall()
        for commit in starmap(commit_of, rows):
            left = without(commit, gone, self._codec)
            if left != commit:
                connection.execute(
                    "UPDATE commits SET document = ?, claim = ? WHERE position = ?",
                    (document_of(left), left.claim, commit.position),
                )

    def _select(self, where: str, parameters: Sequence[object]) -> list[SequencedCommit]:
        return [commit_of(*row) for row in self.file.rows(_SELECT + where, parameters)]

    def _even_unreadable(self, where: str, parameters: Sequence[object]) -> list[SequencedCommit]:
        """The same, where a document that can't be decoded hides no other."""
        try:
            return self._select(where, parameters)
        except Damaged:
            return [even_unreadable(row) for row in self.file.rows(SELECT + where, parameters)]

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
                    raise Damaged(f"{wrong}. {RECOVERY_ADVICE}")
                commit = even_unreadable(row)
                erasures.see(commit)
                yield commit
            after = rows[-1][0]

    def _rows(self, after: int, limit: int) -> list[Row]:
        with self.file.reading() as connection:
            return connection.execute(SELECT + _AFTER, (after, limit)).fetchall()


@cache
def _of_streams(number: int) -> str:
    return f" WHERE stream IN ({','.join('?' * number)}) ORDER BY stream, first"


@cache
def _of_streams_from(number: int) -> str:
    return f" WHERE {' OR '.join(['stream = ? AND first >= ?'] * number)} ORDER BY stream, first"
