"""Queries for reports: one's own, with what came of each, and those of a case for staff."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select

from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import descending, fetch_page, is_moment, is_subject
from readmodel.engine.views import Page

from .case_tables import LEFT, case_reports, decisions, reporter_counts
from .queries import OwnReport, ReportById, ReportsBy, ReportState, ReportView
from .reports import reports
from .targets import NOTHING_THERE, summaries
from .words import NO_WORDS, words_at

NOT_LEFT = or_(case_reports.c.decision.is_(None), case_reports.c.decision != LEFT)
MAX_OF_CASE = 200
"""Reports of one case that are listed: those that wait first, the oldest of them first."""

_WITH_OUTCOME: Select[Any] = select(
    reports, case_reports.c.decision, case_reports.c.acted, decisions.c.decided_at, decisions.c.appeal_until
).select_from(
    reports.outerjoin(
        case_reports, (case_reports.c.target == reports.c.target) & (case_reports.c.report == reports.c.id)
    ).outerjoin(decisions, decisions.c.id == case_reports.c.decision)
)
_BY_ID = _WITH_OUTCOME.where(reports.c.id == bindparam("id"))
_BY = descending(
    _WITH_OUTCOME.where(reports.c.reporter == bindparam("reporter")),
    reports.c.filed_at,
    reports.c.id,
    ("filed_at", "id"),
    (is_moment, is_subject),
)
_OF_CASE: Select[Any] = (
    select(reports, case_reports.c.decision, case_reports.c.acted)
    .select_from(case_reports.join(reports, reports.c.id == case_reports.c.report))
    .where(case_reports.c.target == bindparam("target"), NOT_LEFT)
    .order_by(func.coalesce(case_reports.c.decision, ""), case_reports.c.joined_at, reports.c.id)
    .limit(MAX_OF_CASE)
)
_COUNTS = select(reporter_counts.c.reporter, reporter_counts.c.upheld, reporter_counts.c.dismissed).where(
    reporter_counts.c.reporter.in_(bindparam("values", expanding=True))
)
Counts = tuple[int, int]
"""How many earlier reports of somebody led to an act, and how many to none."""


def reports_by(connection: Connection, query: ReportsBy) -> Page[OwnReport]:
    rows, next = fetch_page(connection, _BY, query.after, query.limit, {"reporter": query.reporter})
    return Page(items=_own(connection, rows), next=next)


def report_by_id(connection: Connection, query: ReportById) -> OwnReport | None:
    return next(iter(_own(connection, connection.execute(_BY_ID, {"id": query.report}).all())), None)


def reports_of_case(connection: Connection, target: str) -> tuple[ReportView, ...]:
    rows = connection.execute(_OF_CASE, {"target": target}).all()
    counts = counts_of(connection, [row.reporter for row in rows])
    words = words_at(connection, [(row.stream, row.filed_version) for row in rows])
    found = []
    for row in rows:
        said = words.get((row.stream, row.filed_version), NO_WORDS)
        upheld, dismissed = counts.get(row.reporter, (0, 0))
        if row.decision:
            upheld, dismissed = upheld - int(row.acted), dismissed - int(not row.acted)
        found.append(
            ReportView(
                id=row.id, reporter=row.reporter, stranger=row.stranger, version=row.seen_version,
                category=row.category, rule=row.rule, rules_version=row.rules_version, text=said.said, law=said.law,
                at=row.filed_at, state=_state(row), upheld=max(upheld, 0), dismissed=max(dismissed, 0),
            )
        )  # fmt: skip
    return tuple(found)


def counts_of(connection: Connection, reporters: Sequence[str]) -> dict[str, Counts]:
    found = bulk.select_in(connection, _COUNTS, sorted(set(reporters)))
    return {reporter: (upheld, dismissed) for reporter, upheld, dismissed in found}


def _own(connection: Connection, rows: Sequence[Row[Any]]) -> list[OwnReport]:
    words = words_at(connection, [(row.stream, row.filed_version) for row in rows])
    about = summaries(connection, [row.target for row in rows])
    found = []
    for row in rows:
        said = words.get((row.stream, row.filed_version), NO_WORDS)
        found.append(
            OwnReport(
                id=row.id, reporter=row.reporter, target=row.target,
                title=about.get(row.target, NOTHING_THERE).title, version=row.seen_version, category=row.category,
                rule=row.rule, rules_version=row.rules_version, text=said.said, law=said.law, at=row.filed_at,
                state=_state(row), outcome=_outcome(row), decision=row.decision or None, decided_at=row.decided_at,
                appeal_until=row.appeal_until,
            )
        )  # fmt: skip
    return found


def _state(row: Row[Any]) -> ReportState:
    """What was decided before it was withdrawn stays decided."""
    if row.decision:
        return "decided"
    return "withdrawn" if row.withdrawn_at else "received"


def _outcome(row: Row[Any]) -> Any:
    if not row.decision:
        return None
    return "acted" if row.acted else "nothing"


MODEL = ReadModel(tables=(), folds={}, answers={ReportsBy: reports_by, ReportById: report_by_id})
