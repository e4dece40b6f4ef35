"""Threads in reading order: each comment is followed by its replies, oldest first. Every page of one is bounded.

A page ends before a branch that would make it too long. A branch that is too long for a page of its own goes on over
several, in the order of time, so that each is a range of an index; on those a reply may stand without its parent.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, false, func, select

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_key, checked_limit, fetch_page, fetch_rows
from readmodel.engine.queries import Query, ThreadOf
from readmodel.engine.views import Key, Page

from .comments import CommentView, comments, oldest, views
from .handles import handles_of

MAX_COMMENTS = 200
"""Comments on one page of a thread."""
MAX_CHARS = 100_000
"""Characters of their texts."""

_BEFORE_REPLIES = ("0001-01-01T00:00:00.000000Z", "00000000-0000-0000-0000-000000000000")
_PARKED = "parked"
"""Where a key starts with it, the page ended among comments whose top comment isn't there."""


class ThreadPage(Page[CommentView], frozen=True, kw_only=True):
    """next: where the next page starts, also within a branch; next_branch: where the next branch does in that case."""

    next_branch: Key | None = None

    @property
    def ends_within_branch(self) -> bool:
        return self.next is not None and len(self.next) == len((*_ROOTS.names, *_BRANCH.names))


class AuthorsOf(Query, frozen=True, kw_only=True):
    """dict[comment, handle]: who wrote these comments; without those that are removed."""

    comments: tuple[str, ...]


_ROOTS = oldest(comments.c.post == bindparam("post"), comments.c.depth == 0)
_BRANCH = oldest(comments.c.root == bindparam("root"), comments.c.depth > 0)
_IN_BRANCHES = comments.c.root.in_(bindparam("roots", expanding=True))
_REPLIES = (
    select(comments)
    .where(_IN_BRANCHES, comments.c.depth > 0)
    .order_by(comments.c.root, comments.c.created_at, comments.c.id)
)
_SIZES = select(comments.c.root, func.count().label("size")).where(_IN_BRANCHES).group_by(comments.c.root)
_top = comments.alias("top_comments")
_ROOTLESS = oldest(
    comments.c.post == bindparam("post"),
    comments.c.depth > 0,
    ~select(_top.c.id).where(_top.c.id == comments.c.root).exists(),
)
_AUTHORS = select(comments.c.id, comments.c.author).where(
    comments.c.id.in_(bindparam("ids", expanding=True)), comments.c.removed == false()
)


def thread_of(connection: Connection, query: ThreadOf) -> ThreadPage:
    """At most MAX_COMMENTS comments with MAX_CHARS characters, but at least one comment where one is left.

    A comment whose top comment isn't there (its stream is parked) comes at the end of the thread.
    """
    start, within, parked = _position(query.after)
    checked_limit(query.limit)
    rows: list[Row[Any]] = []
    roots: dict[str, Key] = {}
    next: Key | None = None
    if start and within:
        roots = {str(start[1]): checked_key(start, _ROOTS.checks)}
        rest, more = fetch_rows(connection, _BRANCH, within, MAX_COMMENTS, {"root": start[1]})
        rows, next = [*rest], more and (*start, *more)
    if next is None and parked is None:
        tops, next = _fitting(connection, query, start, MAX_COMMENTS - len(rows))
        roots |= {top.id: (top.created_at, top.id) for top in tops}
        rows += _with_replies(connection, tops)
    if next is None:
        rootless, more = fetch_rows(connection, _ROOTLESS, parked, MAX_COMMENTS, {"post": query.post})
        rows, next = [*rows, *rootless], more and (_PARKED, *more)
    kept = _length(rows)
    if kept < len(rows):
        next = _key_between(rows[kept - 1], rows[kept], roots)
    items = [
        comment
        for _, branch in groupby(views(rows[:kept]), lambda comment: roots.get(comment.root))
        for comment in in_reading_order(branch)
    ]
    return ThreadPage(items=items, next=next, next_branch=_next_branch(connection, query.post, next))


def _position(after: Key | None) -> tuple[Key | None, Key | None, Key | None]:
    """The top comment after which the page starts, the reply in its branch, and the comment without a branch."""
    if after is None:
        return None, None, None
    return (None, None, after[1:]) if after[:1] == (_PARKED,) else (after[:2], after[2:] or None, None)


def _fitting(
    connection: Connection, query: ThreadOf, start: Key | None, room: int
) -> tuple[Sequence[Row[Any]], Key | None]:
    """The next top comments whose branches have room, and where the next one starts. An empty page has for one."""
    tops, next = fetch_page(connection, _ROOTS, start, query.limit, {"post": query.post})
    sizes = _sizes(connection, tops)
    totals = accumulate(sizes[top.id] for top in tops)
    fitting = tops[: max(room == MAX_COMMENTS, sum(total <= room for total in totals))]
    if len(fitting) < len(tops):
        next = (fitting[-1].created_at, fitting[-1].id) if fitting else start
    return fitting, next


def _sizes(connection: Connection, tops: Sequence[Row[Any]]) -> Mapping[str, int]:
    """Top comment → how many comments its branch has; read from an index alone."""
    if not tops:
        return {}
    return {row.root: row.size for row in connection.execute(_SIZES, {"roots": [top.id for top in tops]})}


def _with_replies(connection: Connection, tops: Sequence[Row[Any]]) -> Iterable[Row[Any]]:
    """The branches of these top comments; at most one comment more than a page holds."""
    if not tops:
        return
    found = connection.execute(_REPLIES.limit(MAX_COMMENTS), {"roots": [top.id for top in tops]})
    replies = {root: list(branch) for root, branch in groupby(found, lambda row: row.root)}
    for top in tops:
        yield top
        yield from replies.get(top.id, ())


def _length(rows: Sequence[Row[Any]]) -> int:
    """How many of the rows make a page: whole branches, or a part of the first."""
    totals = accumulate(len(row.body) for row in rows)
    fits = max(1, sum(total <= MAX_CHARS for total in totals))
    kept = min(fits, MAX_COMMENTS)
    if kept >= len(rows):
        return len(rows)
    return next(at for at, row in enumerate(rows) if row.root == rows[kept].root) or kept


def _key_between(last: Row[Any], following: Row[Any], roots: Mapping[str, Key]) -> Key:
    """The key of a page that ends after the one row and before the other."""
    if last.root not in roots:
        return _PARKED, last.created_at, last.id
    if following.root != last.root:
        return roots[last.root]
    return (*roots[last.root], *(_BEFORE_REPLIES if last.depth == 0 else (last.created_at, last.id)))


def _next_branch(connection: Connection, post: str, next: Key | None) -> Key | None:
    start, within, _ = _position(next)
    if not within:
        return None
    following, _ = fetch_rows(connection, _ROOTS, start, 1, {"post": post})
    return start if following else None


def authors_of(connection: Connection, query: AuthorsOf) -> dict[str, str]:
    if not query.comments:
        return {}
    authors = {row.id: row.author for row in connection.execute(_AUTHORS, {"ids": query.comments})}
    handles = handles_of(connection, authors.values())
    return {id: handles[author] for id, author in authors.items()}


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


MODEL = ReadModel(tables=(), folds={}, answers={ThreadOf: thread_of, AuthorsOf: authors_of})
