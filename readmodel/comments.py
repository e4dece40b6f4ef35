"""Comments: one row each, and threads put together in reading order."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Boolean,
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

from domain import comment
from domain.comment import CommentAdded, CommentEdited, CommentErased, CommentRemoved, CommentRestored
from domain.ids import is_id
from domain.text import handle_key

from . import model
from .accounts import author_counts
from .changes import Changes, recount
from .likes import liked
from .model import Fact, ReadModel
from .paging import Keyset, ascending, descending, is_moment, is_subject, turn
from .posts import posts
from .queries import CommentById, CommentsBy, CommentsOf, RemovedComments, ThreadOf
from .schema import Moment, block, key, line, metadata
from .threads import in_reading_order
from .views import CommentView, Page

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
    Column("version", Integer, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("edited_at", Moment()),
    Column("edited_by", key(40)),
    Column("edit_reason", line(500)),
    Column("removed", Boolean, nullable=False),
    Column("removed_by", key(40)),
    Column("removed_reason", line(500)),
    Index("comments_of_post", "post", "created_at", "id"),
    Index("comments_roots", "post", "depth", "created_at", "id"),
    Index("comments_of_root", "root", "created_at", "id"),
    Index("comments_of_author", "author", "removed", "created_at", "id"),
    Index("comments_removed", "removed", "created_at", "id"),
)

REPLIES = 1_000
"""So many replies are on one page of a thread; it ends before the branch that would bring more."""


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
        version=fact.version,
        text_version=fact.version,
        created_at=fact.at,
        edited_at=None,
        edited_by=None,
        edit_reason=None,
        removed=False,
        removed_by=None,
        removed_reason=None,
    )
    _count(changes, event.post, event.author, 1)


def _edited(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, CommentEdited)
    changes.update(
        comments,
        (event.comment,),
        body=event.body,
        version=fact.version,
        text_version=fact.version,
        edited_at=fact.at,
        edited_by=fact.actor,
        edit_reason=fact.reason,
    )


def _removed(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, CommentRemoved)
    _stand(changes, fact, fact.event.comment, removed=True, removed_by=fact.actor, removed_reason=fact.reason)


def _restored(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, CommentRestored)
    _stand(changes, fact, fact.event.comment, removed=False, removed_by=None, removed_reason=None)


def _stand(changes: Changes, fact: Fact, id: str, *, removed: bool, **by: str | None) -> None:
    """The comment is removed or restored, and counts for its post and its author where that is a change."""
    row = changes.there(comments, (id,))
    _count(changes, row["post"], row["author"], int(row["removed"]) - int(removed))
    changes.update(comments, (id,), version=fact.version, removed=removed, **by)


def _erased(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, CommentErased)
    row = changes.there(comments, (event.comment,))
    words = {"body": ""} if row["text_version"] in event.erased else {}
    changes.update(comments, (event.comment,), version=fact.version, **words)


def _count(changes: Changes, post: str, author: str, by: int) -> None:
    changes.add(posts, (post,), comments=by)
    changes.tally(author_counts, (author,), comments=by)


_COUNTING = (
    select(comments.c.post, func.count())
    .where(comments.c.post.in_(bindparam("values", expanding=True)), comments.c.removed == false())
    .group_by(comments.c.post)
)


def _recount(connection: Connection, changes: Changes) -> None:
    """Comments may have come before their post."""
    recount(connection, _COUNTING, {id: (id,) for (id,) in changes.inserted(posts)}, posts.c.comments)


_CHECKS = (is_moment, is_subject)
_NAMES = ("created_at", "id")


def _newest(*conditions: ColumnElement[bool]) -> Keyset:
    return descending(select(comments).where(*conditions), comments.c.created_at, comments.c.id, _NAMES, _CHECKS)


def _oldest(*conditions: ColumnElement[bool]) -> Keyset:
    return ascending(select(comments).where(*conditions), comments.c.created_at, comments.c.id, _NAMES, _CHECKS)


_OF_POST = _oldest(comments.c.post == bindparam("post"))
_ROOTS = _oldest(comments.c.post == bindparam("post"), comments.c.depth == 0)
_BY = _newest(comments.c.author == bindparam("author"), comments.c.removed == false())
_REMOVED = _newest(comments.c.removed == true())
_BY_ID = select(comments).where(comments.c.id == bindparam("id"))
_IN_BRANCHES = comments.c.root.in_(bindparam("roots", expanding=True))
_REPLIES = (
    select(comments)
    .where(_IN_BRANCHES, comments.c.depth > 0)
    .order_by(comments.c.root, comments.c.created_at, comments.c.id)
)
_SIZES = select(comments.c.root, func.count()).where(_IN_BRANCHES).group_by(comments.c.root)
_top = comments.alias("top_comments")
_ROOTLESS = (
    select(comments)
    .where(
        comments.c.post == bindparam("post"),
        comments.c.depth > 0,
        ~select(_top.c.id).where(_top.c.id == comments.c.root).exists(),
    )
    .order_by(comments.c.created_at, comments.c.id)
    .limit(REPLIES)
)


def comments_of(connection: Connection, query: CommentsOf) -> Page[CommentView]:
    rows, next = turn(connection, _OF_POST, query.after, query.limit, {"post": query.post})
    return Page(items=_views(connection, query.viewer, rows), next=next)


def comments_by(connection: Connection, query: CommentsBy) -> Page[CommentView]:
    rows, next = turn(connection, _BY, query.after, query.limit, {"author": handle_key(query.author)})
    return Page(items=_views(connection, query.viewer, rows), next=next)


def removed_comments(connection: Connection, query: RemovedComments) -> Page[CommentView]:
    rows, next = turn(connection, _REMOVED, query.after, query.limit, {})
    return Page(items=_views(connection, None, rows), next=next)


def comment_by_id(connection: Connection, query: CommentById) -> CommentView | None:
    if not is_id(query.comment):
        return None
    rows = connection.execute(_BY_ID, {"id": query.comment}).all()
    return next(iter(_views(connection, query.viewer, rows)), None)


def thread_of(connection: Connection, query: ThreadOf) -> Page[CommentView]:
    """Branches of about REPLIES replies in all. Of a longer single branch the oldest REPLIES are shown.

    A comment whose top comment isn't there (its stream is parked) comes at the end of the last page.
    """
    roots, next = turn(connection, _ROOTS, query.after, query.limit, {"post": query.post})
    replies = _replies(connection, roots, REPLIES + 1)
    if len(replies) > REPLIES:
        kept = _fitting(connection, roots)
        next = (kept[-1].created_at, kept[-1].id) if len(kept) < len(roots) else next
        roots, replies = kept, _replies(connection, kept, REPLIES)
    rows = [*roots, *replies]
    if next is None:
        rows += connection.execute(_ROOTLESS, {"post": query.post})
    return Page(items=in_reading_order(_views(connection, query.viewer, rows)), next=next)


def _replies(connection: Connection, roots: Sequence[Row[Any]], limit: int) -> Sequence[Row[Any]]:
    if not roots:
        return []
    return connection.execute(_REPLIES.limit(limit), {"roots": [root.id for root in roots]}).all()


def _fitting(connection: Connection, roots: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The first of the roots whose branches together have no more than REPLIES replies, but at least one root."""
    sizes = {root: size - 1 for root, size in connection.execute(_SIZES, {"roots": [root.id for root in roots]})}
    totals = list(accumulate(sizes[root.id] for root in roots))
    return roots[: max(1, sum(total <= REPLIES for total in totals))]


def _views(connection: Connection, viewer: str | None, rows: Sequence[Row[Any]]) -> list[CommentView]:
    mine = liked(connection, viewer, [comment.stream(row.id) for row in rows])
    return [CommentView(**row._mapping, liked=comment.stream(row.id) in mine) for row in rows]


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
        ThreadOf: thread_of,
        CommentsOf: comments_of,
        CommentById: comment_by_id,
        CommentsBy: comments_by,
        RemovedComments: removed_comments,
    },
    reads=_reads,
    after=_recount,
)
