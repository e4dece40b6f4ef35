"""The standing of accounts: warnings, strikes, pauses of reporting and staff's notes, from their own streams."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Table

from domain.moderation.standing import (
    AccountNoted,
    ReportingPaused,
    ReportingResumed,
    StrikeAdded,
    StrikeVoided,
    WarningIssued,
    WarningVoided,
)
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Fold, Owned, ReadModel
from readmodel.engine.schema import Moment, key, metadata

warnings = Table(
    "warnings",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("decision", key(36), primary_key=True),
    Column("issued_at", Moment(), nullable=False),
    Column("voided", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
strikes = Table(
    "strikes",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("decision", key(36), primary_key=True),
    Column("points", Integer, nullable=False),
    Column("expires", Moment(), nullable=False),
    Column("added_at", Moment(), nullable=False),
    Column("voided", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
reporting_pauses = Table(
    "reporting_pauses",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("paused_until", Moment(), nullable=False),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Whose reporting was paused, and not resumed; it may have ended by itself. version: that brought the reason."""
account_notes = Table(
    "account_notes",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("noted_by", key(40), nullable=False),
    Column("noted_at", Moment(), nullable=False),
    sqlite_with_rowid=False,
)


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    if isinstance(event, WarningIssued):
        yield warnings, (event.account, event.decision)
    elif isinstance(event, StrikeAdded):
        yield strikes, (event.account, event.decision)
    elif isinstance(event, ReportingPaused):
        yield reporting_pauses, (event.account,)


def _put(changes: Changes, table: Table, key: tuple[str, ...], **values: Any) -> None:
    """Inserts the row, or sets its columns where an earlier event made it."""
    if changes.row(table, key) is None:
        names = (column.name for column in table.primary_key)
        changes.insert(table, **dict(zip(names, key, strict=True)), **values)
    else:
        changes.update(table, key, **values)


def _warned(changes: Changes, fact: Any) -> None:
    event: WarningIssued = fact.event
    _put(changes, warnings, (event.account, event.decision), issued_at=fact.at, voided=False)


def _struck(changes: Changes, fact: Any) -> None:
    event: StrikeAdded = fact.event
    _put(
        changes, strikes, (event.account, event.decision), points=event.points, expires=event.expires,
        added_at=fact.at, voided=False,
    )  # fmt: skip


def _voided(table: Table) -> Fold:
    return lambda changes, fact: changes.update(table, (fact.event.account, fact.event.decision), voided=True)


def _paused(changes: Changes, fact: Any) -> None:
    _put(changes, reporting_pauses, (fact.event.account,), paused_until=fact.event.until, version=fact.version)


def _resumed(changes: Changes, fact: Any) -> None:
    changes.delete(reporting_pauses, (fact.event.account,))


def _noted(changes: Changes, fact: Any) -> None:
    changes.insert(
        account_notes, account=fact.event.account, version=fact.version, noted_by=fact.actor, noted_at=fact.at
    )  # fmt: skip


TABLES = (warnings, strikes, reporting_pauses, account_notes)


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, id = stream.partition("-")
    if kind == "account":
        for table in TABLES:
            yield table, table.c.account == id


MODEL = ReadModel(
    tables=TABLES,
    folds={
        WarningIssued: _warned,
        WarningVoided: _voided(warnings),
        StrikeAdded: _struck,
        StrikeVoided: _voided(strikes),
        ReportingPaused: _paused,
        ReportingResumed: _resumed,
        AccountNoted: _noted,
    },
    answers={},
    reads=_reads,
    owned=_owned,
)
