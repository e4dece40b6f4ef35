"""What one account wrote in a period and stands: what a bulk removal would remove, for its preview and its carrying
out. Posts come first, then comments, each the newest first."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, func, literal, select

from readmodel.comments import comments
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import Keyset, descending, fetch_page, fetch_rows, is_moment, is_subject
from readmodel.engine.queries import Query
from readmodel.engine.views import Key, Page
from readmodel.posts import posts

Kind = Literal["post", "comment"]
TABLES: dict[Kind, Table] = {"post": posts, "comment": comments}
EXCERPT_CHARS = 200


class Written(Query, frozen=True, kw_only=True):
    """WrittenCounts. Between two moments, both included."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    since: str
    until: str


class WrittenTexts(Query, frozen=True, kw_only=True):
    """Page[WrittenText] of one kind, of what stands, newest first."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    since: str
    until: str
    kind: Kind
    after: Key | None = None
    limit: int = 30


class WrittenCounts(msgspec.Struct, frozen=True, kw_only=True):
    """posts and comments stand; gone: how many are removed already."""

    posts: int
    comments: int
    gone: int

    @property
    def all(self) -> int:
        return self.posts + self.comments


class WrittenText(msgspec.Struct, frozen=True, kw_only=True):
    """title: "" of a comment. text: how its body begins."""

    id: str
    title: str
    text: str
    created_at: str


def _in_period(table: Table) -> tuple[Any, ...]:
    moment = table.c.created_at
    return (
        table.c.author == bindparam("account"),
        table.c.removed == bindparam("removed"),
        moment >= bindparam("since", type_=moment.type),
        moment <= bindparam("until", type_=moment.type),
    )


def _listing(table: Table) -> Keyset:
    title = table.c.title if "title" in table.c else literal("").label("title")
    text = func.substr(table.c.body, 1, EXCERPT_CHARS).label("text")
    rows: Select[Any] = select(table.c.id, title, text, table.c.created_at).where(*_in_period(table))
    return descending(rows, table.c.created_at, table.c.id, ("created_at", "id"), (is_moment, is_subject))


_COUNTS = {kind: select(func.count()).select_from(table).where(*_in_period(table)) for kind, table in TABLES.items()}
_LISTINGS = {kind: _listing(table) for kind, table in TABLES.items()}
_IDS = {
    kind: descending(
        select(table.c.id, table.c.created_at).where(*_in_period(table)),
        table.c.created_at, table.c.id, ("created_at", "id"), (is_moment, is_subject),
    )
    for kind, table in TABLES.items()
}  # fmt: skip


def written(connection: Connection, query: Written) -> WrittenCounts:
    bound = {"account": query.account, "since": query.since, "until": query.until}

    def count(kind: Kind, *, removed: bool) -> int:
        return int(connection.execute(_COUNTS[kind], {**bound, "removed": removed}).scalar_one())

    gone = count("post", removed=True) + count("comment", removed=True)
    return WrittenCounts(posts=count("post", removed=False), comments=count("comment", removed=False), gone=gone)


def written_texts(connection: Connection, query: WrittenTexts) -> Page[WrittenText]:
    bound = {"account": query.account, "since": query.since, "until": query.until, "removed": False}
    rows, next = fetch_page(connection, _LISTINGS[query.kind], query.after, query.limit, bound)
    return Page(items=[WrittenText(**row._mapping) for row in rows], next=next)


def standing_ids(
    connection: Connection, kind: Kind, account: str, period: tuple[str, str], after: Key | None, limit: int
) -> tuple[Sequence[str], Key | None]:
    """Ids of the texts of one kind that stand, and where the next page begins. account: its id."""
    bound = {"account": account, "since": period[0], "until": period[1], "removed": False}
    rows, next = fetch_rows(connection, _IDS[kind], after, limit, bound)
    return [row.id for row in rows], next


MODEL = ReadModel(tables=(), folds={}, answers={Written: written, WrittenTexts: written_texts})
