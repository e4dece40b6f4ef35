"""The newest comments of a thread, for its Atom feed."""

from sqlalchemy import Connection, bindparam, select

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query

from . import visibility
from .comments import CommentView, comments, views


class NewestComments(Query, frozen=True, kw_only=True):
    """list[CommentView] of a post, newest first, without removed ones. For a thread that may be seen."""

    post: str
    limit: int = 50


_NEWEST = (
    select(comments)
    .where(comments.c.post == bindparam("post"), visibility.comment_is_listed_in_thread(comments.c.removed))
    .order_by(comments.c.created_at.desc(), comments.c.id.desc())
)


def newest_comments(connection: Connection, query: NewestComments) -> list[CommentView]:
    rows = connection.execute(_NEWEST.limit(checked_limit(query.limit)), {"post": query.post})
    return views(rows.all())


MODEL = ReadModel(tables=(), folds={}, answers={NewestComments: newest_comments})
