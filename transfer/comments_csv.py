"""Reads comments as CSV: each names its post by the id that an import of posts had for it."""

from collections.abc import Iterator

from domain.bus import CommandBus
from domain.post import PostPublished

from .csv_header import Columns
from .csv_rows import Row, Rows
from .entries import Entry, of_rows

COLUMNS = Columns(
    needed=("id", "author", "created_at", "post", "body"),
    optional=("parent",),
    other_names={"post_id": "post", "parent_id": "parent"},
)
ORIGIN = "posts.csv"
"""The posts' own: their ids are looked up in it."""
SCAN_COMMITS = 5_000


def entries(rows: Rows) -> Iterator[Entry]:
    return of_rows(rows, _entry)


def _entry(row: Row) -> Entry:
    id, author, at, post, body, parent = row.fields
    cause = "" if post else "it names no post"
    return Entry(
        line=row.line, id=id, text=row.text, author=author, at=at, post=post, body=body, parent=parent, cause=cause
    )


def imported_posts(bus: CommandBus, origin: str) -> dict[str, str]:
    """Id at its origin → our id, of every post that was imported, found by reading the store once."""
    found: dict[str, str] = {}
    after = 0
    while stored := bus.stored(after, SCAN_COMMITS):
        for commit, events in stored:
            after = commit.position or after
            for event in events:
                if isinstance(event, PostPublished) and event.source.startswith(f"{origin}:"):
                    found[event.source.removeprefix(f"{origin}:")] = event.post
    return found
