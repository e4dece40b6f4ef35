"""Decisions: a row for each, and what became of it. Their words are in words.py, by the versions kept here."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.moderation.decision import (
    CaseDecided,
    DecisionCarriedOut,
    DecisionReversed,
    DecisionTakenBack,
    came_to_nothing,
)
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel

from .case_tables import case_reports, cases, decisions, reporter_counts
from .cases import answered, opens_again
from .quarters import quarter_of, seconds_between


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
        decided_by=fact.actor, acts=" ".join(event.acts), told=not came_to_nothing(event.acts), rule=event.rule,
        rules_version=event.rules_version, until=event.until or None, points=event.points,
        strike_expires=event.strike_expires or None, text_version=event.text_version,
        reports=" ".join(f"{report}:{reporter}" for report, reporter in reporters.items()), basis=event.basis,
        automated=event.automated, batch=event.batch or None, decided_at=event.decided_at,
        appeal_until=event.appeal_until, carried_out=False, done="", skipped="", taken_back_version=None,
        reversed=False, appeal=None,
    )  # fmt: skip


def _carried_out(changes: Changes, fact: Any) -> None:
    event: DecisionCarriedOut = fact.event
    changes.update(
        decisions, (event.decision,), carried_out=True, done=" ".join(event.done), skipped=" ".join(event.skipped)
    )  # fmt: skip


def _taken_back(changes: Changes, fact: Any) -> None:
    _let_wait_again(changes, fact.event.decision)
    changes.update(decisions, (fact.event.decision,), taken_back_version=fact.version)


def _reversed(changes: Changes, fact: Any) -> None:
    event: DecisionReversed = fact.event
    if opens_again(changes, event):
        _let_wait_again(changes, event.decision)
    else:
        _lift(changes, event.decision)
    changes.update(
        decisions, (event.decision,), reversed=True, appeal=event.appeal or None, done=" ".join(event.done),
        skipped=" ".join(event.skipped),
    )  # fmt: skip


def _let_wait_again(changes: Changes, id: str) -> None:
    """What a decision answered has no answer any more."""
    for target, report in _uncounted(changes, id):
        changes.update(case_reports, (target, report), decision=None, acted=False)


def _lift(changes: Changes, id: str) -> None:
    """What a decision answered stays answered, but says nothing about its reporters any more."""
    for target, report in _uncounted(changes, id):
        changes.update(case_reports, (target, report), lifted=True)


def _uncounted(changes: Changes, id: str) -> Iterator[tuple[str, str]]:
    """The reports that a decision answers, taken out of the counts of their reporters. They are forgotten then, so that
    this happens once, though a decision is both taken back and reversed."""
    row = changes.existing(decisions, (id,))
    count = "dismissed" if came_to_nothing(row["acts"].split()) else "upheld"
    for report, reporter in answered(row):
        changes.tally(reporter_counts, (reporter,), **{count: -1})
        yield row["target"], report
    changes.update(decisions, (id,), reports="")


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
