"""Queries for one post and for lists of posts: each list walks an index in its own order, a page at a time."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, select

from domain.errors import Invalid
from domain.ids import is_id
from prose.names import tag_key
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import (
    Keyset,
    checked_key,
    checked_limit,
    descending,
    fetch_page,
    is_count,
    is_moment,
    is_subject,
)
from readmodel.engine.queries import FindPosts, PostById
from readmodel.engine.rows import row_dicts
from readmodel.engine.views import Key, Page

from . import visibility
from .posts import COUNTS, PostView, posts
from .tags import post_tags

SORTS: Mapping[str, str] = {"new": "created_at", "top": "likes", "discussed": "comments"}
MAX_IN_MEMORY_SORT = 500
"""So many posts that pass a filter are sorted in memory; where more do, walking the sorted index finds them soon."""


class Shape(NamedTuple):
    """Sort column and filters of a list of posts, without their values: each shape is one SQL statement.

    minimums names the columns that must reach bound numbers.
    """

    major: str
    author: bool
    tag: bool
    minimums: tuple[str, ...]

    @property
    def filters(self) -> bool:
        return bool(self.author or self.tag or self.minimums)


def find_posts(connection: Connection, query: FindPosts) -> Page[PostView]:
    checked_limit(query.limit)
    shape, values = _shape_of(query)
    if not shape.filters:
        return _feed(connection, query, shape, values)
    rows, next = _page_sorted_in_memory(connection, query, shape, values) or fetch_page(
        connection, listing(shape), query.after, query.limit, values
    )
    return Page(items=_views(connection, rows), next=next)


def _feed(connection: Connection, query: FindPosts, shape: Shape, values: Mapping[str, Any]) -> Page[PostView]:
    """All posts, the pinned ones first. A page holds at least one of the others: the next begins after that one."""
    pinned = [] if query.removed else _pinned(connection)[: query.limit - 1]
    first = pinned if query.after is None else []
    bound = {**values, **dict(zip_longest(_PINNED_IDS, pinned, fillvalue=""))}
    rows, next = fetch_page(connection, listing(shape), query.after, query.limit - len(first), bound)
    return Page(items=_views(connection, [*_rows(connection, first), *rows]), next=next)


def _shape_of(query: FindPosts) -> tuple[Shape, dict[str, Any]]:
    if query.sort not in SORTS:
        raise Invalid({"sort": f"Sort must be one of: {', '.join(SORTS)}."})
    if query.has not in (None, *COUNTS):
        raise Invalid({"has": f"Has must be one of: {', '.join(COUNTS)}."})
    if not is_count(query.min_likes):
        raise Invalid({"min_likes": "The least number of likes must be a number from 0."})
    least = {name: int(query.has == name) for name in COUNTS}
    least["likes"] = max(least["likes"], query.min_likes)
    named = tuple(name for name in COUNTS if least[name])
    values: dict[str, Any] = {"removed": query.removed} | {f"least_{name}": least[name] for name in named}
    if query.author is not None:
        values["author"] = query.author
    if query.tag is not None:
        values["tag"] = tag_key(query.tag)
    return Shape(SORTS[query.sort], "author" in values, "tag" in values, named), values


def _source(shape: Shape) -> tuple[Table, ColumnElement[str], list[ColumnElement[bool]]]:
    """The table whose index gives the list, its column of post ids, and the conditions.

    Filtered columns come as column + 0, which no planner takes for a reason to use their index and sort.
    """
    table, id = (post_tags, post_tags.c.post) if shape.tag else (posts, posts.c.id)
    conditions = [table.c.removed == bindparam("removed")]
    if shape.tag:
        conditions.append(post_tags.c.tag == bindparam("tag"))
    if shape.author:
        conditions.append(posts.c.author == bindparam("author"))
    if not shape.filters:
        conditions.append(id.not_in([bindparam(name) for name in _PINNED_IDS]))
    conditions += [table.c[name] + 0 >= bindparam(f"least_{name}") for name in shape.minimums]
    return table, id, conditions


MAX_PINNED = 3
_PINNED_IDS = tuple(f"pinned_{n}" for n in range(MAX_PINNED))
_PINNED = (
    select(posts.c.id)
    .where(visibility.post_is_listed(), posts.c.pinned_at.is_not(None))
    .order_by(posts.c.pinned_at.desc(), posts.c.id.desc())
    .limit(MAX_PINNED)
)


def _pinned(connection: Connection) -> Sequence[str]:
    """The posts at the top of the feed. One that three others have pushed from it isn't among them."""
    return connection.execute(_PINNED).scalars().all()


