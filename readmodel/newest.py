"""The newest comments of a thread, for its Atom feed."""

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, select, type_coerce

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query

from .comments import CommentView, comments, views


class NewestComments(Query, frozen=True, kw_only=True):
    """list[CommentView] of a post, newest first, without removed ones."""

    post: str
    limit: int = 50


def not_removed() -> ColumnElement[bool]:
    """The condition that a comment isn't removed, in a form for which no planner takes the index of removed ones."""
    return type_coerce(comments.c.removed, Integer) + 0 == 0


_NEWEST = (
    select(comments)
    .where(comments.c.post == bindparam("post"), not_removed())
    .order_by(comments.c.created_at.desc(), comments.c.id.desc())
)


def newest_comments(connection: Connection, query: NewestComments) -> list[CommentView]:
    rows = connection.execute(_NEWEST.limit(checked_limit(query.limit)), {"post": query.post})
    return views(connection, None, rows.all())


MODEL = ReadModel(tables=(), folds={}, answers={NewestComments: newest_comments})
