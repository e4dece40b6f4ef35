"""Rebuilding the read model, against a loop that only decodes the commits and inserts the finished rows."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, text

from eventstore.codec import EventCodec, decode_commit
from readmodel.engine.engines import generation_file
from readmodel.engine.schema import metadata
from readmodel.generations.generation import Generation

from .measure import Row, compared, in_turns, stopwatch
from .site import ROOT, BenchSite, posts_csv

TURNS = 3
BATCH = 5_000
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -32000")

Rows = dict[str, list[list[tuple[Any, ...]]]]
"""Table → the rows that each batch of commits brings it, sorted by their keys as a rebuild sorts them."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size)
    site = filled(folder / "whole", path)
    commits = site.store.head()[0]
    rows = _rows_of(site.generations.live(), -(-commits // BATCH))
    count_of_rows = sum(len(some) for batches in rows.values() for some in batches)
    numbers = count()
    yield compared(
        "rebuild / bare loop",
        in_turns(lambda: _rebuilds(site), lambda: _loops(site, folder / f"floor-{next(numbers)}.db", rows), TURNS),
        units=commits,
        unit="commits",
        target=0.3,
        how=f"`bin/verbatim rebuild` of {commits:,} commits ({what}, a comment and two likes each): migrate, fill, "
        f"compare with the live one by checksums, switch. Floor: decode the same commits and their events, executemany "
        f"of the {count_of_rows:,} finished rows into the same tables, indexes and pragmas.",
    )
    site.close()
    yield _memory(folder, commits, (size or 29_926) // 4)


def filled(folder: Path, posts: Path) -> BenchSite:
    """A site with these posts, talked about, and projected."""
    site = BenchSite(folder)
    site.take_in(posts)
    site.enliven()
    site.project()
    return site


def _rebuilds(site: BenchSite) -> float:
    rebuilder = site.rebuilder()
    with stopwatch() as seconds:
        fresh, comparison = rebuilder.fill(lambda _progress: None)
        rebuilder.switch(fresh)
    if comparison is None or not comparison.same:
        raise RuntimeError("the rebuilt read model differs from the live one")
    return seconds[0]


def _rows_of(generation: Generation, batches: int) -> Rows:
    """Every row of a generation, table by table, in batches about in the order of the commits that they come from.

    Ids rise with time: where SQLite keeps rows in the order of a key, the key's last column tells when they came.
    """
    with generation.snapshot() as connection:
        return {table.name: _in_batches(connection, table, batches) for table in metadata.sorted_tables}


def _in_batches(connection: Connection, table: Table, batches: int) -> list[list[tuple[Any, ...]]]:
    keyed = not table.dialect_options["sqlite"]["with_rowid"]
    order = list(table.primary_key)[-1] if keyed else text("rowid")
    rows = [tuple(row) for row in connection.execute(select(table).order_by(order))]
    share = -(-len(rows) // batches) or 1
    keys = [table.columns.keys().index(column.name) for column in table.primary_key]
    sliced = [rows[at : at + share] for at in range(0, len(rows), share)]
    return [sorted(some, key=lambda row: [row[at] for at in keys]) for some in sliced]


def _loops(site: BenchSite, path: Path, rows: Rows) -> float:
    _empty_copy(site, path)
    with stopwatch() as seconds, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        for number, documents in enumerate(_documents(site.folder / "events.db")):
            _decode(documents)
            connection.execute("BEGIN IMMEDIATE")
            for table, batches in rows.items():
                _insert(connection, table, batches[number] if number < len(batches) else [])
            connection.execute("COMMIT")
    path.unlink()
    return seconds[0]


def _empty_copy(site: BenchSite, path: Path) -> None:
    """The same tables and indexes in a file of its own."""
    live = generation_file(site.generations.control, site.generations.live().number)
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(path)) as target:
        for (statement,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            target.execute(statement)


def _documents(path: Path) -> Iterator[list[bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        cursor = connection.execute("SELECT document FROM commits ORDER BY position")
        while some := cursor.fetchmany(BATCH):
            yield [document for (document,) in some]


def _decode(documents: list[bytes]) -> None:
    codec = EventCodec()
    for document in documents:
        commit = decode_commit(document)
        for event in commit.events:
            codec.decode(event, commit)


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _memory(folder: Path, commits: int, fewer_posts: int) -> Row:
    """How much a process grows by rebuilding, at the whole size and at a quarter of it."""
    inner = folder / "quarter"
    inner.mkdir()
    path, _ = posts_csv(inner, max(1, fewer_posts))
    quarter = filled(inner / "site", path)
    fewer = quarter.store.head()[0]
    quarter.close()
    whole_mb, quarter_mb = (_growth(where) for where in (folder / "whole", inner / "site"))
    return Row(
        what="rebuild, memory",
        ours=f"+{whole_mb:.0f} MB for {commits:,} commits",
        floor=f"+{quarter_mb:.0f} MB for {fewer:,}",
        value=f"× {whole_mb / max(1, quarter_mb):.2f}",
        target="≤ × 1.5",
        ok=whole_mb <= max(40, 1.5 * quarter_mb),
        how="Growth of a process's peak resident set by one rebuild, at the whole size and at a quarter of the posts.",
    )


def _growth(folder: Path) -> float:
    command = [sys.executable, "-m", "tools.bench.growth", str(folder)]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