def _at_least(table: Table, column: str) -> ColumnElement[bool]:
    """The filter as a range of the column's index."""
    return table.c[column] >= bindparam(f"least_{column}")


def _from(statement: Select[Any], shape: Shape) -> Select[Any]:
    return statement.select_from(post_tags.join(posts, posts.c.id == post_tags.c.post) if shape.tag else posts)


@cache
def listing(shape: Shape) -> Keyset:
    table, id, conditions = _source(shape)
    rows = _from(select(posts), shape).where(*conditions)
    checks = (is_moment if shape.major == "created_at" else is_count, is_subject)
    found = descending(rows, table.c[shape.major], id, (shape.major, "id"), checks)
    if shape.major not in shape.minimums:
        return found
    enough = _at_least(table, shape.major)
    return found._replace(first=found.first.where(enough), beyond=found.beyond.where(enough))


@cache
def _matching(shape: Shape, by: str) -> Select[Any]:
    """Selects the posts that pass the filters by the index of one filtered column."""
    table, id, conditions = _source(shape)
    wanted = _from(select(table.c[shape.major].label("major"), id.label("id")), shape)
    return wanted.where(*conditions, _at_least(table, by)).order_by(table.c[by].desc(), id.desc())


def _page_sorted_in_memory(
    connection: Connection, query: FindPosts, shape: Shape, values: Mapping[str, Any]
) -> tuple[Sequence[Row[Any]], Key | None] | None:
    """The page sorted in memory, where few posts pass a filter that the sorted index doesn't cover; else None."""
    others = [name for name in shape.minimums if name != shape.major]
    if not others:
        return None
    after = checked_key(query.after, listing(shape).checks) if query.after is not None else None
    found = connection.execute(_matching(shape, others[0]).limit(MAX_IN_MEMORY_SORT + 1), values).all()
    if len(found) > MAX_IN_MEMORY_SORT:
        return None
    keys = [key for key in sorted(map(tuple, found), reverse=True) if after is None or key < after]
    page = keys[: query.limit]
    return _rows(connection, [id for _, id in page]), page[-1] if len(keys) > len(page) else None


def post_by_id(connection: Connection, query: PostById) -> PostView | None:
    if not is_id(query.post):
        return None
    return next(iter(posts_by_ids(connection, [query.post])), None)


def posts_by_ids(connection: Connection, ids: Sequence[str]) -> list[PostView]:
    """The posts of these ids, those that are there, in this order."""
    return _views(connection, _rows(connection, ids))


def _rows(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    rows = {row.id: row for row in connection.execute(_BY_ID, {"ids": ids})} if ids else {}
    return [rows[id] for id in ids if id in rows]


_BY_ID = select(posts).where(posts.c.id.in_(bindparam("ids", expanding=True)))


def _views(connection: Connection, rows: Sequence[Row[Any]]) -> list[PostView]:
    pinned = _pinned(connection) if any(row.pinned_at for row in rows) else ()
    return [_view(values, pinned=values["id"] in pinned) for values in row_dicts(rows)]


def _view(values: dict[str, Any], pinned: bool) -> PostView:
    """The view of a row whose values these are; they become the view's."""
    del values["pinned_at"]
    values["tags"] = tuple(values["tags"].split())
    return PostView(**values, pinned=pinned)


MODEL = ReadModel(tables=(), folds={}, answers={FindPosts: find_posts, PostById: post_by_id})
