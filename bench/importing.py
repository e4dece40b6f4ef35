"""Importing posts.csv, against a loop that only reads it, encodes the documents and inserts them."""

import csv
import gzip
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import msgspec

from domain.bus import CommandBus
from domain.handlers import all_handlers
from eventstore.codec import EventCodec
from eventstore.sqlite import SqliteEventStore
from transfer import import_file

from .append import TABLE
from .measure import Row, compared, in_turns, stopwatch
from .site import posts_csv

TURNS = 5
BATCH = 500
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
        how=f"What `bin/verbatim import` does with {what}. Floor: csv over gzip, the same documents (with salt and "
        f"digest) by msgspec, executemany of {BATCH} a transaction into a table with a primary key, synchronous=FULL.",
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
    """What is stored of one post, without any rule being asked."""
    id, author, created_at, title, body, url = row[:6]
    handle, salt, post = author.lower(), os.urandom(16).hex(), hashlib.sha256(id.encode()).hexdigest()[:36]
    source = f"posts.csv:{id}"
    data = {"author": handle, "body": body, "post": post, "source": source, "title": title, "url": url}
    encoded = _ENCODE(data)
    digest = hashlib.sha256(salt.encode() + encoded).hexdigest()
    event = {"data": msgspec.Raw(encoded), "digest": digest, "salt": salt, "schema": 1, "type": "PostPublished"}
    document = {
        "actor": handle,
        "at": created_at,
        "command_digest": digest,
        "command_id": f"{handle}:import:{id}",
        "events": [event],
        "first": 1,
        "id": post,
        "key": post,
        "stream": f"post-{post}",
    }
    return f"post-{post}", 1, 1, f"{handle}:import:{id}", digest, _ENCODE(document)
