"""Appeals: a row for each, and one for each reply. Their words are in words.py, by the versions kept here."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table

from domain.moderation.appeal import EVENTS, AppealLodged, AppealOverturned, AppealReplied, AppealUpheld
from readmodel.engine.changes import Changes
from readmodel.engine.model import Owned, ReadModel
from readmodel.engine.schema import Moment, key, metadata

from .quarters import quarter_of
from .words import STREAM_CHARS

UPHELD, OVERTURNED = "upheld", "overturned"

appeals = Table(
    "appeals",
    metadata,
    Column("stream", key(STREAM_CHARS), primary_key=True),
    Column("id", key(36), nullable=False),
    Column("decision", key(36), nullable=False),
    Column("target", key(48), nullable=False),
    Column("account", key(40), nullable=False),
    Column("party", key(8), nullable=False),
    Column("lodged_version", Integer, nullable=False),
    Column("lodged_at", Moment(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("resolved", Boolean, nullable=False),
    Column("outcome", key(10)),
    Column("resolved_version", Integer),
    Column("resolved_by", key(40)),
    Column("resolved_at", Moment()),
    Column("quarter", key(7), nullable=False),
    Index("appeals_of_quarter", "quarter", "outcome"),
    Index("appeals_oldest", "resolved", "lodged_at", "id", "target"),
    Index("appeals_of_decision", "decision", "outcome"),
    Index("appeals_of_target", "target", "resolved"),
    Index("appeals_by_id", "id"),
)

appeal_replies = Table(
    "appeal_replies",
    metadata,
    Column("stream", key(STREAM_CHARS), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("by_staff", Boolean, nullable=False),
    Column("replied_at", Moment(), nullable=False),
    sqlite_with_rowid=False,
)


def _lodged(changes: Changes, fact: Any) -> None:
    event: AppealLodged = fact.event
    changes.insert(
        appeals, id=event.appeal, stream=fact.stream, decision=event.decision, target=event.target,
        account=event.account, party=event.party, lodged_version=fact.version, lodged_at=event.lodged_at,
        version=fact.version, resolved=False, outcome=None, resolved_version=None, resolved_by=None, resolved_at=None,
        quarter=quarter_of(event.lodged_at),
    )  # fmt: skip


def _replied(changes: Changes, fact: Any) -> None:
    event: AppealReplied = fact.event
    changes.insert(
        appeal_replies, stream=fact.stream, version=fact.version, by_staff=event.by_staff, replied_at=fact.at
    )  # fmt: skip
    _seen(changes, fact)


def _seen(changes: Changes, fact: Any) -> None:
    changes.update(appeals, (fact.stream,), version=fact.version)


def _resolved(changes: Changes, fact: Any) -> None:
    event: AppealUpheld | AppealOverturned = fact.event
    changes.update(
        appeals, (fact.stream,), version=fact.version, resolved=True,
        outcome=OVERTURNED if isinstance(event, AppealOverturned) else UPHELD, resolved_version=fact.version,
        resolved_by=fact.actor, resolved_at=fact.at,
    )  # fmt: skip


def _owned(stream: str) -> Iterable[Owned]:
    if stream.startswith("appeal-"):
        yield appeals, appeals.c.stream == stream
        yield appeal_replies, appeal_replies.c.stream == stream


MODEL = ReadModel(
    tables=(appeals, appeal_replies),
    folds={
        **dict.fromkeys(EVENTS, _seen),
        AppealLodged: _lodged,
        AppealReplied: _replied,
        AppealUpheld: _resolved,
        AppealOverturned: _resolved,
    },
    answers={},
    owned=_owned,
)
