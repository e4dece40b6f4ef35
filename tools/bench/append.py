"""Appending one commit, against the least that SQLite must do to keep the same bytes as safely."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from domain import ids, post
from domain.commit import Commit
from eventstore.codec import EventCodec, encode_commit
from eventstore.sqlite.store import SqliteEventStore

from . import rival
from .measure import Row, Timed, compared, in_turns, stopwatch

APPENDS = 4_000
A_TURN = 10
TABLE = """CREATE TABLE commits (position INTEGER PRIMARY KEY, stream TEXT, first INTEGER, last INTEGER,
command_id TEXT, chain TEXT, document BLOB)"""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    turns = max(2, (size or APPENDS) // A_TURN)
    with closing(SqliteEventStore(folder / "ours.db")) as store, _inserts(folder / "floor.db") as floor:
        yield compared(
            "append / bare sqlite3",
            in_turns(_appends(store), floor, turns),
            units=A_TURN,
            unit="commits",
            target=0.7,
            how="SqliteEventStore.append of one commit that has a command id. Floor: BEGIN, INSERT of the same columns "
            "and document into a table with a primary key, COMMIT. Both WAL and synchronous=FULL.",
        )
    with closing(SqliteEventStore(folder / "ours-2.db")) as store, rival.saves(folder / "rival.db", A_TURN) as floor:
        yield compared(
            "append / eventsourcing's save",
            in_turns(_appends(store), floor, turns),
            units=A_TURN,
            unit="commits",
            target=1.0,
            how="The same. Floor: Application.save of a new aggregate with one event of the same fields, "
            f"eventsourcing {rival.VERSION} on its SQLite recorder, {rival.durability(folder / 'rival.db')}.",
        )


def _appends(store: SqliteEventStore) -> Timed:
    def turn() -> float:
        made = commits()
        with stopwatch() as seconds:
            for commit in made:
                store.append(commit)
        return seconds[0]

    return turn


@contextmanager
def _inserts(path: Path) -> Iterator[Timed]:
    """The floor: the rows are ready, so that only SQLite works."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(TABLE)

    def turn() -> float:
        rows = [(c.stream, c.first, c.last, c.command_id, "0" * 64, encode_commit(c)) for c in commits()]
        with stopwatch() as seconds:
            for row in rows:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO commits VALUES (NULL, ?, ?, ?, ?, ?, ?)", row)
                connection.execute("COMMIT")
        return seconds[0]

    yield turn
    connection.close()


def commits(count: int = A_TURN) -> list[Commit]:
    """So many new posts, each with a command id."""
    return [commit_of(_published(n), command_id=f"ann:{ids.uuid7()}") for n in range(count)]


def _published(n: int) -> post.PostPublished:
    return post.PostPublished(post=ids.uuid7(), author="ann", title="A title", body=f"{n} words", url="", source="")


def commit_of(event: post.PostPublished, *, command_id: str | None = None) -> Commit:
    """The commit that publishing this post stores."""
    return Commit(
        actor=event.author,
        at=ids.now(),
        command_digest="0" * 64 if command_id else None,
        command_id=command_id,
        events=(EventCodec().encode(event),),
        first=1,
        id=ids.uuid7(),
        key=event.post,
        stream=post.stream(event.post),
    )
