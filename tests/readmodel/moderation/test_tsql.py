"""All that moderation's folds and answers say can be said to SQL Server."""

from typing import Any

import pytest
from sqlalchemy.sql.elements import ClauseElement

from readmodel.moderation.queries import (
    AppealById,
    AppealsOf,
    CaseById,
    CaseCounts,
    DecisionById,
    DecisionsAbout,
    DecisionsOfBatch,
    FileOf,
    FindAppeals,
    FindCases,
    ReportById,
    ReportsBy,
)
from tests.people import id_of
from tests.readmodel.engine.sql_server import tsql
from tests.readmodel.engine.test_mssql import executed  # noqa: F401
from tests.readmodel.moderation.desk import NOW, Desk
from tests.readmodel.moderation.story import tell

STATES: tuple[Any, ...] = (None, "open", "claimed", "escalated", "decided", "appealed")
AFTER = ("2026-01-01T00:00:00.000000Z", id_of("x"))


def test_everything_said_while_folding_can_be_said(desk: Desk, executed: list[ClauseElement]) -> None:  # noqa: F811
    tell(desk)
    for statement in {str(one): one for one in executed}.values():
        tsql(statement)


def test_everything_asked_can_be_said(desk: Desk, executed: list[ClauseElement]) -> None:  # noqa: F811
    targets = tell(desk)
    made = next(fact.event for fact in desk.site.facts if fact.event.type == "AppealLodged")
    executed.clear()
    for query in (
        ReportsBy(reporter=id_of("bob"), after=AFTER), ReportById(report=id_of("x")), CaseCounts(now=NOW),
        *(CaseById(case=target, now=NOW) for target in targets), DecisionById(decision=made.decision),  # type: ignore[attr-defined]
        DecisionsAbout(account="ann", after=AFTER), DecisionsOfBatch(batch=id_of("batch")),
        AppealById(appeal=made.appeal), AppealsOf(decision=made.decision), FindAppeals(after=AFTER),  # type: ignore[attr-defined]
        FileOf(account="ann", now=NOW),
        *(FindCases(now=NOW, state=state) for state in STATES),
        FindCases(now=NOW, sort="oldest", after=(NOW, targets[0])), FindCases(now=NOW, after=(100, targets[0])),
        FindCases(now=NOW, q="nothing here"), FindCases(now=NOW, q="@ann", author="ann"),
    ):  # fmt: skip
        desk.site.ask(query)
    assert len(executed) > 50
    for statement in {str(one): one for one in executed}.values():
        tsql(statement)


@pytest.mark.parametrize("state", STATES)
def test_a_page_of_the_queue_takes_few_statements(desk: Desk, executed: list[ClauseElement], state: Any) -> None:  # noqa: F811
    """However many rows it has."""
    tell(desk)
    executed.clear()
    desk.site.ask(FindCases(now=NOW, state=state))
    assert len(executed) <= 13
