"""Appends to the embedded store's table, inside the caller's transaction: optimistic, checked, and in batches."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from domain.commit import Commit, SequencedCommit
from domain.errors import ClaimTaken, DuplicateCommand, VersionConflict
from eventstore.chain import sequenced

from .rows import INSERT, row_of

_LAST = "SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1"
_LAST_AND_COMMAND_USED = """SELECT ifnull((SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1), 0),
EXISTS (SELECT 1 FROM commits WHERE command_id = ?)"""
"""A stream's last version, and whether a command id is used."""
_LASTS = """
    WITH wanted (name) AS (VALUES {})
    SELECT stream, last FROM wanted JOIN commits
        ON stream = name AND first = (SELECT max(first) FROM commits WHERE stream = name)
"""
_CLAIMED = "SELECT claim FROM commits WHERE claim"
_USED = "SELECT command_id FROM commits WHERE command_id"
MAX_QUERY_PARAMETERS = 500

Outcome = Commit | VersionConflict | DuplicateCommand
Value = TypeVar("Value")


def append_many(connection: sqlite3.Connection, commits: Sequence[Commit]) -> list[Outcome]:
    """Appends what fits; one outcome a commit."""
    position, chain = head(connection)
    lasts, used = _last_versions_and_commands(connection, commits)
    claims = _values(connection, _CLAIMED, (commit.claim for commit in commits))
    outcomes: list[Outcome] = []
    for commit in commits:
        if commit.command_id in used:
            outcomes.append(DuplicateCommand(commit.command_id or ""))
        elif commit.first != lasts.get(commit.stream, 0) + 1:
            outcomes.append(VersionConflict(commit.stream, commit.first - 1))
        elif commit.claim in claims:
            outcomes.append(ClaimTaken(commit.stream, commit.first - 1, commit.claim or ""))
        else:
            stored = sequenced(commit, position := position + 1, chain)
            chain, lasts[commit.stream] = stored.chain, commit.last
            used |= {commit.command_id} - {None}
            claims |= {commit.claim} - {None}
            outcomes.append(stored)
    connection.executemany(INSERT, [row_of(stored) for stored in outcomes if isinstance(stored, SequencedCommit)])
    return outcomes


def append_optimistically(connection: sqlite3.Connection, commit: Commit, row: Sequence[object]) -> bool:
    """Inserts a row prepared on the guess that nobody else has written since; False where its stream has moved on."""
    if commit.first != 1 and _last(connection, commit.stream) != commit.first - 1:
        return False
    try:
        connection.execute(INSERT, row)
    except sqlite3.IntegrityError:
        return False
    return True


def append_checked(connection: sqlite3.Connection, commit: Commit) -> SequencedCommit:
    """Appends after checking version and command id. Raises DuplicateCommand, VersionConflict, ClaimTaken."""
    last, is_used = connection.execute(_LAST_AND_COMMAND_USED, (commit.stream, commit.command_id)).fetchone()
    if is_used:
        raise DuplicateCommand(commit.command_id or "")
    if commit.first != last + 1:
        raise VersionConflict(commit.stream, commit.first - 1)
    if _values(connection, _CLAIMED, [commit.claim]):
        raise ClaimTaken(commit.stream, commit.first - 1, commit.claim or "")
    position, chain = head(connection)
    stored = sequenced(commit, position + 1, chain)
    connection.execute(INSERT, row_of(stored))
    return stored


def _last(connection: sqlite3.Connection, stream: str) -> int:
    row = connection.execute(_LAST, (stream,)).fetchone()
    return row[0] if row else 0


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    row = connection.execute("SELECT position, chain FROM commits ORDER BY position DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, "")


def _last_versions_and_commands(
    connection: sqlite3.Connection, commits: Sequence[Commit]
) -> tuple[dict[str, int], set[str | None]]:
    """The last version of each stream concerned, and which of the command ids are used."""
    lasts: dict[str, int] = {}
    for some in chunks({commit.stream for commit in commits}, MAX_QUERY_PARAMETERS):
        lasts.update(connection.execute(_LASTS.format(",".join(["(?)"] * len(some))), some))
    return lasts, _values(connection, _USED, (commit.command_id for commit in commits))


def _values(connection: sqlite3.Connection, select: str, wanted: Iterable[str | None]) -> set[str | None]:
    """Those of the values that the column of a SELECT has."""
    found: set[str | None] = set()
    for some in chunks((value for value in wanted if value is not None), MAX_QUERY_PARAMETERS):
        found.update(row[0] for row in connection.execute(f"{select} IN ({placeholders(some)})", some))
    return found


def chunks(names: Iterable[Value], size: int) -> Iterator[list[Value]]:
    rest = iter(names)
    return iter(lambda: list(islice(rest, size)), [])


def placeholders(names: Sequence[object]) -> str:
    return ",".join("?" * len(names))
