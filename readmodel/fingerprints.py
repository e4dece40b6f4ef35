"""Fingerprints for live pages: of each watched thread, and the newest post's id for the feed."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from . import visibility
from .comments import comments
from .engine import bulk
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
