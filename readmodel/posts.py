"""Posts: one row each with today's words and counts, and every list of them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    select,
    update,
)

from domain import post
from domain.errors import Invalid
from domain.ids import is_id
from domain.post import (
    PostEdited,
    PostErased,
    PostLocked,
    PostPublished,
    PostRemoved,
    PostRestored,
    PostUnlocked,
)
from domain.text import handle_key

from . import model, tags
from .accounts import author_counts
from .changes import Changes, portions
from .likes import liked
from .model import Fact, ReadModel
from .paging import Keyset, checked_key, checked_limit, descending, is_count, is_moment, is_subject, turn
from .queries import FindPosts, PostById
from .schema import Moment, block, key, line, metadata
from .tags import post_tags, tags_in
from .views import Key, Page, PostView

posts = Table(
    "posts",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("author", key(40), nullable=False),
    Column("title", line(300), nullable=False),
    Column("body", block(), nullable=False),
    Column("url", line(2000), nullable=False),
    Column("tags", line(tags.MOST * (tags.LENGTH + 1)), nullable=False),
    Column("likes", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("edited_at", Moment()),
    Column("edited_by", key(40)),
    Column("edit_reason", line(500)),
    Column("removed", Boolean, nullable=False),
    Column("removed_by", key(40)),
    Column("removed_reason", line(500)),
    Index("posts_new", "removed", "created_at", "id"),
    Index("posts_top", "removed", "likes", "id"),
    Index("posts_discussed", "removed", "comments", "id"),
    Index("posts_of_author_new", "author", "removed", "created_at", "id"),
    Index("posts_of_author_top", "author", "removed", "likes", "id"),
    Index("posts_of_author_discussed", "author", "removed", "comments", "id"),
)
"""tags: in the order of the text, with blanks between."""

SORTS: Mapping[str, str] = {"new": "created_at", "top": "likes", "discussed": "comments"}
RARE = 500
"""So many posts that pass a filter are sorted in memory; where more do, walking the sorted index finds them soon."""


def _reads(fact: Fact) -> Iterable[model.Row]:
    if isinstance(fact.event, PostEdited | PostRemoved | PostRestored | PostErased):
        yield posts, (fact.event.post,)


def _published(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostPublished)
    found = tags_in(event.title, event.body)
    changes.insert(
        posts,
        id=event.post,
        author=event.author,
        title=event.title,
        body=event.body,
        url=event.url,
        tags=" ".join(found),
        likes=0,
        comments=0,
        locked=False,
        version=fact.version,
        text_version=fact.version,
        created_at=fact.at,
        edited_at=None,
        edited_by=None,
        edit_reason=None,
        removed=False,
        removed_by=None,
        removed_reason=None,
    )
    tags.retag(changes, event.post, fact.at, (), found)
    changes.tally(author_counts, (event.author,), posts=1)


def _edited(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostEdited)
    row = changes.there(posts, (event.post,))
    found = tags_in(event.title, event.body)
    tags.retag(changes, event.post, row["created_at"], row["tags"].split(), found)
    changes.update(
        posts,
        (event.post,),
        title=event.title,
        body=event.body,
        url=event.url,
        tags=" ".join(found),
        version=fact.version,
        text_version=fact.version,
        edited_at=fact.at,
        edited_by=fact.actor,
        edit_reason=fact.reason,
    )


def _removed(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostRemoved)
    _stand(changes, fact, fact.event.post, removed=True, removed_by=fact.actor, removed_reason=fact.reason)


def _restored(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostRestored)
    _stand(changes, fact, fact.event.post, removed=False, removed_by=None, removed_reason=None)


def _stand(changes: Changes, fact: Fact, id: str, *, removed: bool, **by: str | None) -> None:
    """The post is removed or restored, and counts for its author and its tags where that is a change."""
    row = changes.there(posts, (id,))
    by_one = int(row["removed"]) - int(removed)
    changes.tally(author_counts, (row["author"],), posts=by_one)
    tags.count(changes, row["tags"].split(), by_one)
    changes.update(posts, (id,), version=fact.version, removed=removed, **by)


def _locked(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostLocked)
    changes.update(posts, (fact.event.post,), version=fact.version, locked=True)


def _unlocked(changes: Changes, fact: Fact) -> None:
    assert isinstance(fact.event, PostUnlocked)
    changes.update(posts, (fact.event.post,), version=fact.version, locked=False)


def _erased(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, PostErased)
    row = changes.there(posts, (event.post,))
    changes.update(posts, (event.post,), version=fact.version)
    if row["text_version"] not in event.erased:
        return
    gone = row["tags"].split()
    tags.untag(changes, event.post, gone)
    tags.count(changes, () if row["removed"] else gone, -1)
    changes.update(posts, (event.post,), title="", body="", url="", tags="")


_TAGGED = select(post_tags.c.post).where(post_tags.c.post.in_(bindparam("touched", expanding=True))).distinct()
_FOLLOW = (
    update(post_tags)
    .where(post_tags.c.post.in_(bindparam("touched", expanding=True)))
    .values(
        {
            name: select(posts.c[name]).where(posts.c.id == post_tags.c.post).scalar_subquery()
            for name in ("likes", "comments", "removed")
        }
    )
)


def _follow(connection: Connection, changes: Changes) -> None:
    """Brings tag rows in line with their posts, once the counts of this batch are in."""
    for some in portions([id for (id,) in changes.touched(posts)]):
        if tagged := list(connection.execute(_TAGGED, {"touched": some}).scalars()):
            connection.execute(_FOLLOW, {"touched": tagged})


class _Shape(NamedTuple):
    """What a list of posts is by, apart from the values: each shape is one statement.

    least names the columns that must reach bound numbers.
    """

    major: str
    author: bool
    tag: bool
    least: tuple[str, ...]


def find_posts(connection: Connection, query: FindPosts) -> Page[PostView]:
    checked_limit(query.limit)
    shape, values = _asked(query)
    rows, next = _few(connection, query, shape, values) or turn(
        connection, _listing(shape), query.after, query.limit, values
    )
    return Page(items=_views(connection, query.viewer, rows), next=next)


def _asked(query: FindPosts) -> tuple[_Shape, dict[str, Any]]:
    if query.sort not in SORTS:
        raise Invalid({"sort": f"Sort must be one of: {', '.join(SORTS)}."})
    if query.has not in (None, *_HAS):
        raise Invalid({"has": f"Has must be one of: {', '.join(_HAS)}."})
    if not is_count(query.min_likes):
        raise Invalid({"min_likes": "The least number of likes must be a number from 0."})
    least = {name: int(query.has == name) for name in _HAS}
    least["likes"] = max(least["likes"], query.min_likes)
    named = tuple(name for name in _HAS if least[name])
    values: dict[str, Any] = {"removed": query.removed} | {f"least_{name}": least[name] for name in named}
    if query.author is not None:
        values["author"] = handle_key(query.author)
    if query.tag is not None:
        values["tag"] = tags.tag_key(query.tag)
    return _Shape(SORTS[query.sort], "author" in values, "tag" in values, named), values


def _source(shape: _Shape) -> tuple[Table, ColumnElement[str], list[ColumnElement[bool]]]:
    """The table whose index gives the list, its column of post ids, and the conditions."""
    table, id = (post_tags, post_tags.c.post) if shape.tag else (posts, posts.c.id)
    conditions = [table.c.removed == bindparam("removed")]
    if shape.tag:
        conditions.append(post_tags.c.tag == bindparam("tag"))
    if shape.author:
        conditions.append(posts.c.author == bindparam("author"))
    conditions += [table.c[name] >= bindparam(f"least_{name}") for name in shape.least]
    return table, id, conditions


def _from(statement: Select[Any], shape: _Shape) -> Select[Any]:
    return statement.select_from(post_tags.join(posts, posts.c.id == post_tags.c.post) if shape.tag else posts)


@cache
def _listing(shape: _Shape) -> Keyset:
    table, id, conditions = _source(shape)
    rows = _from(select(posts), shape).where(*conditions)
    checks = (is_moment if shape.major == "created_at" else is_count, is_subject)
    return descending(rows, table.c[shape.major], id, (shape.major, "id"), checks)


@cache
def _passing(shape: _Shape, by: str) -> Select[Any]:
    """Which posts pass the filters, found by the index of one filtered column."""
    table, id, conditions = _source(shape)
    wanted = _from(select(table.c[shape.major].label("major"), id.label("id")), shape)
    return wanted.where(*conditions).order_by(table.c[by].desc(), id.desc()).limit(RARE + 1)


def _few(
    connection: Connection, query: FindPosts, shape: _Shape, values: Mapping[str, Any]
) -> tuple[Sequence[Row[Any]], Key | None] | None:
    """The page where few posts pass a filter that the sorted index knows nothing of; else None."""
    others = [name for name in shape.least if name != shape.major]
    if not others:
        return None
    after = checked_key(query.after, _listing(shape).checks) if query.after is not None else None
    found = connection.execute(_passing(shape, others[0]), values).all()
    if len(found) > RARE:
        return None
    keys = [key for key in sorted(map(tuple, found), reverse=True) if after is None or key < after]
    page = keys[: query.limit]
    rows = {row.id: row for row in connection.execute(_BY_ID, {"ids": [id for _, id in page]})}
    return [rows[id] for _, id in page if id in rows], page[-1] if len(keys) > len(page) else None


def post_by_id(connection: Connection, query: PostById) -> PostView | None:
    if not is_id(query.post):
        return None
    rows = connection.execute(_BY_ID, {"ids": [query.post]}).all()
    return next(iter(_views(connection, query.viewer, rows)), None)


_HAS = ("likes", "comments")
_BY_ID = select(posts).where(posts.c.id.in_(bindparam("ids", expanding=True)))


def _views(connection: Connection, viewer: str | None, rows: Sequence[Row[Any]]) -> list[PostView]:
    mine = liked(connection, viewer, [post.stream(row.id) for row in rows])
    return [_view(row, post.stream(row.id) in mine) for row in rows]


def _view(row: Row[Any], is_liked: bool) -> PostView:
    return PostView(**dict(row._mapping) | {"tags": tuple(row.tags.split()), "liked": is_liked})


MODEL = ReadModel(
    tables=(posts,),
    folds={
        PostPublished: _published,
        PostEdited: _edited,
        PostRemoved: _removed,
        PostRestored: _restored,
        PostLocked: _locked,
        PostUnlocked: _unlocked,
        PostErased: _erased,
    },
    answers={FindPosts: find_posts, PostById: post_by_id},
    reads=_reads,
    after=_follow,
)
