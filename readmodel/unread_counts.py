"""Unread counts: new and removed comments of threads since somebody's last visit."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Connection, Select, bindparam, func, literal, select, union_all

from domain import comment
from domain.comment import CommentRemoved
from readmodel.engine.model import ReadModel
from readmodel.engine.queries import Query

from . import visibility
from .comments import comments
from .history import history

MAX_COUNTED = 100


class NewComments(Query, frozen=True, kw_only=True):
    """dict[post, int]: how many new comments of others each thread has, MAX_COUNTED at most; without threads with none.

    since: post → moment.
    """

    people: ClassVar[tuple[str, ...]] = ("viewer",)
    since: Mapping[str, str]
    viewer: str


class CommentsRemovedSince(Query, frozen=True, kw_only=True):
    """frozenset[str]: those of the comments that were removed after the moment."""

    comments: tuple[str, ...]
    since: str


def new_comments(connection: Connection, query: NewComments) -> dict[str, int]:
    if not query.since:
        return {}
    bound: dict[str, Any] = {"viewer": query.viewer}
    for number, (post, since) in enumerate(query.since.items()):
        bound |= {f"post{number}": post, f"since{number}": since}
    counts = connection.execute(counting_statement(len(query.since)), bound).all()
    posts = list(query.since)
    return {posts[row.number]: row.new for row in counts if row.new}


@cache
def counting_statement(threads: int) -> Select[int, int]:
    """Counts the new comments of some threads; each count is a range of an index, cut off at MAX_COUNTED."""
    counted = union_all(*(_one(number) for number in range(threads))).subquery()
    return select(counted.c.number, counted.c.new)


def _one(number: int) -> Select[int, int]:
    new = (
        select(comments.c.id)
        .where(
            comments.c.post == bindparam(f"post{number}"),
            comments.c.created_at > bindparam(f"since{number}", type_=comments.c.created_at.type),
            visibility.comment_is_listed_in_thread(comments.c.removed),
            comments.c.author != bindparam("viewer"),
        )
        .limit(MAX_COUNTED)
        .subquery()
    )
    return select(literal(number).label("number"), func.count().label("new")).select_from(new)


_REMOVED = select(history.c.stream).where(
    history.c.stream.in_(bindparam("streams", expanding=True)),
    history.c.type == CommentRemoved.type,
    history.c.at > bindparam("since"),
)


def removed_since(connection: Connection, query: CommentsRemovedSince) -> frozenset[str]:
    if not query.comments:
        return frozenset()
    streams = {comment.stream(id): id for id in query.comments}
    found = connection.execute(_REMOVED, {"streams": list(streams), "since": query.since}).scalars()
    return frozenset(streams[stream] for stream in found)


MODEL = ReadModel(tables=(), folds={}, answers={NewComments: new_comments, CommentsRemovedSince: removed_since})
