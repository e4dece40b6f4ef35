"""Truncates the write-ahead logs of the site's SQLite files, after all of them is in the files.

A log holds pages as they were before, erased texts among them, until SQLite happens to write over them. When everybody
has ended, nobody is in the way.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from . import environment

BUSY_TIMEOUT_S = 2.0
"""How long somebody else's transaction (bin/verbatim's, a backup's) is waited for."""
_SQLITE = "sqlite:///"


def truncate_all(report: Callable[[str], None]) -> None:
    """What can't be emptied is told of; the next write or stop makes up for it."""
    for path in database_files():
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


def database_files() -> Iterator[Path]:
    """The event store, the read model's control file and its generations, as far as they are SQLite and there."""
    folder = environment.data_dir()
    store = _named("EVENT_STORE_URL", folder / "events.db")
    control = _named("READ_MODEL_URL", folder / "read.db", lambda rest: unquote(rest.partition("?")[0]))
    found = [store, control, *_generations(control)] if control else [store]
    yield from (path for path in found if path is not None and path.is_file())


def _named(variable: str, default: Path, path_of: Callable[[str], str] = str) -> Path | None:
    """path_of: takes what stands behind the path away. A relative path begins where the site's processes do."""
    url = os.environ.get(variable)
    if not url:
        return default
    return environment.ROOT / path_of(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def _generations(control: Path) -> list[Path]:
    name = re.compile(rf"{re.escape(control.stem)}-\d+{re.escape(control.suffix)}")
    return sorted(path for path in control.parent.glob("*") if name.fullmatch(path.name))
