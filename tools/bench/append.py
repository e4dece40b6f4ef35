"""Appending one commit that has a command id, beside the least that the same database must do for the same bytes.

SQLite: BEGIN, INSERT of the same columns and document into a table with a primary key, COMMIT; both WAL and
synchronous=FULL. MongoDB: pymongo's insert_one of the same document, made beforehand, into a collection without further
indexes; both w=majority and j=true.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from domain import ids, post
from domain.commit import Commit
from eventstore.codec import EventCodec, encode_commit
from eventstore.mongo.documents import document_of
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore

from .measure import Row, alternate, per_second, speed_row, timed
from .stack import temporary_stack

AUTHOR = ids.uuid7()
APPENDS, STACK_APPENDS = 4_000, 2_000
APPENDS_A_TURN = 10
FLOOR_TABLE = """CREATE TABLE commits (position INTEGER PRIMARY KEY, stream TEXT, first INTEGER, last INTEGER,
command_id TEXT, chain TEXT, document BLOB)"""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    with closing(SqliteEventStore(folder / "ours.db")) as store, closing(floor_database(folder / "floor.db")) as floor:
        yield speed_row(
            "append / bare sqlite3",
            alternate(
                timed(store.append, new_commits),
                timed(lambda row: _insert(floor, row), lambda: map(_row, new_commits())),
                _turns(size or APPENDS),
            ),
            per_second(APPENDS_A_TURN, "commits"),
            least=0.7,
        )


def run_on_stack(folder: Path, size: int | None) -> Iterator[Row]:  # noqa: ARG001 nothing is kept in files
    with (
        temporary_stack() as stack,
        closing(MongoEventStore(stack.store_url)) as store,
        MongoClient[dict[str, Any]](stack.store_url, w="majority", journal=True) as client,
    ):
        floor = client.get_default_database()["bare"]
        yield speed_row(
            "stack: append / bare insert_one",
            alternate(
                timed(store.append, new_commits),
                timed(floor.insert_one, lambda: map(_document, new_commits())),
                _turns(size or STACK_APPENDS),
            ),
            per_second(APPENDS_A_TURN, "commits"),
            least=0.8,
        )


def _turns(appends: int) -> int:
    return max(2, appends // APPENDS_A_TURN)


def _insert(connection: sqlite3.Connection, row: tuple[object, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO commits VALUES (NULL, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("COMMIT")


def _row(commit: Commit) -> tuple[object, ...]:
    return commit.stream, commit.first, commit.last, commit.command_id, "0" * 64, encode_commit(commit)


def _document(commit: Commit) -> dict[str, Any]:
    return document_of(commit) | {"waiting": time.time_ns()}


def floor_database(path: Path) -> sqlite3.Connection:
    """A database with one plain table for commits, as durable as the event store."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(FLOOR_TABLE)
    return connection


def new_commits(count: int = APPENDS_A_TURN) -> list[Commit]:
    """So many new posts, each with a command id."""
    return [_commit(n) for n in range(count)]


def _commit(n: int) -> Commit:
    event = post.PostPublished(post=ids.uuid7(), author=AUTHOR, title="A title", body=f"{n} words", url="", source="")
    return Commit(
        actor=event.author,
        at=ids.now(),
        command_digest="0" * 64,
        command_id=f"{AUTHOR}:{ids.uuid7()}",
        events=(EventCodec().encode(event),),
        first=1,
        id=ids.uuid7(),
        key=event.post,
        stream=post.stream(event.post),
    )
