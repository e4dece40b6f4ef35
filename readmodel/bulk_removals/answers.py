"""Queries about bulk removals: how far a batch is, its parts, and what is still to be carried out."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from sqlalchemy import Connection, bindparam, false, func, select

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import descending, fetch_page, is_moment, is_subject
from readmodel.engine.queries import Query
from readmodel.engine.views import Key, Page, View

from .batches import bulk_removal_parts, bulk_removals

State = Literal["being carried out", "carried out", "being taken back", "taken back"]


class BatchById(Query, frozen=True, kw_only=True):
    """BatchView; None where there is none."""

    batch: str


class BatchesAbout(Query, frozen=True, kw_only=True):
    """list[BatchView], newest first."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    limit: int = 20


class PartsOfBatch(Query, frozen=True, kw_only=True):
    """Page[PartView], the newest removal first."""

    batch: str
    after: Key | None = None
    limit: int = 30


class BatchView(View, frozen=True, kw_only=True):
    """removed and restored count texts so far. removal_remaining, restoration_remaining: None until that has ended."""

    people: ClassVar[tuple[str, ...]] = ("account", "ordered_by", "taken_back_by")
    id: str
    account: str
    ordered_by: str
    ordered_at: str
    since: str
    until: str
    reason: str | None
    suspends: bool
    suspended_until: str | None
    previewed: int
    removed: int
    removal_remaining: int | None
    taken_back_by: str | None
    taken_back_at: str | None
    taken_back_reason: str | None
    restored: int
    restoration_remaining: int | None

    @property
    def state(self) -> State:
        if self.taken_back_at is not None:
            return "being taken back" if self.restoration_remaining is None else "taken back"
        return "being carried out" if self.removal_remaining is None else "carried out"


class PartView(View, frozen=True, kw_only=True):
    """kind: post or comment. restored: it is back by this batch."""

    id: str
    kind: str
    removed_at: str
    restored: bool


_PARTS = bulk_removal_parts.c
_COUNTS = (
    select(_PARTS.batch, _PARTS.restored, func.count().label("number"))
    .where(_PARTS.batch.in_(bindparam("batches", expanding=True)))
    .group_by(_PARTS.batch, _PARTS.restored)
)
_BY_ID = select(bulk_removals).where(bulk_removals.c.id == bindparam("batch"))
_ABOUT = (
    select(bulk_removals)
    .where(bulk_removals.c.account == bindparam("account"))
    .order_by(bulk_removals.c.ordered_at.desc(), bulk_removals.c.id.desc())
)
_OPEN = (
    select(bulk_removals.c.id)
    .where(bulk_removals.c.open == bindparam("open"))
    .order_by(bulk_removals.c.ordered_at, bulk_removals.c.id)
)
_LIST = descending(
    select(bulk_removal_parts).where(_PARTS.batch == bindparam("batch")),
    _PARTS.removed_at,
    _PARTS.id,
    ("removed_at", "id"),
    (is_moment, is_subject),
)
_LEFT = (
    select(bulk_removal_parts)
    .where(_PARTS.batch == bindparam("batch"), _PARTS.restored == false(), _PARTS.id > bindparam("last"))
    .order_by(_PARTS.id)
)


def batch_by_id(connection: Connection, query: BatchById) -> BatchView | None:
    return next(iter(_views(connection, connection.execute(_BY_ID, {"batch": query.batch}).all())), None)


def batches_about(connection: Connection, query: BatchesAbout) -> list[BatchView]:
    return _views(connection, connection.execute(_ABOUT.limit(query.limit), {"account": query.account}).all())


def parts_of_batch(connection: Connection, query: PartsOfBatch) -> Page[PartView]:
    rows, next = fetch_page(connection, _LIST, query.after, query.limit, {"batch": query.batch})
    items = [PartView(id=row.id, kind=row.kind, removed_at=row.removed_at, restored=row.restored) for row in rows]
    return Page(items=items, next=next)


def open_batches(connection: Connection) -> list[str]:
    """The ids of batches of which something is to be carried out, the oldest first."""
    return list(connection.execute(_OPEN, {"open": True}).scalars())


def parts_left(connection: Connection, batch: str, last: str, limit: int) -> list[tuple[str, str]]:
    """Kind and id of texts that a batch removed and hasn't restored, from the one behind `last` on."""
    return [(row.kind, row.id) for row in connection.execute(_LEFT.limit(limit), {"batch": batch, "last": last})]


def counts(connection: Connection, batches: Iterable[str]) -> dict[tuple[str, bool], int]:
    """How many texts of each batch it removed and hasn't restored (False), and how many it restored (True)."""
    rows = connection.execute(_COUNTS, {"batches": list(batches)})
    return {(row.batch, bool(row.restored)): row.number for row in rows}


def _views(connection: Connection, rows: Iterable[Any]) -> list[BatchView]:
    found = [row._asdict() for row in rows]
    number = counts(connection, [row["id"] for row in found]) if found else {}
    views = []
    for row in found:
        id, restored = row["id"], number.get((row["id"], True), 0)
        values = {name: row[name] for name in BatchView.__struct_fields__ if name in row}
        views.append(BatchView(**values, removed=number.get((id, False), 0) + restored, restored=restored))
    return views


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={BatchById: batch_by_id, BatchesAbout: batches_about, PartsOfBatch: parts_of_batch},
)
