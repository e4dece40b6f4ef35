"""Rebuilding the read model, beside a loop that only decodes the commits and inserts the finished rows.

Ours is what `bin/verbatim rebuild` does: migrate, fill, compare with the live one by checksums, switch. The loop
decodes the commits and their events; executemany of the rows into the same tables with the same indexes and pragmas.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, text

from eventstore.codec import EventCodec, decode_commit
from readmodel.engine.engines import generation_file
from readmodel.engine.schema import metadata
from readmodel.generations.generation import Generation

from .measure import Row, alternate, per_second, speed_row, stopwatch
from .site import BenchSite, build_site, posts_csv

TURNS = 3
BATCH_COMMITS = 5_000
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -32000")

Rows = dict[str, list[list[tuple[Any, ...]]]]
"""Table → the rows that each batch of commits brings it, sorted by their keys as a rebuild sorts them."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    site = build_site(folder / "whole", posts_csv(folder, size))
    commits = site.store.head()[0]
    rows = _rows_of(site.generations.live(), -(-commits // BATCH_COMMITS))
    row_count = sum(len(batch) for batches in rows.values() for batch in batches)
    numbers = count()
    yield speed_row(
        f"rebuild of {row_count:,} rows / bare loop",
        alternate(lambda: _rebuild(site), lambda: _floor(site, folder / f"floor-{next(numbers)}.db", rows), TURNS),
        per_second(commits, "commits"),
        least=0.3,
    )
    site.close()


def _rebuild(site: BenchSite) -> float:
    rebuilder = site.rebuilder()
    with stopwatch() as seconds:
        fresh, comparison = rebuilder.fill(lambda _progress: None)
        rebuilder.switch(fresh)
    if comparison is None or not comparison.same:
        raise RuntimeError("the rebuilt read model differs from the live one")
    return seconds[0]


def _rows_of(generation: Generation, batches: int) -> Rows:
    with generation.snapshot() as connection:
        return {table.name: _in_batches(connection, table, batches) for table in metadata.sorted_tables}


def _in_batches(connection: Connection, table: Table, batches: int) -> list[list[tuple[Any, ...]]]:
    """A table's rows in batches about in the order of the commits that they come from.

    Ids rise with time: where SQLite keeps rows in the order of a key, the key's last column tells when they came.
    """
    keyed = not table.dialect_options["sqlite"]["with_rowid"]
    order = list(table.primary_key)[-1] if keyed else text("rowid")
    rows = [tuple(row) for row in connection.execute(select(table).order_by(order))]
    batch_size = -(-len(rows) // batches) or 1
    keys = [table.columns.keys().index(column.name) for column in table.primary_key]
    sliced = [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]
    return [sorted(batch, key=lambda row: [row[at] for at in keys]) for batch in sliced]


def _floor(site: BenchSite, path: Path, rows: Rows) -> float:
    live = generation_file(site.generations.control, site.generations.live().number)
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(path)) as target:
        for (statement,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            target.execute(statement)
    with stopwatch() as seconds, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        for number, documents in enumerate(_documents(site.folder / "events.db")):
            _decode(documents)
            connection.execute("BEGIN IMMEDIATE")
            for table, batches in rows.items():
                if number < len(batches):
                    connection.executemany(_insert(metadata.tables[table]), batches[number])
            connection.execute("COMMIT")
    path.unlink()
    return seconds[0]


def _insert(table: Table) -> str:
    """By name: where a migration added a column, the database has it last and the metadata where it belongs."""
    names = table.columns.keys()
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _documents(path: Path) -> Iterator[list[bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        cursor = connection.execute("SELECT document FROM commits ORDER BY position")
        while batch := cursor.fetchmany(BATCH_COMMITS):
            yield [document for (document,) in batch]


def _decode(documents: list[bytes]) -> None:
    codec = EventCodec()
    for commit in map(decode_commit, documents):
        for event in commit.events:
            codec.decode(event, commit)
