"""Unread counts: notifications, and new and removed comments of threads since somebody's last visit."""

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
from .inbox import NEVER, RECIPIENTS, SHOWN, WITH_SUBJECTS
from .moderation.notices import moderation_notices
from .notifications import notifications

MAX_COUNTED = 100
MAX_UNREAD_COUNTED = 100


class Unread(Query, frozen=True, kw_only=True):
    """int: how many of them are newer than since (None: all); MAX_UNREAD_COUNTED at most."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    since: str | None


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


_NEWS = (
    select(notifications.c.id)
    .select_from(WITH_SUBJECTS.join(RECIPIENTS, RECIPIENTS.c.name == notifications.c.recipient))
    .where(
        *SHOWN,
        notifications.c.at > bindparam("since", type_=notifications.c.at.type),
        notifications.c.at > RECIPIENTS.c.since,
        notifications.c.at < RECIPIENTS.c.until,
    )
    .limit(MAX_UNREAD_COUNTED)
    .subquery()
)
_TOLD = (
    select(moderation_notices.c.id)
    .where(
        moderation_notices.c.recipient == bindparam("account"),
        moderation_notices.c.at > bindparam("since", type_=moderation_notices.c.at.type),
    )
    .limit(MAX_UNREAD_COUNTED)
    .subquery()
)
_UNREAD = select(
    select(func.count()).select_from(_NEWS).scalar_subquery()
    + select(func.count()).select_from(_TOLD).scalar_subquery()
)


def unread(connection: Connection, query: Unread) -> int:
    """In one statement: every page of somebody logged in asks."""
    bound = {"account": query.account, "since": query.since or NEVER}
    return min(int(connection.execute(_UNREAD, bound).scalar_one()), MAX_UNREAD_COUNTED)


MODEL = ReadModel(
    tables=(), folds={}, answers={Unread: unread, NewComments: new_comments, CommentsRemovedSince: removed_since}
)
