"""Whole sites in and out: posts from CSV, exports as JSON Lines, and a demo."""

import gzip
import sys
from pathlib import Path
from typing import BinaryIO, cast

from domain.bus import CommandBus
from domain.errors import Unavailable
from domain.ports import EventStore

from .jsonl import export, restore
from .posts_csv import import_posts
from .progress import Progress, Summary, interruptible, silent
from .source import Source, Unreadable

__all__ = ["export_file", "import_file"]


def import_file(
    path: Path, *, store: EventStore, bus: CommandBus, folder: Path, progress: Progress = silent
) -> Summary:
    """Takes a file in, gzipped or not: an export where its first character is a {, posts as CSV otherwise."""
    with interruptible() as stopped:
        if _first(path) == b"{":
            return restore(path, store, progress=progress, stopped=stopped)
        return import_posts(path, bus, folder, progress=progress, stopped=stopped)


def export_file(store: EventStore, path: Path, progress: Progress = silent) -> int:
    """Writes an export and gives the number of its commits; gzipped where the name ends in .gz, "-" is standard output.

    The file appears under its name once it is whole.
    """
    if str(path) == "-":
        return export(store, sys.stdout.buffer, progress)
    part = path.with_name(f"{path.name}.part")
    try:
        with _writing(part) as out:
            count = export(store, out, progress)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Unavailable(f"{path} can't be written: {error.strerror}.") from error
    return count


def _writing(part: Path) -> BinaryIO:
    if part.name.endswith(".gz.part"):
        return cast(BinaryIO, gzip.open(part, "wb", compresslevel=6))
    return part.open("wb")


def _first(path: Path) -> bytes:
    """The first character of a file's content."""
    with Source(path) as source:
        for line in source.lines():
            if begin := line.lstrip():
                return begin[:1]
        raise Unreadable(f"{path} has nothing in it. {source.trouble}".strip())
