"""Cases: a row for each target that was reported or looked at, with its reports, notes and score.

The score is what the queue is sorted by. It is the severity of the worst category that was reported (illegal 400,
spam 300, a rule of the site 200, other 100), 20 for each further reporter and up to 200, and a point for each like and
comment of the target and up to 100. Reports count that wait for a decision; those of a decided case all count.
Categories and likes come from other streams of the same partition, so that both are counted afresh in `after`, whatever
came first. How often a reporter was right is known from cases of all partitions: it is tallied, and used when a page of
the queue is put in order (case_views.py).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    ScalarSelect,
    Table,
    bindparam,
    case,
    distinct,
    false,
    func,
    or_,
    select,
    true,
    update,
)

from domain.moderation import case as events
from domain.moderation import decision
from domain.moderation.targets import parse
from readmodel.comments import comments
from readmodel.engine import bulk, model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter, Fact, Fold, Owned, ReadModel, Tallied
from readmodel.engine.schema import Moment, key, metadata
from readmodel.posts import posts

from .reports import reports

OPEN, ESCALATED, DECIDED = "open", "escalated", "decided"
CATEGORY_BITS = {"spam": 1, "illegal": 2, "rule": 4, "other": 8}
_SEVERITY = {"spam": 300, "illegal": 400, "rule": 200, "other": 100}
_POINTS_OF_REPORTER, _MAX_OF_REPORTERS, _MAX_OF_REACH = 20, 200, 100

cases = Table(
    "cases",
    metadata,
    Column("id", key(48), primary_key=True),
    Column("kind", key(8), nullable=False),
    Column("subject", key(36), nullable=False),
    Column("author", key(40), nullable=False),
    Column("thread", key(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("state", key(10), nullable=False),
    Column("claimed_by", key(40)),
    Column("claimed_until", Moment()),
    Column("reports", Integer, nullable=False),
    Column("opened_at", Moment(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("score", Integer, nullable=False),
    Column("categories", Integer, nullable=False),
    Index("cases_by_score", "state", "score", "id", "claimed_until", "claimed_by", "kind", "categories", "author"),
    Index("cases_by_age", "state", "opened_at", "id", "claimed_until", "claimed_by", "kind", "categories", "author"),
    Index("cases_of_author", "author", "changed_at", "id"),
    Index("cases_claimed", "claimed_until", "claimed_by"),
)
"""id: the target's stream; subject: the target's id. state: open, escalated or decided; whether it is claimed depends
on the time, and whether it is appealed on appeals. reports: those that wait, or that were decided last. opened_at: when
it was opened last. categories: the sum of CATEGORY_BITS."""

case_reports = Table(
    "case_reports",
    metadata,
    Column("target", key(48), primary_key=True),
    Column("report", key(36), primary_key=True),
    Column("reporter", key(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("joined_at", Moment(), nullable=False),
    Column("decision", key(36)),
    Column("acted", Boolean, nullable=False),
    Column("lifted", Boolean, nullable=False),
    Index("case_reports_of_reporter", "reporter", "decision", "acted", "lifted"),
    sqlite_with_rowid=False,
)
"""version: of the target, as the reporter saw it. decision: which answered it. acted: whether something was done;
lifted: whether that was taken back, or overturned."""

reporter_counts = Table(
    "reporter_counts",
    metadata,
    Column("reporter", key(40), primary_key=True),
    Column("upheld", Integer, nullable=False),
    Column("dismissed", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many of somebody's reports led to an act, and how many to none. What was lifted counts as neither."""

