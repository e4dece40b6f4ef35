"""Importing posts.csv, against a loop that only reads it, encodes the documents and inserts them."""

import csv
import gzip
import hashlib
import html
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import count, islice
from pathlib import Path

import msgspec

from domain import ids
from domain.bus import CommandBus
from domain.handlers import all_handlers
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from transfer import import_file

from .append import TABLE
from .measure import Row, compared, in_turns, stopwatch
from .site import posts_csv

TURNS = 5
BATCH = 2_000
_ENCODE = msgspec.json.Encoder(order="sorted").encode


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        posts = sum(1 for _ in csv.reader(file)) - 1
    numbers = count()
    yield compared(
        "import / bare loop",
        in_turns(
            lambda: _imports(path, folder / f"ours-{next(numbers)}"),
            lambda: _loops(path, folder / f"floor-{next(numbers)}"),
            TURNS,
        ),
        units=posts,
        unit="posts",
        target=0.4,
        how=f"What `bin/verbatim import` does with {what}. Floor: csv over gzip, the same documents (ids, times and "
        f"digests included, no rule asked) by msgspec, executemany of {BATCH:,} a transaction into a table with a "
        "primary key. Both WAL and synchronous=FULL.",
    )


def _imports(path: Path, folder: Path) -> float:
    folder.mkdir()
    with closing(SqliteEventStore(folder / "events.db")) as store:
        bus = CommandBus(store, EventCodec(), all_handlers())
        with stopwatch() as seconds:
            summary = import_file(path, store=store, bus=bus, folder=folder)
    if summary.failed:
        raise RuntimeError(summary.text())
    shutil.rmtree(folder)
    return seconds[0]


def _loops(path: Path, folder: Path) -> float:
    folder.mkdir()
    with stopwatch() as seconds, closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(TABLE)
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            while some := [_row(row) for row in islice(rows, BATCH)]:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO commits VALUES (NULL, ?, ?, ?, ?, ?, ?)", some)
                connection.execute("COMMIT")
    shutil.rmtree(folder)
    return seconds[0]


def _row(row: list[str]) -> tuple[str, int, int, str, str, bytes]:
    """The document of one post, as an import stores it, without any rule being asked."""
    id, author, created_at, title, body, url = row[:6]
    handle, command_id = author.lower(), f"import:{id}"
    moment = datetime.fromisoformat(created_at)
    post = ids.uuid7(int(moment.timestamp() * 1000), hashlib.sha256(id.encode()).digest()[:10])
    said = {
        "body": html.unescape(body),
        "source": f"posts.csv:{id}",
        "title": html.unescape(title),
        "url": html.unescape(url),
    }
    salt = os.urandom(16).hex()
    data = _ENCODE({"author": handle, "post": post, **said})
    event = {"data": msgspec.Raw(data), "digest": _sha(salt, data), "salt": salt, "schema": 1, "type": "PostPublished"}
    document = {
        "actor": handle,
        "at": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "command_digest": _sha(salt, _ENCODE(["NewPost", said])),
        "command_id": f"{handle}:{command_id}",
        "events": [event],
        "first": 1,
        "id": ids.uuid7(),
        "key": post,
        "stream": f"post-{post}",
    }
    return f"post-{post}", 1, 1, f"{handle}:{command_id}", salt, _ENCODE(document)


def _sha(salt: str, data: bytes) -> str:
    return hashlib.sha256(salt.encode() + data).hexdigest()
