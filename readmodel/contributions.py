"""Columns and folds that posts and comments have in common: who edited or removed one, when and why."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Table

from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact
from readmodel.engine.schema import Moment, key, line


def columns() -> tuple[Column[Any], ...]:
    """The columns that both tables have in common; they come last."""
    return (
        Column("version", Integer, nullable=False),
        Column("text_version", Integer, nullable=False),
        Column("created_at", Moment(), nullable=False),
        Column("edited_at", Moment()),
        Column("edited_by", key(40)),
        Column("edit_reason", line(500)),
        Column("removed", Boolean, nullable=False),
        Column("removed_by", key(40)),
        Column("removed_reason", line(500)),
    )


def created(fact: Fact) -> dict[str, Any]:
    """Their values in a new row."""
    return {
        "version": fact.version,
        "text_version": fact.version,
        "created_at": fact.at,
        "edited_at": None,
        "edited_by": None,
        "edit_reason": None,
        "removed": False,
        "removed_by": None,
        "removed_reason": None,
    }


def edited(fact: Fact) -> dict[str, Any]:
    """The values that an edit sets of them."""
    return {
        "version": fact.version,
        "text_version": fact.version,
        "edited_at": fact.at,
        "edited_by": fact.actor,
        "edit_reason": fact.reason,
    }


def remove(changes: Changes, table: Table, id: str, fact: Fact) -> int:
    """Marks a row as removed. Returns what that adds to counters: -1, or 0 where it was removed before."""
    return _set(changes, table, id, fact, removed=True, removed_by=fact.actor, removed_reason=fact.reason)


def restore(changes: Changes, table: Table, id: str, fact: Fact) -> int:
    """The opposite: 1, or 0."""
    return _set(changes, table, id, fact, removed=False, removed_by=None, removed_reason=None)


def reasons_erased(row: Mapping[str, Any], erased: Collection[int]) -> dict[str, Any]:
    """The values that an erasure of these versions sets of them. It takes every text that there is, so the reason of
    the removal too."""
    return {"removed_reason": None} | ({"edit_reason": None} if row["text_version"] in erased else {})


def _set(changes: Changes, table: Table, id: str, fact: Fact, *, removed: bool, **by: str | None) -> int:
    before = changes.existing(table, (id,))["removed"]
    changes.update(table, (id,), version=fact.version, removed=removed, **by)
    return int(before) - int(removed)
