"""Detects the format of another site's file, and imports it by the module of that format."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

from domain.bus import CommandBus

from . import comments_csv, discourse, mastodon, reddit, takeout
from .csv_header import Columns, opening
from .csv_rows import Rows
from .entries import Entry, import_entries
from .posts_csv import import_posts
from .progress import Options, Progress, Stopped, Summary
from .source import Source, Unreadable

MAX_MEMBER_BYTES = 4 << 30
"""Of one file in an archive, unpacked."""
_ZIP = b"PK\x03\x04"
_WANTED = frozenset({"posts.csv", "comments.csv", "statistics.csv", "user_archive.csv", "outbox.json"})


def import_foreign(
    path: Path, bus: CommandBus, folder: Path, *, options: Options, progress: Progress, stopped: Stopped
) -> Summary:
    """Imports posts or comments as CSV, a takeout, or what Mastodon, Reddit or Discourse give their people.

    Raises Unreadable.
    """
    with _members(path, options.encoding) as members, ExitStack() as opened:
        if takeout.MANIFEST in members:
            return takeout.import_takeout(
                path, members, bus, folder, options=options, progress=progress, stopped=stopped
            )
        found = _entries(path, members, options, opened)
        if found is None:
            return import_posts(path, bus, folder, progress=progress, stopped=stopped, options=options)
        origin, entries = found
        known = comments_csv.imported_posts(bus, origin)
        return import_entries(
            path, origin, entries, bus, folder, known=known, options=options, progress=progress, stopped=stopped
        )


def is_mastodon(begin: str) -> bool:
    """Whether JSON that begins so is an outbox; an export of ours has a commit in each line."""
    return '"@context"' in begin or '"orderedItems"' in begin


def _entries(
    path: Path, members: Mapping[str, Path], options: Options, opened: ExitStack
) -> tuple[str, Iterator[Entry]] | None:
    """Where they are from, and the entries; None for posts as CSV."""

    def rows(file: Path, columns: Columns) -> Rows:
        return Rows(opened.enter_context(Source(file, options.encoding)), columns)

    author = options.author
    if file := members.get("outbox.json"):
        return mastodon.ORIGIN, mastodon.entries(file, author)
    if file := members.get("user_archive.csv"):
        who = _owner(path, author or discourse.account_name(path.name))
        return discourse.ORIGIN, discourse.entries(rows(file, discourse.COLUMNS), who)
    if "posts.csv" in members or "comments.csv" in members:
        if not author and (file := members.get("statistics.csv")):
            author = reddit.account_name(rows(file, reddit.STATISTICS))
        who, parts = _owner(path, author), []
        if file := members.get("posts.csv"):
            parts.append(reddit.posts(rows(file, reddit.POSTS), who))
        if file := members.get("comments.csv"):
            parts.append(reddit.comments(rows(file, reddit.COMMENTS), who))
        return reddit.ORIGIN, chain.from_iterable(parts)
    return (comments_csv.ORIGIN, comments_csv.entries(rows(members["own"], comments_csv.COLUMNS))) if members else None


def _owner(path: Path, author: str) -> str:
    if not author:
        raise Unreadable(f"{path} doesn't say whose it is. Say it: --author HANDLE.")
    return author


@contextmanager
def _members(path: Path, encoding: str) -> Iterator[dict[str, Path]]:
    """The files that matter, by the names that their sites give them: those of an archive, or this one. Comments as CSV
    are called own; posts as CSV give none."""
    with path.open("rb") as file:
        is_zip = file.read(4) == _ZIP
    if not is_zip:
        kind = _kind(path, encoding)
        yield {kind: path} if kind else {}
        return
    with tempfile.TemporaryDirectory(prefix="verbatim-import-") as folder:
        yield _unpacked(path, Path(folder))


def _unpacked(path: Path, folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            is_takeout = any(Path(name).name == takeout.MANIFEST for name in archive.namelist())
            wanted = takeout.FILES if is_takeout else _WANTED
            for info in archive.infolist():
                name = Path(info.filename).name
                if name not in wanted or name in found or info.file_size > MAX_MEMBER_BYTES:
                    continue
                found[name] = folder / name
                with archive.open(info) as packed, found[name].open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"{path} is a damaged ZIP, or one that can't be read here: {error}.") from error
    if not found.keys() & (_WANTED | {takeout.MANIFEST}) - {"statistics.csv"}:
        raise Unreadable(f"{path} is a ZIP without any of these: {', '.join(sorted(_WANTED))}.")
    return found


def _kind(path: Path, encoding: str) -> str:
    """What a file that stands alone would be called in its archive; "own" for our comments, "" for posts."""
    with Source(path, encoding) as source:
        first = opening(line.decode(errors="replace") for line in source.lines())
    if first.text.lstrip().startswith("{"):
        return "outbox.json"
    for name, columns, mark in (
        ("user_archive.csv", discourse.COLUMNS, "topic_title"),
        ("posts.csv", reddit.POSTS, "date"),
        ("comments.csv", reddit.COMMENTS, "link"),
        ("own", comments_csv.COLUMNS, "post"),
    ):
        if any(mark in columns.places(header) and not columns.missing(header) for header in first.headers().values()):
            return name
    return ""
