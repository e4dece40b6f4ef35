"""People's files, for staff: what was decided about somebody, what counts against them, and what they reported.

Points of strikes that haven't ended suggest what to do next, and never do it: 1 or 2 a warning, 3 or 4 a suspension for
seven days, 5 to 7 one for thirty days, 8 and more one without an end.
"""

from typing import Any, Literal

from sqlalchemy import Connection, bindparam, false, func, select

from readmodel.accounts import BY_ID
from readmodel.engine.model import ReadModel

from .case_tables import cases, decisions
from .case_views import views
from .queries import AccountFile, FileOf, NoteView, Strike
from .report_answers import counts_of
from .standing import account_notes, reporting_pauses, strikes, warnings
from .statements import statements
from .words import NO_WORDS, words_at

MAX_LISTED = 100
Suggestion = Literal["warn", "suspend for 7 days", "suspend for 30 days", "suspend"]
SUGGESTIONS: tuple[tuple[int, Suggestion], ...] = (
    (8, "suspend"), (5, "suspend for 30 days"), (3, "suspend for 7 days"), (1, "warn"),
)  # fmt: skip
"""From how many points on something is suggested, the most first."""

_WARNINGS = select(func.count()).where(warnings.c.account == bindparam("id"), warnings.c.voided == false())
_STRIKES = select(strikes).where(strikes.c.account == bindparam("id")).order_by(strikes.c.added_at, strikes.c.decision)
_PAUSE = select(reporting_pauses).where(
    reporting_pauses.c.account == bindparam("id"),
    reporting_pauses.c.paused_until > bindparam("now", type_=reporting_pauses.c.paused_until.type),
)
_NOTES = select(account_notes).where(account_notes.c.account == bindparam("id")).order_by(account_notes.c.version)
_DECISIONS = (
    select(decisions)
    .where(decisions.c.author == bindparam("id"))
    .order_by(decisions.c.decided_at.desc(), decisions.c.id.desc())
    .limit(MAX_LISTED)
)
_CASES = (
    select(cases)
    .where(cases.c.author == bindparam("id"))
    .order_by(cases.c.changed_at.desc(), cases.c.id.desc())
    .limit(MAX_LISTED)
)


def file_of(connection: Connection, query: FileOf) -> AccountFile | None:
    bound = {"id": query.account}
    row = connection.execute(BY_ID, bound).one_or_none()
    if row is None:
        return None
    struck = tuple(_strike(one) for one in connection.execute(_STRIKES, bound))
    points = sum(one.points for one in struck if not one.voided and one.expires > query.now)
    pause = connection.execute(_PAUSE, bound | {"now": query.now}).one_or_none()
    suspended = row.suspended and (row.suspended_until is None or query.now < row.suspended_until)
    upheld, dismissed = counts_of(connection, [row.id]).get(row.id, (0, 0))
    return AccountFile(
        account=row.id, joined_at=row.joined_at, posts=row.posts, comments=row.comments, suspended=suspended,
        suspended_until=row.suspended_until if suspended else None,
        warnings=connection.execute(_WARNINGS, bound).scalar_one(), strikes=struck, points=points,
        suggestion=suggested(points),
        reporting_paused_until=pause.paused_until if pause else None,
        reporting_paused_reason=_reason(connection, pause) if pause else None,
        reports_upheld=upheld, reports_dismissed=dismissed, notes=_notes(connection, row.id),
        decisions=tuple(statements(connection, connection.execute(_DECISIONS, bound).all())),
        cases=tuple(views(connection, connection.execute(_CASES, bound).all(), query.now)),
    )  # fmt: skip


def suggested(points: int) -> Suggestion | None:
    """What so many points suggest."""
    return next((suggestion for least, suggestion in SUGGESTIONS if points >= least), None)


def _strike(row: Any) -> Strike:
    return Strike(
        decision=row.decision, points=row.points, expires=row.expires, voided=row.voided, at=row.added_at
    )  # fmt: skip


def _reason(connection: Connection, pause: Any) -> str | None:
    place = (f"account-{pause.account}", pause.version)
    return words_at(connection, [place]).get(place, NO_WORDS).reason


def _notes(connection: Connection, account: str) -> tuple[NoteView, ...]:
    stream = f"account-{account}"
    noted = connection.execute(_NOTES, {"id": account}).all()
    words = words_at(connection, [(stream, one.version) for one in noted])
    return tuple(
        NoteView(by=one.noted_by, at=one.noted_at, text=words.get((stream, one.version), NO_WORDS).said)
        for one in noted
    )


MODEL = ReadModel(tables=(), folds={}, answers={FileOf: file_of})
