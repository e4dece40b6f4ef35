"""Import and export: posts from CSV, whole sites as JSON Lines, also of the format of before, and a demo site."""

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from domain.bus import CommandBus
from domain.errors import Unavailable
from domain.ports import EventStore
from eventstore.whole_file import sync_folder

from . import foreign
from .conversion import Converted, convert
from .jsonl_export import export, rewrite
from .jsonl_import import restore
from .progress import Options, Progress, Summary, interruptible, no_progress
from .source import Source, Unreadable

__all__ = ["Options", "convert_file", "export_file", "import_file"]

BEGIN_CHARS = 1_000


def import_file(
    path: Path,
    *,
    store: EventStore,
    bus: CommandBus,
    folder: Path,
    progress: Progress = no_progress,
    options: Options | None = None,
) -> Summary:
    """Imports a file, gzipped or not: an export, posts or comments as CSV, or what another site gives its people."""
    options = options or Options()
    with interruptible() as stopped:
        begin = _begin(path, options.encoding)
        if begin.startswith("{") and not foreign.is_mastodon(begin):
            return restore(path, store, progress=progress, stopped=stopped)
        return foreign.import_foreign(path, bus, folder, options=options, progress=progress, stopped=stopped)


def export_file(store: EventStore, path: Path, progress: Progress = no_progress) -> int:
    """Writes an export, and returns its number of commits. Gzipped where the name ends in .gz; "-" is standard output.

    The file appears under its name once it is whole; nothing is left of one that couldn't be made.
    """
    if str(path) == "-":
        with tempfile.TemporaryFile() as draft:
            done = export(store, draft, progress)
            draft.seek(0)
            rewrite(draft, sys.stdout.buffer, done.late_erasures)
        return done.commits
    part = path.with_name(f"{path.name}.part")
    try:
        with _written(part) as draft:
            done = export(store, draft, progress)
        if done.late_erasures or path.suffix == ".gz":
            _finish(part, path.with_name(f"{path.name}.whole.part"), done.late_erasures)
        part.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return done.commits


def convert_file(path: Path, to: Path | None = None, progress: Progress = no_progress) -> Converted:
    """Converts an export of the format of before, into a file beside it unless `to` says otherwise.

    That appears under its name once it is whole and on disk, and never in place of another. Raises BadExport,
    Unavailable.
    """
    to = to or _beside(path)
    if to.exists():
        raise Unavailable(f"{to} is there already, and nothing is written over it. Say another name as --to.")
    part = to.with_name(f"{to.name}.part")
    try:
        with _written(part) as file:
            if to.suffix == ".gz":
                with gzip.open(file, "wb", compresslevel=6) as zipped:
                    done = convert(path, cast(BinaryIO, zipped), to, progress)
            else:
                done = convert(path, file, to, progress)
        # A link fails where somebody has made a file of that name meanwhile; a new name would replace it.
        os.link(part, to)
        sync_folder(to.parent)
    except OSError as error:
        raise Unavailable(f"{to} can't be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return done


def _beside(path: Path) -> Path:
    """posts.jsonl.gz gives posts.converted.jsonl.gz."""
    name, dot, rest = path.name.partition(".")
    return path.with_name(f"{name}.converted{dot}{rest}")


@contextmanager
def _written(part: Path) -> Iterator[BinaryIO]:
    """Opens a file to write, and syncs it to disk at the end of the block."""
    with part.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _finish(part: Path, whole: Path, late: Mapping[int, bytes]) -> None:
    """Rewrites a draft to its final form: without texts that were erased meanwhile, gzipped where its name says so."""
    try:
        with part.open("rb") as draft, _written(whole) as file:
            if part.name.endswith(".gz.part"):
                with gzip.open(file, "wb", compresslevel=6) as zipped:
                    rewrite(draft, cast(BinaryIO, zipped), late)
            else:
                rewrite(draft, file, late)
        whole.replace(part)
    finally:
        whole.unlink(missing_ok=True)


def _begin(path: Path, encoding: str) -> str:
    """The beginning of a file's content, without blanks before it."""
    with Source(path, encoding) as source:
        begin = ""
        for line in source.lines():
            begin = (begin + line.decode(errors="replace")).lstrip()
            if len(begin) >= BEGIN_CHARS:
                break
        if begin:
            return begin[:BEGIN_CHARS]
        raise Unreadable(f"{path} has nothing in it. {source.error}".strip())
