"""What programs list, newest first: a thread's comments for its Atom feed, a month's posts for the sitemap."""

from sqlalchemy import Connection, bindparam, func, select

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment

from . import visibility
from .comments import CommentView, comments, views
from .posts import posts

MAX_LISTED = 50_000
"""Posts in one list of a month; a sitemap may hold no more (https://www.sitemaps.org/protocol.html)."""


class NewestComments(Query, frozen=True, kw_only=True):
    """list[CommentView] of a post, newest first, without removed ones. For a thread that may be seen."""

    post: str
    limit: int = 50


class ListedMonths(Query, frozen=True, kw_only=True):
    """list["2026-11", …]: the months, in order, in which posts were published that everybody may read."""


class ListedPosts(Query, frozen=True, kw_only=True):
    """list[tuple[id, changed_at]] of those of one month, newest first, MAX_LISTED at most; changed_at is ISO 8601."""

    month: str


_NEWEST = (
    select(comments)
    .where(comments.c.post == bindparam("post"), visibility.comment_is_listed_in_thread(comments.c.removed))
    .order_by(comments.c.created_at.desc(), comments.c.id.desc())
)


_LISTED = (visibility.post_is_listed(), posts.c.title != "")
"""Neither removed nor erased."""
_FIRST_FROM = (
    select(posts.c.created_at)
    .where(*_LISTED, posts.c.created_at >= bindparam("begin", type_=Moment()))
    .order_by(posts.c.created_at)
    .limit(1)
)
_OF_MONTH = (
    select(posts.c.id, func.coalesce(posts.c.edited_at, posts.c.created_at).label("changed_at"))
    .where(
        *_LISTED,
        posts.c.created_at >= bindparam("begin", type_=Moment()),
        posts.c.created_at < bindparam("end", type_=Moment()),
    )
    .order_by(posts.c.created_at.desc(), posts.c.id.desc())
    .limit(MAX_LISTED)
)
_FIRST_MOMENT, _LAST_MOMENT = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"


def newest_comments(connection: Connection, query: NewestComments) -> list[CommentView]:
    rows = connection.execute(_NEWEST.limit(checked_limit(query.limit)), {"post": query.post})
    return views(rows.all())


def listed_months(connection: Connection, _query: ListedMonths) -> list[str]:
    """A seek for each: what is read doesn't grow with the posts."""
    months: list[str] = []
    begin = _FIRST_MOMENT
    while found := connection.execute(_FIRST_FROM, {"begin": begin}).scalar():
        months.append(found[:7])
        begin = _end_of(months[-1])
        if begin == _LAST_MOMENT:
            break
    return months


def listed_posts(connection: Connection, query: ListedPosts) -> list[tuple[str, str]]:
    bound = {"begin": f"{query.month}-01T00:00:00.000000Z", "end": _end_of(query.month)}
    return [(row.id, row.changed_at) for row in connection.execute(_OF_MONTH, bound)]


def _end_of(month: str) -> str:
    """The first moment after a month such as "2026-12"."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year:04}-{number + 1:02}-01T00:00:00.000000Z" if year < 10_000 else _LAST_MOMENT


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={NewestComments: newest_comments, ListedMonths: listed_months, ListedPosts: listed_posts},
)
