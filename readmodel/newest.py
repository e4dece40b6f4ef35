"""Lists beside the feed, newest first: a thread's comments for its Atom feed, a month's posts for the sitemap, and all
that somebody wrote, for whoever leaves."""

from typing import Any, ClassVar

from sqlalchemy import Connection, bindparam, false, func, select, true

from domain import comment, post
from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import Keyset, checked_limit, descending, fetch_page, is_moment, is_subject
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment
from readmodel.engine.views import Key, Page, View

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


class WritingsOf(Query, frozen=True, kw_only=True):
    """Page[WritingView] of an author, newest first, removed ones too."""

    people: ClassVar[tuple[str, ...]] = ("author",)
    author: str
    after: Key | None = None
    limit: int = 50


class WrittenBy(Query, frozen=True, kw_only=True):
    """dict["post" or "comment", set of streams]: which of these an author wrote."""

    people: ClassVar[tuple[str, ...]] = ("author",)
    author: str
    streams: tuple[str, ...]


class WritingCounts(Query, frozen=True, kw_only=True):
    """dict["post" or "comment", int]: how many an author wrote, removed ones too."""

    people: ClassVar[tuple[str, ...]] = ("author",)
    author: str


class WritingView(View, frozen=True, kw_only=True):
    """A post, or a comment, which has no title."""

    stream: str
    title: str
    text: str
    created_at: str
    removed: bool

    @property
    def is_post(self) -> bool:
        return self.stream.startswith("post-")


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


def _of_author(table: Any, removed: bool) -> Keyset:
    mine = select(table).where(
        table.c.author == bindparam("author"), table.c.removed == (true() if removed else false())
    )
    return descending(mine, table.c.created_at, table.c.id, ("created_at", "id"), (is_moment, is_subject))


_TABLES = {"post": posts, "comment": comments}
_STREAM = {"post": post.stream, "comment": comment.stream}
_WRITINGS = [(kind, _of_author(table, removed)) for kind, table in _TABLES.items() for removed in (False, True)]


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


def writings_of(connection: Connection, query: WritingsOf) -> Page[WritingView]:
    found: list[tuple[str, Any]] = []
    more = False
    for kind, listing in _WRITINGS:
        rows, next = fetch_page(connection, listing, query.after, query.limit, {"author": query.author})
        found += [(kind, row) for row in rows]
        more = more or next is not None
    found.sort(key=lambda one: (one[1].created_at, one[1].id), reverse=True)
    page = found[: query.limit]
    more = more or len(found) > len(page)
    key = (page[-1][1].created_at, page[-1][1].id) if more else None
    return Page(items=[_writing(*one) for one in page], next=key)


def _writing(kind: str, row: Any) -> WritingView:
    title = row.title if kind == "post" else ""
    return WritingView(
        stream=_STREAM[kind](row.id), title=title, text=row.body, created_at=row.created_at, removed=row.removed
    )


def written_by(connection: Connection, query: WrittenBy) -> dict[str, set[str]]:
    found = {}
    for kind, table in _TABLES.items():
        ids = [stream.removeprefix(f"{kind}-") for stream in query.streams if stream.startswith(f"{kind}-")]
        wanted = select(table.c.id, table.c.author).where(table.c.id.in_(bindparam("values", expanding=True)))
        rows = bulk.select_in(connection, wanted, ids)
        found[kind] = {_STREAM[kind](row.id) for row in rows if row.author == query.author}
    return found


def writing_counts(connection: Connection, query: WritingCounts) -> dict[str, int]:
    counted = {kind: select(func.count()).where(table.c.author == query.author) for kind, table in _TABLES.items()}
    return {kind: connection.execute(count).scalar_one() for kind, count in counted.items()}


def _end_of(month: str) -> str:
    """The first moment after a month such as "2026-12"."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year:04}-{number + 1:02}-01T00:00:00.000000Z" if year < 10_000 else _LAST_MOMENT


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={
        NewestComments: newest_comments,
        ListedMonths: listed_months,
        ListedPosts: listed_posts,
        WritingsOf: writings_of,
        WrittenBy: written_by,
        WritingCounts: writing_counts,
    },
)
