"""Backups, beside loops that read and write the same commits and verify nothing; restoring, beside the import's loop.

Ours is what `bin/verbatim backup` and `restore` do. The loop of a backup: SELECT of position, chain and document in
order, 500 rows at a time, the documents joined as lines, gzipped at the backup's level, one file, fsync. Its lines lack
position and chain, so that it writes a tenth less. Beside the loop that doesn't compress stands no target.
"""

import gzip
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

from backup.compression import COMPRESSION_LEVEL
from backup.folder import BackupFolder
from backup.reading import chosen_set
from backup.restoring import restore
from backup.writing import back_up
from domain.bus import CommandBus
from domain.handlers import all_handlers
from eventstore.codec import EventCodec
from eventstore.erasure_ledger import LedgerFile
from eventstore.sqlite.store import SqliteEventStore

from . import importing
from .measure import Row, Samples, Timed, alternate, per_second, ratio_row, speed_row, stopwatch
from .site import BenchSite, posts_csv

TURNS, RESTORE_TURNS = 9, 5
PAGE_ROWS = 500
ADDED_COMMITS = 1_000
KEEP = timedelta(days=30)
Compress = Callable[[bytearray], bytes | bytearray]


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path = posts_csv(folder, size)
    with closing(BenchSite(folder / "site")) as site:
        site.import_posts(path)
        whole = site.store.head()[0]
        first = partial(_first_backup, site, folder)
        shown = per_second(whole, "commits")
        yield speed_row(f"backup of {whole:,} / loop, gzip", _beside(first, site, folder, _gzipped), shown, least=0.5)
        yield ratio_row(f"backup of {whole:,} / loop, no gzip", _beside(first, site, folder, _as_they_are), shown)
        yield _restoring(site, folder, path)
        site.add_activity(lambda number: number < ADDED_COMMITS, lambda _: 0)
        yield _next_backup(site, folder, whole)


def _beside(ours: Timed, site: BenchSite, folder: Path, compress: Compress, after: int = 0) -> Samples:
    return alternate(ours, lambda: _floor(site.folder / "events.db", folder / "floor", compress, after), TURNS)


def _first_backup(site: BenchSite, folder: Path) -> float:
    seconds = _back_up(site, folder / "backups")
    shutil.rmtree(folder / "backups")
    return seconds


def _next_backup(site: BenchSite, folder: Path, whole: int) -> Row:
    """What came since, after a first backup that is put back before each turn."""
    added = site.store.head()[0] - whole

    def turn() -> float:
        shutil.copytree(folder / "first", folder / "backups")
        return _first_backup(site, folder)

    name = f"{added:,} more since / loop, gzip"
    return ratio_row(name, _beside(turn, site, folder, _gzipped, whole), per_second(added, "commits"))


def _back_up(site: BenchSite, into: Path) -> float:
    ledger = LedgerFile(into.with_name("erasures"))
    with stopwatch() as seconds:
        back_up(site.store, BackupFolder(into), ledger, keep=KEEP)
    return seconds[0]


def _floor(events: Path, path: Path, compress: Compress, after: int) -> float:
    with stopwatch() as seconds, closing(sqlite3.connect(events)) as connection, path.open("wb") as file:
        rows = connection.execute(
            "SELECT position, chain, document FROM commits WHERE position > ? ORDER BY position", (after,)
        )
        lines = bytearray()
        while page := rows.fetchmany(PAGE_ROWS):
            for _position, _chain, document in page:
                lines += document + b"\n"
        file.write(compress(lines))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    return seconds[0]


def _gzipped(lines: bytearray) -> bytes:
    return gzip.compress(lines, COMPRESSION_LEVEL, mtime=0)


def _as_they_are(lines: bytearray) -> bytearray:
    return lines


def _restoring(site: BenchSite, folder: Path, posts: Path) -> Row:
    """Leaves the backup that it restores."""
    _back_up(site, folder / "first")
    numbers = count()
    return speed_row(
        "restore, verified / import's loop",
        alternate(
            lambda: _restore(folder / "first", folder / f"restored-{next(numbers)}"),
            lambda: importing.floor(posts, folder / f"floor-{next(numbers)}"),
            RESTORE_TURNS,
        ),
        per_second(site.store.head()[0], "commits"),
        least=0.3,
    )


def _restore(backups: Path, folder: Path) -> float:
    with stopwatch() as seconds, closing(SqliteEventStore(folder / "events.db")) as store:
        bus = CommandBus(store, EventCodec(), all_handlers())
        restore(chosen_set(BackupFolder(backups)), store, bus, ())
    shutil.rmtree(folder)
    return seconds[0]