case_notes = Table(
    "case_notes",
    metadata,
    Column("target", key(48), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("noted_by", key(40), nullable=False),
    Column("noted_at", Moment(), nullable=False),
    sqlite_with_rowid=False,
)
"""Notes, and why a case was left to an admin."""


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    if not isinstance(event, events.CaseOpened):
        yield cases, (event.target,)
    if isinstance(event, decision.CaseDecided):
        for report in event.reports:
            yield case_reports, (event.target, report)


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
    again = _reopened(changes, fact)
    count = again.get("reports", changes.existing(cases, (event.target,))["reports"]) + 1
    _set(changes, fact, **again | _new_text(changes, fact) | {"reports": count})


def _left(changes: Changes, fact: Any) -> None:
    event: events.ReportLeft = fact.event
    changes.delete(case_reports, (event.target, event.report))
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
        _set(changes, fact, **(_claimed(fact) if fact.event.claimed_until else {}))


def _decided(changes: Changes, fact: Any) -> None:
    event: decision.CaseDecided = fact.event
    acted = event.acts != ("none",)
    for report in event.reports:
        row = changes.existing(case_reports, (event.target, report))
        changes.update(case_reports, (event.target, report), decision=event.decision, acted=acted)
        changes.tally(reporter_counts, (row["reporter"],), **{"upheld" if acted else "dismissed": 1})
    _set(changes, fact, state=DECIDED, **_unclaimed(fact))


def _taken_back(changes: Changes, fact: Any) -> None:
    _set(changes, fact, **_reopened(changes, fact))


def lift(changes: Changes, target: str, reports: Iterable[tuple[str, str]], *, acted: bool) -> None:
    """Takes what a decision said about these reports, each with its reporter, out of the counts."""
    for report, reporter in reports:
        changes.update(case_reports, (target, report), lifted=True)
        changes.tally(reporter_counts, (reporter,), **{"upheld" if acted else "dismissed": -1})


# Score and categories: counted afresh whenever what they come from changes


_COUNTED = or_(case_reports.c.decision.is_(None), cases.c.state == DECIDED)
_REPORTED = (
    case_reports.c.target == cases.c.id,
    _COUNTED,
)


def _of_category(values: dict[str, int]) -> Any:
    return case(*((reports.c.category == name, value) for name, value in values.items()), else_=0)


def _at_most(number: Any, most: int) -> Any:
    return case((number > most, most), else_=number)


def _over_reports(value: Any) -> ScalarSelect[Any]:
    joined = case_reports.join(reports, reports.c.id == case_reports.c.report)
    return select(func.coalesce(value, 0)).select_from(joined).where(*_REPORTED).correlate(cases).scalar_subquery()


def _reach(table: Table, number: Any) -> Any:
    found = select(_at_most(number, _MAX_OF_REACH)).where(table.c.id == cases.c.subject).correlate(cases)
    return func.coalesce(found.scalar_subquery(), 0)


_FURTHER = case(
    (func.count() > 1, _at_most((func.count() - 1) * _POINTS_OF_REPORTER, _MAX_OF_REPORTERS)),
    else_=0,
)
_SCORE: Any = (
    _over_reports(func.max(_of_category(_SEVERITY)))
    + _over_reports(_FURTHER)
    + _reach(posts, posts.c.likes + posts.c.comments)
    + _reach(comments, comments.c.likes)
)
_CATEGORIES = _over_reports(func.sum(distinct(_of_category(CATEGORY_BITS))))
_RESCORE = (
    update(cases)
    .where(cases.c.id.in_(bindparam("touched", expanding=True)))
    .values(score=_SCORE, categories=_CATEGORIES)
)
_THERE = select(cases.c.id).where(cases.c.id.in_(bindparam("values", expanding=True)))


def _rescore(connection: Connection, changes: Changes) -> None:
    touched = {id for (id,) in changes.touched(cases)}
    touched |= {changes.existing(reports, key)["target"] for key in changes.inserted(reports)}
    touched |= {f"post-{id}" for (id,) in changes.touched(posts)}
    touched |= {f"comment-{id}" for (id,) in changes.touched(comments)}
    there = [id for (id,) in bulk.select_in(connection, _THERE, sorted(touched))]
    for some in bulk.batches(there):
        connection.execute(_RESCORE, {"touched": some})


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, target = stream.partition("-")
    if kind == "case":
        yield cases, cases.c.id == target
        yield case_reports, case_reports.c.target == target
        yield case_notes, case_notes.c.target == target


def _count_of(*conditions: Any) -> ScalarSelect[Any]:
    answered = (case_reports.c.reporter == reporter_counts.c.reporter, case_reports.c.decision.is_not(None))
    counted = select(func.count()).where(*answered, case_reports.c.lifted == false(), *conditions)
    return counted.correlate(reporter_counts).scalar_subquery()


MODEL = ReadModel(
    tables=(cases, case_reports, case_notes, reporter_counts),
    folds={
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
        decision.DecisionCarriedOut: _setting(lambda _fact: {}),
        decision.DecisionTakenBack: _taken_back,
        decision.DecisionReversed: _setting(lambda _fact: {}),
    },
    answers={},
    reads=_reads,
    after=_rescore,
    owned=_owned,
    counters=(
        Counter(cases, "score", _SCORE),
        Counter(cases, "categories", _CATEGORIES),
        Counter(reporter_counts, "upheld", _count_of(case_reports.c.acted == true())),
        Counter(reporter_counts, "dismissed", _count_of(case_reports.c.acted == false())),
    ),
    tallied=(Tallied(reporter_counts, case_reports.c.reporter, case_reports.c.decision.is_not(None)),),
)
