"""Who is told what of decisions and appeals: a row for each person and thing, by which it is in their notifications.

It holds no words, and nobody's name but the recipient's own. Authors aren't told of what came to nothing: nobody
learns that they were reported.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Index, Table

from domain.ids import LENGTH
from domain.moderation.appeal import AppealOverturned, AppealReplied, AppealUpheld
from domain.moderation.decision import CaseDecided, DecisionReversed, DecisionTakenBack, came_to_nothing
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.schema import Moment, key, metadata

from .case_tables import case_reports, decisions
from .cases import answered
from .words import STREAM_CHARS

DECIDED, OUTCOME, LIFTED, REPLIED, RESOLVED = "decided", "outcome", "lifted", "replied", "resolved"
KINDS = (DECIDED, OUTCOME, LIFTED, REPLIED, RESOLVED)
KINDS_OF_APPEAL = (REPLIED, RESOLVED)

moderation_notices = Table(
    "moderation_notices",
    metadata,
    Column("recipient", key(40), primary_key=True),
    Column("id", key(64), primary_key=True),
    Column("what", key(10), nullable=False),
    Column("subject", key(36), nullable=False),
    Column("stream", key(STREAM_CHARS), nullable=False),
    Column("at", Moment(), nullable=False),
    Index("moderation_notices_newest", "recipient", "at", "id"),
    Index("moderation_notices_of_stream", "stream"),
    sqlite_with_rowid=False,
)
"""what: one of KINDS. subject: the decision, or the appeal. stream: that of the event which it comes from."""


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    match event:
        case CaseDecided():
            for report in event.reports:
                yield case_reports, (event.target, report)
        case DecisionTakenBack() | DecisionReversed():
            yield decisions, (event.decision,)


def _decided(changes: Changes, fact: Any) -> None:
    event: CaseDecided = fact.event
    if not came_to_nothing(event.acts):
        _tell(changes, fact, event.author, DECIDED, event.decision)
    reporters = {changes.existing(case_reports, (event.target, report))["reporter"] for report in event.reports}
    for reporter in sorted(reporters):
        _tell(changes, fact, reporter, OUTCOME, event.decision)


def _lifted(changes: Changes, fact: Any) -> None:
    """Once, though a decision is both taken back and reversed: the row of decisions is still as it was."""
    event: DecisionTakenBack | DecisionReversed = fact.event
    row = changes.existing(decisions, (event.decision,))
    if row["taken_back_version"] is not None or row["reversed"]:
        return
    if row["told"]:
        _tell(changes, fact, row["author"], LIFTED, event.decision)
    for reporter in sorted({reporter for _, reporter in answered(row)}):
        _tell(changes, fact, reporter, LIFTED, event.decision)


def _of_appeal(changes: Changes, fact: Any) -> None:
    event: AppealReplied | AppealUpheld | AppealOverturned = fact.event
    if isinstance(event, AppealReplied) and not event.by_staff:
        return
    # appeal-<decision>-<account>
    _tell(changes, fact, fact.stream[-LENGTH:], REPLIED if isinstance(event, AppealReplied) else RESOLVED, event.appeal)


def _tell(changes: Changes, fact: Fact, recipient: str, what: str, subject: str) -> None:
    changes.insert(
        moderation_notices, recipient=recipient, id=f"{what}-{subject}-{fact.version}", what=what, subject=subject,
        stream=fact.stream, at=fact.at,
    )  # fmt: skip


def _owned(stream: str) -> Iterable[Owned]:
    if stream.startswith(("case-", "appeal-")):
        yield moderation_notices, moderation_notices.c.stream == stream


MODEL = ReadModel(
    tables=(moderation_notices,),
    folds={
        CaseDecided: _decided,
        DecisionTakenBack: _lifted,
        DecisionReversed: _lifted,
        AppealReplied: _of_appeal,
        AppealUpheld: _of_appeal,
        AppealOverturned: _of_appeal,
    },
    answers={},
    reads=_reads,
    owned=_owned,
)
