"""Fingerprints for live pages: of each watched thread and inbox, and the newest post's id for the feed."""

from collections.abc import Sequence
from functools import cache, reduce
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from . import visibility
from .comments import comments
from .engine import bulk
from .notifications import notifications
from .posts import posts


def _total(column: ColumnElement[Any] | Column[Any]) -> ColumnElement[Any]:
    """The sum as 64 bits: SQL Server adds integers up as 32."""
    return func.sum(cast(column, BigInteger))


def _weight(column: Column[Any]) -> ColumnElement[Any]:
    """A number made of an id's last letters, which are random, so that it differs by id; both engines have UNICODE."""
    one, base = (literal_column(number, Integer) for number in ("1", "128"))
    places = (literal_column(place, Integer) for place in ("36", "35", "34", "33"))
    letters = (cast(func.unicode(func.substring(column, place, one)), BigInteger) for place in places)
    return reduce(lambda sum, letter: sum * base + letter, letters)


_ZERO = literal_column("0", Integer)
_WANTED: BindParameter[Any] = bindparam("values", expanding=True)
_POSTS = select(posts.c.id, posts.c.version, posts.c.likes).where(posts.c.id.in_(_WANTED))
_COMMENTS = (
    select(
        comments.c.post,
        func.count(),
        _total(comments.c.version),
        _total(comments.c.likes),
        func.sum(case((comments.c.likes > _ZERO, comments.c.likes * _weight(comments.c.id)))),
    )
    .where(comments.c.post.in_(_WANTED))
    .group_by(comments.c.post)
)
_NEWEST = (
    select(posts.c.id)
    .where(visibility.post_is_listed())
    .order_by(posts.c.created_at.desc(), posts.c.id.desc())
    .limit(1)
)


def of_threads(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Post → a text that changes with the post, its comments or likes of either; two statements for all of them.

    Versions only rise; likes count by whose they are, so that one which moves to another comment is seen too.
    """
    found = {id: str(numbers) for id, *numbers in bulk.select_in(connection, _POSTS, ids)}
    for id, *numbers in bulk.select_in(connection, _COMMENTS, ids):
        found[id] = found.get(id, "") + str(numbers)
    return found


def newest(connection: Connection) -> str:
    """The id of the newest post; "" where there is none."""
    return connection.execute(_NEWEST).scalar_one_or_none() or ""


def of_inboxes(connection: Connection, recipients: Sequence[str]) -> dict[str, str]:
    """Recipient → when the newest notification came; without those who have none. A seek of an index for each."""
    found: dict[str, str] = {}
    for some in bulk.batches(list(recipients)):
        bound = {f"recipient{number}": one for number, one in enumerate(some)}
        rows = connection.execute(_newest_notifications(len(some)), bound).all()
        found |= {some[row.number]: str(row.at) for row in rows if row.at is not None}
    return found


@cache
def _newest_notifications(inboxes: int) -> Select[int, str]:
    each = (
        select(literal(number).label("number"), func.max(notifications.c.at).label("at")).where(
            notifications.c.recipient == bindparam(f"recipient{number}")
        )
        for number in range(inboxes)
    )
    newest = union_all(*each).subquery()
    return select(newest.c.number, newest.c.at)
