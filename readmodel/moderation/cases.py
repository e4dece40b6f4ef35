"""Cases: a row for each target that was reported or looked at, with its reports and notes, from the case's stream."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from domain.moderation import case as events
from domain.moderation import decision
from domain.moderation.targets import parse
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Fold, Owned, ReadModel, Tallied

from .case_score import COUNTERS, rescore
from .case_tables import DECIDED, ESCALATED, LEFT, OPEN, case_notes, case_reports, cases, decisions, reporter_counts


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    if not isinstance(event, events.CaseOpened):
        yield cases, (event.target,)
    if isinstance(event, decision.CaseDecided):
        for report in event.reports:
            yield case_reports, (event.target, report)
    elif isinstance(event, decision.DecisionTakenBack | decision.DecisionReversed):
        yield decisions, (event.decision,)


def _opened(changes: Changes, fact: Any) -> None:
    event: events.CaseOpened = fact.event
    target = parse(event.target)
    changes.insert(
        cases, id=event.target, kind=target.kind, subject=target.id, author=event.author, thread=event.thread,
        version=fact.version, text_version=event.text_version, state=OPEN, claimed_by=None, claimed_until=None,
        reports=0, opened_at=fact.at, changed_at=fact.at, score=0, categories=0,
    )  # fmt: skip


def _set(changes: Changes, fact: Any, **values: Any) -> None:
    changes.update(cases, (fact.event.target,), version=fact.version, changed_at=fact.at, **values)


def _setting(values: Callable[[Any], dict[str, Any]]) -> Fold:
    return lambda changes, fact: _set(changes, fact, **values(fact))


def _unclaimed(_fact: Any) -> dict[str, Any]:
    return {"claimed_by": None, "claimed_until": None}


def _claimed(fact: Any) -> dict[str, Any]:
    return {"claimed_by": fact.actor, "claimed_until": fact.event.claimed_until}


def _renewed(fact: Any) -> dict[str, Any]:
    """What changes where an event renews its actor's claim."""
    return _claimed(fact) if getattr(fact.event, "claimed_until", "") else {}


def _reopened(changes: Changes, fact: Any) -> dict[str, Any]:
    """What changes where the case was decided."""
    was_decided = changes.existing(cases, (fact.event.target,))["state"] == DECIDED
    return {"state": OPEN, "opened_at": fact.at, "reports": 0} if was_decided else {}


def _new_text(changes: Changes, fact: Any) -> dict[str, Any]:
    before = changes.existing(cases, (fact.event.target,))
    return {"text_version": max(before["text_version"], fact.event.text_version)}


def _joined(changes: Changes, fact: Any) -> None:
    event: events.ReportJoined = fact.event
    changes.insert(
        case_reports, target=event.target, report=event.report, reporter=event.reporter, version=event.version,
        joined_at=fact.at, decision=None, acted=False, lifted=False,
    )  # fmt: skip
    changes.tally(reporter_counts, (event.reporter,), upheld=0, dismissed=0)
    again = _reopened(changes, fact)
    count = again.get("reports", changes.existing(cases, (event.target,))["reports"]) + 1
    _set(changes, fact, **again | _new_text(changes, fact) | {"reports": count})


def _left(changes: Changes, fact: Any) -> None:
    event: events.ReportLeft = fact.event
    changes.update(case_reports, (event.target, event.report), decision=LEFT, lifted=True)
    _set(changes, fact, reports=changes.existing(cases, (event.target,))["reports"] - 1)


def _something_new(changes: Changes, fact: Any) -> None:
    _set(changes, fact, **_reopened(changes, fact) | _new_text(changes, fact))


def _noted(changes: Changes, fact: Any) -> None:
    changes.insert(
        case_notes, target=fact.event.target, version=fact.version, noted_by=fact.actor, noted_at=fact.at
    )  # fmt: skip
    if isinstance(fact.event, events.CaseEscalated):
        _set(changes, fact, state=ESCALATED, **_unclaimed(fact))
    else:
        _set(changes, fact, **_renewed(fact))


def _decided(changes: Changes, fact: Any) -> None:
    event: decision.CaseDecided = fact.event
    acted = not decision.came_to_nothing(event.acts)
    for report in event.reports:
        row = changes.existing(case_reports, (event.target, report))
        changes.update(case_reports, (event.target, report), decision=event.decision, acted=acted)
        changes.tally(reporter_counts, (row["reporter"],), **{"upheld" if acted else "dismissed": 1})
    _set(changes, fact, state=DECIDED, **_unclaimed(fact))


def _taken_back(changes: Changes, fact: Any) -> None:
    _set(changes, fact, **_waiting_again(changes, fact), **_renewed(fact))


def _reversed(changes: Changes, fact: Any) -> None:
    _set(changes, fact, **(_waiting_again(changes, fact) if opens_again(changes, fact.event) else {}))


def _waiting_again(changes: Changes, fact: Any) -> dict[str, Any]:
    """What changes where the reports that a decision answered wait again."""
    again = _reopened(changes, fact)
    before = again.get("reports", changes.existing(cases, (fact.event.target,))["reports"])
    return again | {"reports": before + len(answered(changes.existing(decisions, (fact.event.decision,))))}


def opens_again(changes: Changes, event: decision.DecisionReversed) -> bool:
    """Whether a case waits again: where an appeal overturned a decision that restricts nobody."""
    acts = changes.existing(decisions, (event.decision,))["acts"].split()
    return bool(event.appeal) and decision.AGAINST.isdisjoint(acts)


def answered(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The reports that a decision answers, by its row, each with its reporter."""
    return [(report, reporter) for report, _, reporter in (one.partition(":") for one in row["reports"].split())]


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, target = stream.partition("-")
    if kind == "case":
        yield cases, cases.c.id == target
        yield case_reports, case_reports.c.target == target
        yield case_notes, case_notes.c.target == target


MODEL = ReadModel(
    tables=(cases, case_reports, case_notes, reporter_counts),
    folds={
        **dict.fromkeys(events.EVENTS, _setting(lambda _fact: {})),
        events.CaseOpened: _opened,
        events.CaseReopened: _something_new,
        events.ReportJoined: _joined,
        events.ReportLeft: _left,
        events.CaseTextChanged: _something_new,
        events.CaseClaimed: _setting(_claimed),
        events.CaseReleased: _setting(_unclaimed),
        events.CaseEscalated: _noted,
        events.NoteAdded: _noted,
        decision.CaseDecided: _decided,
        decision.DecisionTakenBack: _taken_back,
        decision.DecisionReversed: _reversed,
    },
    answers={},
    reads=_reads,
    after=rescore,
    owned=_owned,
    counters=COUNTERS,
    tallied=(Tallied(reporter_counts, case_reports.c.reporter),),
)
