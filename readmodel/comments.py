"""Comments: one row each, and flat lists of them. threads.py puts them in reading order."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    bindparam,
    false,
    func,
    select,
    true,
)

from domain.comment import CommentAdded, CommentEdited, CommentErased, CommentRemoved, CommentRestored
from domain.ids import is_id
from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter, Fact, ReadModel, Tallied, rows_of
from readmodel.engine.paging import Keyset, ascending, descending, fetch_page, is_moment, is_subject
from readmodel.engine.queries import CommentById, CommentsBy, CommentsOf, RemovedComments
from readmodel.engine.rows import recount, row_dicts
from readmodel.engine.schema import block, key, metadata
from readmodel.engine.views import Page, View

from . import contributions, visibility
from .accounts import author_counts
from .engine import model
from .likes import like_count
from .posts import posts

comments = Table(
    "comments",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("post", key(36), nullable=False),
    Column("parent", key(36)),
    Column("root", key(36), nullable=False),
    Column("depth", Integer, nullable=False),
    Column("author", key(40), nullable=False),
    Column("body", block(), nullable=False),
    Column("likes", Integer, nullable=False),
    *contributions.columns(),
    Index("comments_of_post", "post", "created_at", "id"),
    Index("comments_roots", "post", "depth", "created_at", "id"),
    Index("comments_of_root", "root", "created_at", "id"),
    Index("comments_of_author", "author", "removed", "created_at", "id"),
    Index("comments_removed", "removed", "created_at", "id"),
)


class CommentView(View, frozen=True, kw_only=True, gc=False):
    """A comment as pages and the API show it.

    root is the top comment of the branch, depth 0 a reply to the post. A removed one keeps its words here.
    """

    people: ClassVar[tuple[str, ...]] = ("author", "edited_by", "removed_by")
    id: str
    post: str
    parent: str | None
    root: str
    depth: int
    author: str
    body: str
    likes: int
    liked: bool = False
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
    if isinstance(fact.event, CommentRemoved | CommentRestored | CommentErased):
        yield comments, (fact.event.comment,)


def _added(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, CommentAdded)
    changes.insert(
        comments,
        id=event.comment,
        post=event.post,
        parent=event.parent,
        root=event.root,
        depth=event.depth,
        author=event.author,
        body=event.body,
        likes=0,
        **contributions.created(fact),
    )
    _count(changes, event.post, event.author, 1)


def _edited(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, CommentEdited)
    changes.update(comments, (event.comment,), body=event.body, **contributions.edited(fact))


def _removed(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, CommentRemoved)
    _recount_one(changes, fact.event.comment, contributions.remove(changes, comments, fact.event.comment, fact))


def _restored(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, CommentRestored)
    _recount_one(changes, fact.event.comment, contributions.restore(changes, comments, fact.event.comment, fact))


def _recount_one(changes: Changes, id: str, by: int) -> None:
    row = changes.existing(comments, (id,))
    _count(changes, row["post"], row["author"], by)


def _erased(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, CommentErased)
    row = changes.existing(comments, (event.comment,))
    words = {"body": ""} if row["text_version"] in event.erased else {}
    reasons = contributions.reasons_erased(row, event.erased)
    changes.update(comments, (event.comment,), version=fact.version, **words, **reasons)


def _count(changes: Changes, post: str, author: str, by: int) -> None:
    changes.add(posts, (post,), comments=by)
    changes.tally(author_counts, (author,), comments=by)


_COUNTING = (
    select(comments.c.post, func.count())
    .where(comments.c.post.in_(bindparam("values", expanding=True)), comments.c.removed == false())
    .group_by(comments.c.post)
)


def _recount(connection: Connection, changes: Changes) -> None:
    """Counts the comments of posts that this batch inserts: comments may be folded before their post."""
    recount(connection, _COUNTING, {id: (id,) for (id,) in changes.inserted(posts)}, posts.c.comments)


_CHECKS = (is_moment, is_subject)
_NAMES = ("created_at", "id")


def _newest(*conditions: ColumnElement[bool]) -> Keyset:
    return descending(select(comments).where(*conditions), comments.c.created_at, comments.c.id, _NAMES, _CHECKS)


def oldest(*conditions: ColumnElement[bool]) -> Keyset:
    """Comments from the oldest on."""
    return ascending(select(comments).where(*conditions), comments.c.created_at, comments.c.id, _NAMES, _CHECKS)


_OF_POST = oldest(comments.c.post == bindparam("post"))
_BY = _newest(
    comments.c.author == bindparam("author"), visibility.comment_is_listed(comments.c.removed, comments.c.post)
)
_REMOVED = _newest(comments.c.removed == true())
_BY_ID = select(comments).where(comments.c.id == bindparam("id"))


def comments_of(connection: Connection, query: CommentsOf) -> Page[CommentView]:
    rows, next = fetch_page(connection, _OF_POST, query.after, query.limit, {"post": query.post})
    return Page(items=views(rows), next=next)


def comments_by(connection: Connection, query: CommentsBy) -> Page[CommentView]:
    rows, next = fetch_page(connection, _BY, query.after, query.limit, {"author": query.author})
    return Page(items=views(rows), next=next)


def removed_comments(connection: Connection, query: RemovedComments) -> Page[CommentView]:
    rows, next = fetch_page(connection, _REMOVED, query.after, query.limit, {})
    return Page(items=views(rows), next=next)


def comment_by_id(connection: Connection, query: CommentById) -> CommentView | None:
    if not is_id(query.comment):
        return None
    rows = connection.execute(_BY_ID, {"id": query.comment}).all()
    return next(iter(views(rows)), None)


def views(rows: Sequence[Row[Any]]) -> list[CommentView]:
    """The rows as pages show them to a stranger."""
    return [CommentView(**values) for values in row_dicts(rows)]


_ON_POST = select(func.count()).where(comments.c.post == posts.c.id, comments.c.removed == false())
_BY_AUTHOR = select(func.count()).where(comments.c.author == author_counts.c.author, comments.c.removed == false())

MODEL = ReadModel(
    tables=(comments,),
    folds={
        CommentAdded: _added,
        CommentEdited: _edited,
        CommentRemoved: _removed,
        CommentRestored: _restored,
        CommentErased: _erased,
    },
    answers={
        CommentsOf: comments_of,
        CommentById: comment_by_id,
        CommentsBy: comments_by,
        RemovedComments: removed_comments,
    },
    reads=_reads,
    after=_recount,
    owned=rows_of("comment", comments.c.id),
    counters=(
        Counter(comments, "likes", like_count("comment", comments.c.id)),
        Counter(posts, "comments", _ON_POST.scalar_subquery()),
        Counter(author_counts, "comments", _BY_AUTHOR.scalar_subquery()),
    ),
    tallied=(Tallied(author_counts, comments.c.author),),
    version=2,
)
