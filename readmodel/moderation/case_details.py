"""All of one case, for whoever decides about it."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from domain.moderation import case
from readmodel.engine.model import ReadModel

from .appeal_answers import of_decisions
from .case_tables import case_notes, case_reports, cases, decisions
from .case_views import views
from .queries import CaseById, CaseDetails, NoteView
from .report_answers import NOT_LEFT, reports_of_case
from .similar import similar_to
from .statements import statements
from .targets import text_at
from .words import NO_WORDS, words_at

MAX_LISTED = 100
"""Notes and decisions of one case that are listed, the newest."""

_BY_ID = select(cases).where(cases.c.id == bindparam("id"))
_NOTES = (
    select(case_notes)
    .where(case_notes.c.target == bindparam("id"))
    .order_by(case_notes.c.version.desc())
    .limit(MAX_LISTED)
)
_DECISIONS = (
    select(decisions)
    .where(decisions.c.target == bindparam("id"))
    .order_by(decisions.c.decided_at.desc(), decisions.c.id.desc())
    .limit(MAX_LISTED)
)
_FIRST_SEEN = (
    select(case_reports.c.version)
    .where(case_reports.c.target == bindparam("id"), NOT_LEFT)
    .order_by(func.coalesce(case_reports.c.decision, ""), case_reports.c.joined_at, case_reports.c.report)
    .limit(1)
)


def case_by_id(connection: Connection, query: CaseById) -> CaseDetails | None:
    bound = {"id": query.case}
    row = connection.execute(_BY_ID, bound).one_or_none()
    if row is None:
        return None
    seen = connection.execute(_FIRST_SEEN, bound).scalar() or row.text_version
    today = text_at(connection, row.id)
    made = connection.execute(_DECISIONS, bound).all()
    return CaseDetails(
        case=views(connection, [row], query.now)[0],
        reported=text_at(connection, row.id, seen),
        today=today,
        reports=reports_of_case(connection, row.id),
        notes=_notes(connection, row),
        decisions=tuple(statements(connection, made)),
        appeals=tuple(of_decisions(connection, [one.id for one in made])),
        similar=similar_to(connection, row.id, today, query.now),
    )


def _notes(connection: Connection, row: Row[Any]) -> tuple[NoteView, ...]:
    """Oldest first."""
    noted = connection.execute(_NOTES, {"id": row.id}).all()[::-1]
    stream = case.stream(row.id)
    words = words_at(connection, [(stream, one.version) for one in noted])
    found = []
    for one in noted:
        said = words.get((stream, one.version), NO_WORDS)
        found.append(NoteView(by=one.noted_by, at=one.noted_at, text=said.said or said.reason or ""))
    return tuple(found)


MODEL = ReadModel(tables=(), folds={}, answers={CaseById: case_by_id})
