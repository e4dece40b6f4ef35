"""Posts: one row each with its current text and counts. feed.py has the queries."""

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    ScalarSelect,
    Table,
    bindparam,
    false,
    func,
    select,
    update,
)

from domain.post import (
    PostEdited,
    PostErased,
    PostLocked,
    PostPinned,
    PostPublished,
    PostRemoved,
    PostRestored,
    PostUnlocked,
    PostUnpinned,
)
from prose.names import MAX_TAG_UNITS
from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter, Fact, Fold, ReadModel, Tallied, rows_of
from readmodel.engine.schema import Moment, block, key, line, metadata
from readmodel.engine.views import View

from . import contributions, tags
from .accounts import author_counts
from .engine import bulk, model
from .likes import like_count
from .tags import post_tags, tags_in

posts = Table(
    "posts",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("author", key(40), nullable=False),
    Column("title", line(300), nullable=False),
    Column("body", block(), nullable=False),
    Column("url", line(2000), nullable=False),
    Column("tags", line(tags.MAX_TAGS_PER_POST * (MAX_TAG_UNITS + 1)), nullable=False),
    Column("likes", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("pinned_at", Moment()),
    *contributions.columns(),
    Index("posts_pinned", "removed", "pinned_at", "id"),
    Index("posts_new", "removed", "created_at", "id"),
    Index("posts_top", "removed", "likes", "id"),
    Index("posts_discussed", "removed", "comments", "id"),
    Index("posts_of_author_new", "author", "removed", "created_at", "id"),
    Index("posts_of_author_top", "author", "removed", "likes", "id"),
    Index("posts_of_author_discussed", "author", "removed", "comments", "id"),
)
"""tags: in the order of the text, with blanks between."""


class PostView(View, frozen=True, kw_only=True, gc=False):
    """A post as pages and the API show it.

    likes and comments are counts; liked tells whether the viewer likes it; times are ISO 8601 UTC text.

    text_version is the version that brought today's words; edited_by and edit_reason say who changed them last and,
    for a moderator, why. A removed post keeps its words here: who may see them is for the page to decide.
    """

    people: ClassVar[tuple[str, ...]] = ("author", "edited_by", "removed_by")
    id: str
    author: str
    title: str
    body: str
    url: str
    tags: tuple[str, ...]
    likes: int
    comments: int
    liked: bool = False
    locked: bool
    pinned: bool
    version: int
    text_version: int
    created_at: str
    edited_at: str | None
    edited_by: str | None
    edit_reason: str | None
    removed: bool
    removed_by: str | None
    removed_reason: str | None


def _reads(fact: Fact) -> Iterable[model.Row]:
    if isinstance(fact.event, PostEdited | PostRemoved | PostRestored | PostErased):
        yield posts, (fact.event.post,)


def _published(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostPublished)
    found = tags_in(event.title, event.body)
    changes.insert(
        posts,
        id=event.post,
        author=event.author,
        title=event.title,
        body=event.body,
        url=event.url,
        tags=" ".join(found),
        likes=0,
        comments=0,
        locked=False,
        pinned_at=None,
        **contributions.created(fact),
    )
    tags.retag(changes, event.post, fact.at, (), found)
    changes.tally(author_counts, (event.author,), posts=1)


def _edited(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostEdited)
    row = changes.existing(posts, (event.post,))
    found = tags_in(event.title, event.body)
    tags.retag(changes, event.post, row["created_at"], row["tags"].split(), found)
    changes.update(
        posts,
        (event.post,),
        title=event.title,
        body=event.body,
        url=event.url,
        tags=" ".join(found),
        **contributions.edited(fact),
    )


def _removed(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostRemoved)
    _count(changes, fact.event.post, contributions.remove(changes, posts, fact.event.post, fact))


def _restored(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostRestored)
    _count(changes, fact.event.post, contributions.restore(changes, posts, fact.event.post, fact))


def _count(changes: Changes, id: str, by: int) -> None:
    """Raises the counts of posts of its author and its tags."""
    row = changes.existing(posts, (id,))
    changes.tally(author_counts, (row["author"],), posts=by)
    tags.count(changes, row["tags"].split(), by)


def _sets(**values: Any) -> Fold:
    """A fold that gives columns of the post these values."""
    return lambda changes, fact: changes.update(posts, (fact.event.post,), version=fact.version, **values)


def _erased(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostErased)
    row = changes.existing(posts, (event.post,))
    reasons = contributions.reasons_erased(row, event.erased)
    changes.update(posts, (event.post,), version=fact.version, **reasons)
    if row["text_version"] not in event.erased:
        return
    gone = row["tags"].split()
    tags.untag(changes, event.post, gone)
    tags.count(changes, () if row["removed"] else gone, -1)
    changes.update(posts, (event.post,), title="", body="", url="", tags="")


COUNTS = ("likes", "comments")
"""Columns that count other streams' rows."""


def _as_of_post(column: str) -> ScalarSelect[Any]:
    """A subquery: the post's value of a column that its tag rows repeat."""
    return select(posts.c[column]).where(posts.c.id == post_tags.c.post).scalar_subquery()


_TAGGED = select(post_tags.c.post).where(post_tags.c.post.in_(bindparam("values", expanding=True))).distinct()
_FOLLOW = (
    update(post_tags)
    .where(post_tags.c.post.in_(bindparam("touched", expanding=True)))
    .values({name: _as_of_post(name) for name in (*COUNTS, "removed")})
)


def _follow(connection: Connection, changes: Changes) -> None:
    """Copies the posts' columns to their tag rows, once the counts of this batch are written."""
    touched = [id for (id,) in changes.touched(posts)]
    tagged = [id for (id,) in bulk.select_in(connection, _TAGGED, touched)]
    for some in bulk.batches(tagged):
        connection.execute(_FOLLOW, {"touched": some})


_STANDING = select(func.count()).where(posts.c.author == author_counts.c.author, posts.c.removed == false())

MODEL = ReadModel(
    tables=(posts,),
    folds={
        PostPublished: _published,
        PostEdited: _edited,
        PostRemoved: _removed,
        PostRestored: _restored,
        PostLocked: _sets(locked=True),
        PostUnlocked: _sets(locked=False),
        PostPinned: lambda changes, fact: _sets(pinned_at=fact.at)(changes, fact),
        PostUnpinned: _sets(pinned_at=None),
        PostErased: _erased,
    },
    answers={},
    reads=_reads,
    after=_follow,
    owned=rows_of("post", posts.c.id),
    counters=(
        Counter(posts, "likes", like_count("post", posts.c.id)),
        Counter(author_counts, "posts", _STANDING.scalar_subquery()),
        *(Counter(post_tags, name, _as_of_post(name)) for name in COUNTS),
    ),
    tallied=(Tallied(author_counts, posts.c.author),),
    version=4,
)
