"""What live pages are told by: a fingerprint of each watched thread, and the newest post."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    bindparam,
    cast,
    false,
    func,
    select,
)

from . import bulk
from .comments import comments
from .posts import posts


def _total(column: ColumnElement[Any] | Column[Any]) -> ColumnElement[Any]:
    """SQL Server adds integers up as 32 bits."""
    return func.sum(cast(column, BigInteger))


_WANTED: BindParameter[Any] = bindparam("values", expanding=True)
_POSTS = select(posts.c.id, posts.c.version, posts.c.likes).where(posts.c.id.in_(_WANTED))
_COMMENTS = (
    select(
        comments.c.post,
        func.count(),
        _total(comments.c.version),
        _total(comments.c.likes),
        func.sum(cast(comments.c.likes, BigInteger) * comments.c.likes),
    )
    .where(comments.c.post.in_(_WANTED))
    .group_by(comments.c.post)
)
_NEWEST = (
    select(posts.c.id).where(posts.c.removed == false()).order_by(posts.c.created_at.desc(), posts.c.id.desc()).limit(1)
)


def of_threads(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Post → a text that changes with the post, its comments or likes of either; two statements for all of them.

    Versions only rise. A like that moves from one comment to another of as many likes within one look goes unseen
    until the next change: pages ask again by themselves from time to time.
    """
    told = {id: str(numbers) for id, *numbers in bulk.matching(connection, _POSTS, ids)}
    for id, *numbers in bulk.matching(connection, _COMMENTS, ids):
        told[id] = told.get(id, "") + str(numbers)
    return told


def newest(connection: Connection) -> str:
    """The id of the newest post; "" where there is none."""
    return connection.execute(_NEWEST).scalar_one_or_none() or ""
