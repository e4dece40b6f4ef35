"""Tags: the #hashtags of a post's title and text, which posts have them, and which are used most.

post_tags repeats what lists are sorted and filtered by, so that a rare tag is found without a scan.
The posts' file folds them, since a post's tags change with its text.
"""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, bindparam, delete, false, func, select

from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter, ReadModel, Tallied, rows_of
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import PopularTags
from readmodel.engine.schema import Moment, key, metadata

MAX_TAG_UNITS = 50
"""UTF-16 units, as SQL Server counts; a longer word is no tag."""
MAX_TAGS_PER_POST = 20
"""Tags of one post that count; later ones are plain text."""

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

_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\w+://\S+", re.DOTALL)
_HASHTAG = re.compile(r"(?<![\w&/#\\;])#(\w+)")
_TAG = re.compile(r"(?=.*[^\W\d_])[^\s#]+\Z")

_MOST_USED = select(tag_counts.c.tag, tag_counts.c.posts).order_by(tag_counts.c.posts.desc(), tag_counts.c.tag)
_UNUSED = delete(tag_counts).where(tag_counts.c.tag == bindparam("unused"), tag_counts.c.posts == 0)


def tag_key(typed: str) -> str:
    """The one form of a tag: NFKC, lower case, without # in front. Not checked."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold()).strip().removeprefix("#")


def tags_in(title: str, body: str) -> tuple[str, ...]:
    """The tags of a post in the order they come, each once; not those in code, links or numbers."""
    found: dict[str, None] = {}
    for text in (title, body):
        if "#" in text:
            found.update(dict.fromkeys(filter(is_tag, map(tag_key, _HASHTAG.findall(_NOT_PROSE.sub(" ", text))))))
    return tuple(found)[:MAX_TAGS_PER_POST]


def is_tag(key: str) -> bool:
    """Whether key is a normalised tag that a post could have."""
    return len(key.encode("utf-16-le", "replace")) // 2 <= MAX_TAG_UNITS and _TAG.match(key) is not None


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
    rows = connection.execute(_MOST_USED.limit(checked_limit(query.limit)))
    return [(row.tag, row.posts) for row in rows]


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
