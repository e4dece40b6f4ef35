"""Tags: the #hashtags of a post's title and text, which posts have them, and which are used most.

post_tags repeats what lists are sorted and filtered by, so that a rare tag is found without a scan.
The posts' file folds them, since a post's tags change with its text.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    Table,
    bindparam,
    delete,
    false,
    func,
    select,
)

from prose.names import MAX_TAG_UNITS
from prose.reading import read, read_title
from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter, ReadModel, Tallied, rows_of
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import PopularTags
from readmodel.engine.schema import Moment, key, metadata

MAX_TAGS_PER_POST = 20
"""Tags of one post that count; later ones are only links."""
MIN_POPULAR_POSTS = 2
RECENT_USES = 500
"""Newest uses of tags that say what is popular."""
HALF_LIFE_DAYS = 30.0
"""A use counts half as much when it is so much older than the newest of all."""

post_tags = Table(
    "post_tags",
    metadata,
    Column("tag", key(MAX_TAG_UNITS), primary_key=True),
    Column("post", key(36), primary_key=True),
    Column("created_at", Moment(), nullable=False),
    Column("likes", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    Index("post_tags_new", "tag", "removed", "created_at", "post"),
    Index("post_tags_top", "tag", "removed", "likes", "post"),
    Index("post_tags_discussed", "tag", "removed", "comments", "post"),
    Index("post_tags_of_post", "post"),
    Index("post_tags_recent", "removed", "created_at", "tag"),
    sqlite_with_rowid=False,
)
tag_counts = Table(
    "tag_counts",
    metadata,
    Column("tag", key(MAX_TAG_UNITS), primary_key=True),
    Column("posts", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Posts not removed. A tag that nobody uses has no row: a word may be all that is left of an erased text."""

Index("tag_counts_most", tag_counts.c.posts.desc(), tag_counts.c.tag)

_MOST_USED = (
    select(tag_counts.c.tag, tag_counts.c.posts)
    .where(tag_counts.c.posts >= MIN_POPULAR_POSTS)
    .order_by(tag_counts.c.posts.desc(), tag_counts.c.tag)
)
_COUNTS = select(tag_counts.c.tag, tag_counts.c.posts).where(
    tag_counts.c.tag.in_(bindparam("tags", expanding=True)), tag_counts.c.posts >= MIN_POPULAR_POSTS
)
_RECENT = (
    select(post_tags.c.tag, post_tags.c.created_at)
    .where(post_tags.c.removed == false())
    .order_by(post_tags.c.created_at.desc(), post_tags.c.tag.desc())
    .limit(RECENT_USES)
)
_UNUSED = delete(tag_counts).where(tag_counts.c.tag == bindparam("unused"), tag_counts.c.posts == 0)


def tags_in(title: str, body: str) -> tuple[str, ...]:
    """The tags of a post in the order they come, each once: those that its page links."""
    found = dict.fromkeys((*read_title(title).tags, *read(body).tags))
    return tuple(found)[:MAX_TAGS_PER_POST]


def retag(changes: Changes, post: str, created_at: str, before: Iterable[str], after: Iterable[str]) -> None:
    """Changes the tags of a post that isn't removed. The posts' file copies the counts to the rows."""
    old, new = set(before), set(after)
    untag(changes, post, old - new)
    for tag in new - old:
        changes.insert(post_tags, tag=tag, post=post, created_at=created_at, likes=0, comments=0, removed=False)
    count(changes, old - new, -1)
    count(changes, new - old, 1)


def untag(changes: Changes, post: str, tags: Iterable[str]) -> None:
    """Deletes the tag rows of a post. The caller lowers the tags' counts."""
    for tag in tags:
        changes.delete(post_tags, (tag, post))


def count(changes: Changes, tags: Iterable[str], by: int) -> None:
    """Adds to the number of posts of each tag: 1, or -1 for a post that is removed."""
    for tag in tags:
        changes.tally(tag_counts, (tag,), posts=by)


def _prune(connection: Connection, changes: Changes) -> None:
    if touched := changes.touched(tag_counts):
        connection.execute(_UNUSED, [{"unused": tag} for (tag,) in sorted(touched)])


def popular_tags(connection: Connection, query: PopularTags) -> list[tuple[str, int]]:
    """Tags by how often and how lately they were used, then those that were used most."""
    limit = checked_limit(query.limit)
    weights = _weights(connection)
    counts = _pairs(connection, _COUNTS, {"tags": sorted(weights)}) if weights else {}
    found = sorted(counts, key=lambda tag: (-round(weights[tag], 3), tag))[:limit]
    if len(found) < limit:
        most_used = _pairs(connection, _MOST_USED.limit(limit), {})
        counts |= most_used
        found = list(dict.fromkeys([*found, *most_used]))[:limit]
    return [(tag, counts[tag]) for tag in found]


def _pairs(connection: Connection, statement: Select[str, int], bound: Mapping[str, Any]) -> dict[str, int]:
    return {row.tag: row.posts for row in connection.execute(statement, bound)}


def _weights(connection: Connection) -> Tally[str]:
    """Against the newest use and not the clock: a page that nothing was written for stays as it is."""
    weights: Tally[str] = Tally()
    rows = connection.execute(_RECENT).all()
    newest = datetime.fromisoformat(rows[0][1]) if rows else None
    for tag, at in rows:
        age = newest - datetime.fromisoformat(at) if newest else None
        weights[tag] += 0.5 ** (age.total_seconds() / 86_400 / HALF_LIFE_DAYS) if age else 1.0  # type: ignore[assignment]
    return weights


_USES = select(func.count()).where(post_tags.c.tag == tag_counts.c.tag, post_tags.c.removed == false())

MODEL = ReadModel(
    tables=(post_tags, tag_counts),
    folds={},
    answers={PopularTags: popular_tags},
    after=_prune,
    owned=rows_of("post", post_tags.c.post),
    counters=(Counter(tag_counts, "posts", _USES.scalar_subquery()),),
    tallied=(Tallied(tag_counts, post_tags.c.tag, post_tags.c.removed == false()),),
)
