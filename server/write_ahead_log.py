"""Truncates the write-ahead logs of the site's SQLite files, after all of them is in the files.

A log holds pages as they were before, erased texts among them, until SQLite happens to write over them. When everybody
has ended, nobody is in the way.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import data_folder

from . import environment

BUSY_TIMEOUT_S = 2.0
"""How long somebody else's transaction (bin/verbatim's, a backup's) is waited for."""


def truncate_all(report: Callable[[str], None]) -> None:
    """What can't be emptied is told of; the next write or stop makes up for it."""
    for path in data_folder.database_files(environment.data_dir(), os.environ, environment.ROOT):
        try:
            is_truncated = truncate(path)
        except (sqlite3.Error, OSError) as error:
            report(f"The write-ahead log of {path} couldn't be emptied: {error}.")
            continue
        if not is_truncated:
            report(f"The write-ahead log of {path} couldn't be emptied: another program has the file open.")


def truncate(path: Path) -> bool:
    """Whether all of the log is in the file now, and nothing in the log. Raises sqlite3.Error; makes no file."""
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S)
    ) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
