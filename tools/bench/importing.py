"""Importing posts.csv, beside a loop that only reads it, encodes the documents and inserts them.

Ours is what `bin/verbatim import` does. The loop: csv over gzip, the same documents (ids, times and digests included,
no rule asked) by msgspec, executemany of 2,000 a transaction into a table with a primary key. Both WAL and
synchronous=FULL.
"""

import csv
import gzip
import hashlib
import html
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import cache
from itertools import count, islice
from pathlib import Path

import msgspec

from domain import ids

from .append import floor_database
from .measure import Row, alternate, per_second, speed_row, stopwatch
from .site import BenchSite, posts_csv

TURNS = 5
BATCH_POSTS = 2_000
_ENCODE = msgspec.json.Encoder(order="sorted").encode


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path = posts_csv(folder, size)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        posts = sum(1 for _ in csv.reader(file)) - 1
    numbers = count()
    yield speed_row(
        f"import of {posts:,} posts / bare loop",
        alternate(
            lambda: _import(path, folder / f"ours-{next(numbers)}"),
            lambda: floor(path, folder / f"floor-{next(numbers)}"),
            TURNS,
        ),
        per_second(posts, "posts"),
        least=0.4,
    )


def _import(path: Path, folder: Path) -> float:
    with closing(BenchSite(folder)) as site, stopwatch() as seconds:
        site.import_posts(path)
    shutil.rmtree(folder)
    return seconds[0]


def floor(path: Path, folder: Path) -> float:
    """The seconds that the loop takes for these posts, in a folder of its own."""
    folder.mkdir()
    with (
        stopwatch() as seconds,
        closing(floor_database(folder / "floor.db")) as connection,
        gzip.open(path, "rt", encoding="utf-8", newline="") as file,
    ):
        rows = islice(csv.reader(file), 1, None)
        while batch := [_row(row) for row in islice(rows, BATCH_POSTS)]:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO commits VALUES (NULL, ?, ?, ?, ?, ?, ?)", batch)
            connection.execute("COMMIT")
    shutil.rmtree(folder)
    return seconds[0]


def _row(row: list[str]) -> tuple[str, int, int, str, str, bytes]:
    """The document of one post as an import stores it, without any rule being asked."""
    id, author, created_at, title, body, url = row[:6]
    moment, salt = datetime.fromisoformat(created_at), os.urandom(16).hex()
    post = ids.uuid7(int(moment.timestamp() * 1000), hashlib.sha256(id.encode()).digest()[:10])
    account = _account(author)
    stream, command_id = f"post-{post}", f"{account}:import:{id}"
    texts = {name: html.unescape(text) for name, text in (("body", body), ("title", title), ("url", url))}
    texts["source"] = f"posts.csv:{id}"
    data = _ENCODE({"author": account, "post": post, **texts})
    digest = _sha256(salt, data)
    event = {"data": msgspec.Raw(data), "digest": digest, "salt": salt, "schema": 1, "type": "PostPublished"}
    document = {
        "actor": account,
        "at": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "command_digest": _sha256(salt, _ENCODE(["NewPost", texts])),
        "command_id": command_id,
        "events": [event],
        "first": 1,
        "id": ids.uuid7(),
        "key": post,
        "stream": stream,
    }
    return stream, 1, 1, command_id, salt, _ENCODE(document)


@cache
def _account(_author: str) -> str:
    return ids.uuid7()


def _sha256(salt: str, data: bytes) -> str:
    return hashlib.sha256(salt.encode() + data).hexdigest()
