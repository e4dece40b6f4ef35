"""Rows of cases as staff see them: with what their targets say today, and with how far their reporters are trusted.

The stored score knows nothing of reporters. For the rows of a page their best reporter is looked at: 10 more for each
report of theirs that led to an act, 10 less for each that led to none, and 50 either way at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, false, func, select

from readmodel.engine import bulk

from .appeals import appeals
from .case_tables import CATEGORY_BITS, DECIDED, ESCALATED, case_reports, reporter_counts
from .queries import CaseState, CaseView
from .targets import NOTHING_THERE, summaries

_POINTS_OF_TRUST, _MAX_TRUST = 10, 50
_BALANCE = _POINTS_OF_TRUST * func.coalesce(reporter_counts.c.upheld - reporter_counts.c.dismissed, 0)
_TRUST = case((_BALANCE > _MAX_TRUST, _MAX_TRUST), (_BALANCE < -_MAX_TRUST, -_MAX_TRUST), else_=_BALANCE)
_TRUSTED = (
    select(case_reports.c.target, func.max(_TRUST).label("trust"))
    .select_from(case_reports.outerjoin(reporter_counts, reporter_counts.c.reporter == case_reports.c.reporter))
    .where(case_reports.c.target.in_(bindparam("values", expanding=True)), case_reports.c.decision.is_(None))
    .group_by(case_reports.c.target)
)
_APPEALED = select(appeals.c.target).where(
    appeals.c.target.in_(bindparam("values", expanding=True)), appeals.c.resolved == false()
)


def views(connection: Connection, rows: Sequence[Row[Any]], now: str) -> list[CaseView]:
    """In the order of the rows."""
    ids = [row.id for row in rows]
    about = summaries(connection, ids)
    trust = {row.target: row.trust for row in connection.execute(_TRUSTED, {"values": ids})}
    appealed = appealed_among(connection, ids)
    found = []
    for row in rows:
        live = row.claimed_until is not None and row.claimed_until > now
        summary = about.get(row.id, NOTHING_THERE)
        found.append(
            CaseView(
                id=row.id, kind=row.kind, author=row.author, thread=row.thread,
                state=state_of(row, now, appealed), version=row.version,
                score=max(row.score + trust.get(row.id, 0), 0), reports=row.reports,
                categories=categories_in(row.categories), opened_at=row.opened_at, changed_at=row.changed_at,
                claimed_by=row.claimed_by if live else None, claimed_until=row.claimed_until if live else None,
                title=summary.title, excerpt=summary.excerpt,
            )
        )  # fmt: skip
    return found


def state_of(row: Any, now: str, appealed: Iterable[str]) -> CaseState:
    """appealed: the cases that have an appeal which waits."""
    if row.state == DECIDED:
        return "appealed" if row.id in appealed else "decided"
    if row.claimed_until is not None and row.claimed_until > now:
        return "claimed"
    return "escalated" if row.state == ESCALATED else "open"


def appealed_among(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of the cases with an appeal that waits."""
    return {target for (target,) in bulk.select_in(connection, _APPEALED, ids)}


def categories_in(bits: int) -> tuple[str, ...]:
    known: Mapping[str, int] = CATEGORY_BITS
    return tuple(name for name, bit in known.items() if bits & bit)
