"""Rebuilding the read model, beside a loop that only decodes the commits and inserts the finished rows.

`python -m tools.bench.rebuilding FOLDER` rebuilds the site of a folder and prints by how many MB its peak memory grew.
"""

import sqlite3
import subprocess
import sys
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

from .measure import Row, alternate, speed_row, stopwatch
from .site import ROOT, BenchSite, build_site, posts_csv

TURNS = 3
BATCH_COMMITS = 5_000
REAL_POSTS = 29_926
MAX_MEMORY_GROWTH_RATIO = 1.5
UNJUDGED_GROWTH_MB = 40
"""So little says nothing about a ratio."""
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -32000")

Rows = dict[str, list[list[tuple[Any, ...]]]]
"""Table → the rows that each batch of commits brings it, sorted by their keys as a rebuild sorts them."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, posts = posts_csv(folder, size)
    site = build_site(folder / "whole", path)
    commits = site.store.head()[0]
    rows = _rows_of(site.generations.live(), -(-commits // BATCH_COMMITS))
    row_count = sum(len(batch) for batches in rows.values() for batch in batches)
    numbers = count()
    yield speed_row(
        "rebuild / bare loop",
        alternate(lambda: _rebuild(site), lambda: _floor(site, folder / f"floor-{next(numbers)}.db", rows), TURNS),
        units=commits,
        unit="commits",
        target=0.3,
        method=f"`bin/verbatim rebuild` of {commits:,} commits ({posts}, a comment and two likes each): migrate, fill, "
        "compare with the live one by checksums, switch. Floor: decode the same commits and their events, executemany "
        f"of the {row_count:,} finished rows into the same tables, indexes and pragmas.",
    )
    site.close()
    yield _memory(folder, commits, max(1, (size or REAL_POSTS) // 4))


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
                    marks = ", ".join("?" * len(batches[number][0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", batches[number])
            connection.execute("COMMIT")
    path.unlink()
    return seconds[0]


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


def _memory(folder: Path, commits: int, fewer_posts: int) -> Row:
    """How much a process grows by rebuilding, at the whole size and at a quarter of it."""
    quarter_folder = folder / "quarter"
    quarter_folder.mkdir()
    path, _ = posts_csv(quarter_folder, fewer_posts)
    quarter = build_site(quarter_folder / "site", path)
    fewer = quarter.store.head()[0]
    quarter.close()
    whole_mb, quarter_mb = _growth_mb(folder / "whole"), _growth_mb(quarter_folder / "site")
    return Row(
        name="rebuild, memory",
        ours=f"+{whole_mb:.0f} MB for {commits:,} commits",
        floor=f"+{quarter_mb:.0f} MB for {fewer:,}",
        value=f"× {whole_mb / max(1, quarter_mb):.2f}",
        target=f"≤ × {MAX_MEMORY_GROWTH_RATIO}",
        ok=whole_mb <= max(UNJUDGED_GROWTH_MB, MAX_MEMORY_GROWTH_RATIO * quarter_mb),
        method="Growth of a process's peak resident set by one rebuild, at the whole size and at a quarter of it.",
    )


def _growth_mb(folder: Path) -> float:
    command = [sys.executable, "-m", "tools.bench.rebuilding", str(folder)]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def _peak_mb() -> float:
    """The most this process had in memory (Linux). getrusage would give its parent's, where that had more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main(folder: Path) -> None:
    site = BenchSite(folder)
    rebuilder = site.rebuilder()
    before = _peak_mb()
    fresh, _ = rebuilder.fill(lambda _progress: None)
    print(_peak_mb() - before)
    rebuilder.discard(fresh)
    site.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
