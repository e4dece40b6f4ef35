"""Decisions: a row for each, and what became of it. Their words are in words.py, by the versions kept here."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table

from domain.moderation.decision import CaseDecided, DecisionCarriedOut, DecisionReversed, DecisionTakenBack
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.schema import Moment, block, key, line, metadata

from .case_tables import case_reports, cases
from .cases import lift
from .quarters import quarter_of, seconds_between

decisions = Table(
    "decisions",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("target", key(48), nullable=False),
    Column("made_version", Integer, nullable=False),
    Column("author", key(40), nullable=False),
    Column("decided_by", key(40), nullable=False),
    Column("acts", line(100), nullable=False),
    Column("told", Boolean, nullable=False),
    Column("rule", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("until", Moment()),
    Column("points", Integer, nullable=False),
    Column("strike_expires", Moment()),
    Column("text_version", Integer, nullable=False),
    Column("reports", block(), nullable=False),
    Column("basis", key(10), nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("batch", key(36)),
    Column("decided_at", Moment(), nullable=False),
    Column("appeal_until", Moment(), nullable=False),
    Column("carried_out", Boolean, nullable=False),
    Column("done", line(100), nullable=False),
    Column("skipped", line(100), nullable=False),
    Column("taken_back_version", Integer),
    Column("reversed", Boolean, nullable=False),
    Column("appeal", key(36)),
    Column("quarter", key(7), nullable=False),
    Column("waited_s", Integer, nullable=False),
    Index("decisions_about", "author", "told", "decided_at", "id"),
    Index("decisions_of_target", "target", "decided_at", "id"),
    Index("decisions_of_batch", "batch", "decided_at", "id"),
    Index("decisions_of_quarter", "quarter", "acts", "basis", "automated", "taken_back_version", "reversed"),
    Index("decisions_by_wait", "quarter", "waited_s"),
    Index("decisions_told_in_quarter", "quarter", "told", "decided_at", "id"),
)
"""acts, done, skipped: with blanks between. told: whether it came to anything, so that its author is told. reports:
those that it answers, each with its reporter. appeal: by which it was overturned and reversed. quarter: in
which it was made. waited_s: seconds since its case was opened."""


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    if isinstance(event, CaseDecided):
        yield cases, (event.target,)
        for report in event.reports:
            yield case_reports, (event.target, report)
    else:
        yield decisions, (event.decision,)


def _decided(changes: Changes, fact: Any) -> None:
    event: CaseDecided = fact.event
    reporters = {report: changes.existing(case_reports, (event.target, report))["reporter"] for report in event.reports}
    opened_at = changes.existing(cases, (event.target,))["opened_at"]
    changes.insert(
        decisions, quarter=quarter_of(event.decided_at), waited_s=seconds_between(opened_at, event.decided_at),
        id=event.decision, target=event.target, made_version=fact.version, author=event.author,
        decided_by=fact.actor, acts=" ".join(event.acts), told=_came_to_something(event), rule=event.rule,
        rules_version=event.rules_version, until=event.until or None, points=event.points,
        strike_expires=event.strike_expires or None, text_version=event.text_version,
        reports=" ".join(f"{report}:{reporter}" for report, reporter in reporters.items()), basis=event.basis,
        automated=event.automated, batch=event.batch or None, decided_at=event.decided_at,
        appeal_until=event.appeal_until, carried_out=False, done="", skipped="", taken_back_version=None,
        reversed=False, appeal=None,
    )  # fmt: skip


def _came_to_something(event: CaseDecided) -> bool:
    return not {"none", "escalate"}.issuperset(event.acts)


def _carried_out(changes: Changes, fact: Any) -> None:
    event: DecisionCarriedOut = fact.event
    changes.update(
        decisions, (event.decision,), carried_out=True, done=" ".join(event.done), skipped=" ".join(event.skipped)
    )  # fmt: skip


def _taken_back(changes: Changes, fact: Any) -> None:
    _lift(changes, fact)
    changes.update(decisions, (fact.event.decision,), taken_back_version=fact.version)


def _reversed(changes: Changes, fact: Any) -> None:
    event: DecisionReversed = fact.event
    _lift(changes, fact)
    changes.update(
        decisions, (event.decision,), reversed=True, appeal=event.appeal or None, done=" ".join(event.done),
        skipped=" ".join(event.skipped),
    )  # fmt: skip


def _lift(changes: Changes, fact: Any) -> None:
    """Once, though a decision is both taken back and reversed."""
    row = changes.existing(decisions, (fact.event.decision,))
    if row["taken_back_version"] is None and not row["reversed"]:
        answered = [
            (report, reporter) for report, _, reporter in (one.partition(":") for one in row["reports"].split())
        ]
        lift(changes, row["target"], answered, acted=row["acts"] != "none")


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, target = stream.partition("-")
    if kind == "case":
        yield decisions, decisions.c.target == target


MODEL = ReadModel(
    tables=(decisions,),
    folds={
        CaseDecided: _decided,
        DecisionCarriedOut: _carried_out,
        DecisionTakenBack: _taken_back,
        DecisionReversed: _reversed,
    },
    answers={},
    reads=_reads,
    owned=_owned,
)
