"""How many cases there are in each state, counted up to MAX_COUNTED by an index."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, false, func, or_, select

from readmodel.engine.model import ReadModel

from .appeals import appeals
from .case_tables import DECIDED, ESCALATED, OPEN, cases
from .queries import CaseCounts, CaseState

MAX_COUNTED = 1_000
_NOW: ColumnElement[Any] = bindparam("now", type_=cases.c.claimed_until.type)
CLAIMED = cases.c.claimed_until > _NOW
_UNCLAIMED = or_(cases.c.claimed_until.is_(None), cases.c.claimed_until <= _NOW)
_APPEALED_CASES = (
    select(appeals.c.target)
    .join(cases, cases.c.id == appeals.c.target)
    .where(appeals.c.resolved == false(), cases.c.state == DECIDED)
    .distinct()
)


def _counting(*conditions: ColumnElement[bool]) -> Any:
    some = select(cases.c.id).where(*conditions).limit(MAX_COUNTED).subquery()
    return select(func.count()).select_from(some)


_COUNTS: Mapping[CaseState, Any] = {
    "open": _counting(cases.c.state == OPEN, _UNCLAIMED),
    "claimed": _counting(CLAIMED),
    "escalated": _counting(cases.c.state == ESCALATED, _UNCLAIMED),
    "decided": _counting(cases.c.state == DECIDED),
    "appealed": select(func.count()).select_from(_APPEALED_CASES.limit(MAX_COUNTED).subquery()),
}


def case_counts(connection: Connection, query: CaseCounts) -> dict[CaseState, int]:
    found = {state: int(connection.execute(count, {"now": query.now}).scalar_one()) for state, count in _COUNTS.items()}
    if found["decided"] < MAX_COUNTED:
        found["decided"] -= found["appealed"]
    return found


MODEL = ReadModel(tables=(), folds={}, answers={CaseCounts: case_counts})
