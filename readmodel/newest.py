"""The newest comments of a thread, for those who follow it from afar."""

from sqlalchemy import Connection, bindparam, false, select

from .comments import comments, views
from .model import ReadModel
from .paging import checked_limit
from .queries import Query
from .views import CommentView


class NewestComments(Query, frozen=True, kw_only=True):
    """list[CommentView] of a post, newest first, without removed ones."""

    post: str
    limit: int = 50


_NEWEST = (
    select(comments)
    .where(comments.c.post == bindparam("post"), comments.c.removed == false())
    .order_by(comments.c.created_at.desc(), comments.c.id.desc())
)


def newest_comments(connection: Connection, query: NewestComments) -> list[CommentView]:
    rows = connection.execute(_NEWEST.limit(checked_limit(query.limit)), {"post": query.post})
    return views(connection, None, rows.all())


MODEL = ReadModel(tables=(), folds={}, answers={NewestComments: newest_comments})
