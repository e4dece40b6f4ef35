"""Threads in reading order: each comment is followed by its replies, oldest first."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import fetch_page
from readmodel.engine.queries import ThreadOf
from readmodel.engine.views import Page

from .comments import CommentView, comments, oldest, views

MAX_REPLIES = 1_000
"""So many replies are on one page of a thread; it ends before the branch that would bring more."""

_ROOTS = oldest(comments.c.post == bindparam("post"), comments.c.depth == 0)
_IN_BRANCHES = comments.c.root.in_(bindparam("roots", expanding=True))
_REPLIES = (
    select(comments)
    .where(_IN_BRANCHES, comments.c.depth > 0)
    .order_by(comments.c.root, comments.c.created_at, comments.c.id)
    .limit(MAX_REPLIES + 1)
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
    .limit(MAX_REPLIES)
)


def thread_of(connection: Connection, query: ThreadOf) -> Page[CommentView]:
    """Branches of about MAX_REPLIES replies in all. Of a longer single branch the oldest MAX_REPLIES are shown.

    A comment whose top comment isn't there (its stream is parked) comes at the end of the last page.
    """
    roots, next = fetch_page(connection, _ROOTS, query.after, query.limit, {"post": query.post})
    replies = _replies(connection, roots)
    if len(replies) > MAX_REPLIES:
        sizes = _sizes(connection, roots)
        if len(fitting := _fitting(roots, sizes)) < len(roots):
            roots, next = fitting, (fitting[-1].created_at, fitting[-1].id)
        replies = _replies(connection, roots)[:MAX_REPLIES]
    rows = [*roots, *replies]
    if next is None:
        rows += connection.execute(_ROOTLESS, {"post": query.post})
    return Page(items=in_reading_order(views(rows)), next=next)


def _sizes(connection: Connection, roots: Sequence[Row[Any]]) -> dict[str, int]:
    """Root → how many replies its branch has; read from an index alone."""
    return {root: size - 1 for root, size in connection.execute(_SIZES, {"roots": [root.id for root in roots]})}


def _fitting(roots: Sequence[Row[Any]], sizes: Mapping[str, int]) -> Sequence[Row[Any]]:
    """The first of the roots whose branches together have no more than MAX_REPLIES replies, but at least one root."""
    totals = accumulate(sizes[root.id] for root in roots)
    return roots[: max(1, sum(total <= MAX_REPLIES for total in totals))]


def _replies(connection: Connection, roots: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """At most one more than a page holds: that more are there."""
    if not roots:
        return []
    return connection.execute(_REPLIES, {"roots": [root.id for root in roots]}).all()


def in_reading_order(comments: Iterable[CommentView]) -> list[CommentView]:
    """The comments depth first. Where a parent isn't among them, a reply and its own come at the end of the branch."""
    ordered = sorted(comments, key=lambda comment: (comment.created_at, comment.id))
    here = {comment.id for comment in ordered}
    replies: dict[str, list[CommentView]] = {}
    heads: dict[str, list[CommentView]] = {}
    for comment in ordered:
        if comment.parent in here:
            replies.setdefault(comment.parent or "", []).append(comment)
        else:
            heads.setdefault(comment.root, []).append(comment)
    return [
        comment
        for branch in sorted(heads.values(), key=_start)
        for head in sorted(branch, key=lambda head: head.parent is not None)
        for comment in _walk(head, replies)
    ]


def _start(heads: Sequence[CommentView]) -> tuple[str, str]:
    first = min(heads, key=lambda head: (head.parent is not None, head.created_at, head.id))
    return first.created_at, first.id


def _walk(head: CommentView, replies: dict[str, list[CommentView]]) -> Iterable[CommentView]:
    waiting = [head]
    while waiting:
        comment = waiting.pop()
        yield comment
        waiting.extend(reversed(replies.get(comment.id, ())))


MODEL = ReadModel(tables=(), folds={}, answers={ThreadOf: thread_of})
