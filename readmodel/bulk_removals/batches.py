"""Bulk removals: a row for each batch, and one for each text that it removed, with what became of it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table

from domain.comment import CommentRemoved, CommentRestored
from domain.moderation.bulk import (
    BatchReasonsErased,
    BulkRemovalFinished,
    BulkRemovalOrdered,
    BulkRemovalReversed,
    BulkRemovalTakenBack,
)
from domain.post import PostRemoved, PostRestored
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel, Row
from readmodel.engine.schema import Moment, key, line, metadata

bulk_removals = Table(
    "bulk_removals",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("account", key(36), nullable=False),
    Column("ordered_by", key(40), nullable=False),
    Column("ordered_at", Moment(), nullable=False),
    Column("since", Moment(), nullable=False),
    Column("until", Moment(), nullable=False),
    Column("reason", line(500)),
    Column("suspends", Boolean, nullable=False),
    Column("suspended_until", Moment()),
    Column("previewed", Integer, nullable=False),
    Column("removal_remaining", Integer),
    Column("taken_back_by", key(40)),
    Column("taken_back_at", Moment()),
    Column("taken_back_reason", line(500)),
    Column("taken_back_version", Integer, nullable=False),
    Column("restoration_remaining", Integer),
    Column("open", Boolean, nullable=False),
    Index("bulk_removals_open", "open", "ordered_at", "id"),
    Index("bulk_removals_of_account", "account", "ordered_at", "id"),
)
"""open: something of it is still to be carried out. removal_remaining, restoration_remaining: texts that weren't
removed or restored; NULL until each has ended."""
bulk_removal_parts = Table(
    "bulk_removal_parts",
    metadata,
    Column("batch", key(36), primary_key=True),
    Column("id", key(36), primary_key=True),
    Column("kind", key(8), nullable=False),
    Column("removed_at", Moment(), nullable=False),
    Column("restored", Boolean, nullable=False),
    Index("bulk_removal_parts_of_text", "id"),
    Index("bulk_removal_parts_newest", "batch", "removed_at", "id"),
    Index("bulk_removal_parts_left", "batch", "restored", "id"),
)
"""kind: post or comment, whose id it is."""


def _ordered(changes: Changes, fact: Any) -> None:
    event: BulkRemovalOrdered = fact.event
    changes.insert(
        bulk_removals, id=event.batch, account=event.account, ordered_by=fact.actor, ordered_at=fact.at,
        since=event.since, until=event.until, reason=fact.reason, suspends=event.suspends,
        suspended_until=event.suspended_until or None, previewed=event.previewed, removal_remaining=None,
        taken_back_by=None, taken_back_at=None, taken_back_reason=None, taken_back_version=0,
        restoration_remaining=None, open=True,
    )  # fmt: skip


def _finished(changes: Changes, fact: Any) -> None:
    """One that was taken back meanwhile is still to be restored."""
    row = changes.existing(bulk_removals, (fact.event.batch,))
    still_open = row["taken_back_at"] is not None and row["restoration_remaining"] is None
    changes.update(bulk_removals, (fact.event.batch,), removal_remaining=fact.event.remaining, open=still_open)


def _taken_back(changes: Changes, fact: Any) -> None:
    values = {"taken_back_by": fact.actor, "taken_back_at": fact.at, "taken_back_version": fact.version}
    changes.update(bulk_removals, (fact.event.batch,), **values, taken_back_reason=fact.reason, open=True)


def _reversed(changes: Changes, fact: Any) -> None:
    changes.update(bulk_removals, (fact.event.batch,), restoration_remaining=fact.event.remaining, open=False)


def _reasons_erased(changes: Changes, fact: Any) -> None:
    row, erased = changes.existing(bulk_removals, (fact.event.batch,)), fact.event.erased
    gone = {"reason": None} if 1 in erased else {}
    gone |= {"taken_back_reason": None} if row["taken_back_version"] in erased else {}
    changes.update(bulk_removals, (fact.event.batch,), **gone)


def _reads(fact: Fact) -> Iterable[Row]:
    if isinstance(fact.event, BulkRemovalFinished | BatchReasonsErased):
        yield bulk_removals, (fact.event.batch,)


def _part_removed(changes: Changes, fact: Any) -> None:
    if fact.event.batch:
        kind, _, id = fact.stream.partition("-")
        changes.insert(bulk_removal_parts, batch=fact.event.batch, id=id, kind=kind, removed_at=fact.at, restored=False)


def _part_restored(changes: Changes, fact: Any) -> None:
    if fact.event.batch:
        changes.update(bulk_removal_parts, (fact.event.batch, fact.stream.partition("-")[2]), restored=True)


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, id = stream.partition("-")
    if kind == "batch":
        yield bulk_removals, bulk_removals.c.id == id
    elif kind in ("post", "comment"):
        yield bulk_removal_parts, bulk_removal_parts.c.id == id


MODEL = ReadModel(
    tables=(bulk_removals, bulk_removal_parts),
    folds={
        BulkRemovalOrdered: _ordered,
        BulkRemovalFinished: _finished,
        BulkRemovalTakenBack: _taken_back,
        BulkRemovalReversed: _reversed,
        BatchReasonsErased: _reasons_erased,
        PostRemoved: _part_removed,
        CommentRemoved: _part_removed,
        PostRestored: _part_restored,
        CommentRestored: _part_restored,
    },
    answers={},
    reads=_reads,
    owned=_owned,
)
