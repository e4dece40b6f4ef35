"""`python -m tools.bench.copier FROM TO`: the least a projector does. Copies rows of one SQLite file to another.

Its other half is `copied`, which inserts a row and waits for the copy: how long this machine takes for two
commits and a process between them.
"""

import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .measure import stopwatch

MIN_POLL_INTERVAL_S = 0.002
STORE_POLL_INTERVAL_S = 0.0002
PATIENCE_S = 30.0
DOCUMENT = b"x" * 600


def opened(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, document BLOB)")
    return connection


def copied(source: sqlite3.Connection, target: sqlite3.Connection) -> Callable[[], float]:
    """Gives what inserts one row and waits until its copy is there: the seconds from before to after."""

    def once() -> float:
        with stopwatch() as seconds:
            source.execute("BEGIN IMMEDIATE")
            id = source.execute("INSERT INTO rows (document) VALUES (?)", (DOCUMENT,)).lastrowid
            source.execute("COMMIT")
            wait(lambda: target.execute("SELECT 1 FROM rows WHERE id = ?", (id,)).fetchone() is not None)
        return seconds[0]

    return once


def wait(done: Callable[[], bool]) -> None:
    """Until it is done; looks every STORE_POLL_INTERVAL_S seconds."""
    until = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not visible after {PATIENCE_S:.0f} s")
        time.sleep(STORE_POLL_INTERVAL_S)


def copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """One round: what is new in source goes to target in one transaction."""
    (last,) = target.execute("SELECT ifnull(max(id), 0) FROM rows").fetchone()
    if rows := source.execute("SELECT id, document FROM rows WHERE id > ?", (last,)).fetchall():
        target.execute("BEGIN IMMEDIATE")
        target.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        target.execute("COMMIT")


def main(source_path: Path, target_path: Path) -> None:
    """Until it is killed."""
    with closing(opened(source_path, "FULL")) as source, closing(opened(target_path, "NORMAL")) as target:
        seen = None
        while True:
            now = source.execute("PRAGMA data_version").fetchone()
            if now != seen:
                copy(source, target)
                seen = now
            time.sleep(MIN_POLL_INTERVAL_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
