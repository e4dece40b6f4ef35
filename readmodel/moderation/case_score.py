"""The score of a case, which the queue is sorted by, and what its reports are about.

The score is the severity of the worst category that was reported (illegal 400, spam 300, a rule of the site 200, other
100), 20 for each further reporter and up to 200, and a point for each like and comment of the target and up to 100.
Reports count that wait for a decision; those of a decided case all count.

Categories and likes come from other streams of the same partition, so that both are counted afresh after a batch,
whatever came first. How often a reporter was right is known from cases of all partitions: it is tallied, and looked at
when a page of the queue is put in order (case_views.py).
"""

from typing import Any

from sqlalchemy import (
    Connection,
    ScalarSelect,
    Table,
    and_,
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

from readmodel.comments import comments
from readmodel.engine import bulk
from readmodel.engine.changes import Changes
from readmodel.engine.model import Counter
from readmodel.posts import posts

from .case_tables import CATEGORY_BITS, DECIDED, LEFT, case_reports, cases, reporter_counts
from .reports import reports

_SEVERITY = {"spam": 300, "illegal": 400, "rule": 200, "other": 100}
_POINTS_OF_REPORTER, _MAX_OF_REPORTERS, _MAX_OF_REACH = 20, 200, 100

_COUNTED = or_(case_reports.c.decision.is_(None), and_(cases.c.state == DECIDED, case_reports.c.decision != LEFT))
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


def rescore(connection: Connection, changes: Changes) -> None:
    touched = {id for (id,) in changes.touched(cases)}
    touched |= {changes.existing(reports, key)["target"] for key in changes.inserted(reports)}
    touched |= {f"post-{id}" for (id,) in changes.touched(posts)}
    touched |= {f"comment-{id}" for (id,) in changes.touched(comments)}
    there = [id for (id,) in bulk.select_in(connection, _THERE, sorted(touched))]
    for some in bulk.batches(there):
        connection.execute(_RESCORE, {"touched": some})


def _count_of(*conditions: Any) -> ScalarSelect[Any]:
    answered = (case_reports.c.reporter == reporter_counts.c.reporter, case_reports.c.decision.is_not(None))
    counted = select(func.count()).where(*answered, case_reports.c.lifted == false(), *conditions)
    return counted.correlate(reporter_counts).scalar_subquery()


COUNTERS = (
    Counter(cases, "score", _SCORE),
    Counter(cases, "categories", _CATEGORIES),
    Counter(reporter_counts, "upheld", _count_of(case_reports.c.acted == true())),
    Counter(reporter_counts, "dismissed", _count_of(case_reports.c.acted == false())),
)
