"""What is deleted by age goes after its period and not before, in small transactions, on either database."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from operational import expiry, webhook_deliveries
from operational.expiry import EXPIRIES, Expiry, delete_expired
from operational.sessions import SqlSessions
from readmodel.engine.engines import reading
from retention import DEFAULT, Retention
from tests.operational.aged_rows import how_many, insert
from tests.readmodel.engine.test_tsql import executed_statements, tsql

MOMENT = timedelta(minutes=1)


@pytest.mark.parametrize("one", EXPIRIES, ids=lambda one: one.period)
def test_what_is_older_than_its_period_goes_and_nothing_else(control: Engine, one: Expiry) -> None:
    kept = getattr(DEFAULT, one.period)
    insert(control, one, kept - MOMENT)
    insert(control, one, kept + MOMENT)
    assert delete_expired(control, DEFAULT) == {other.period: int(other is one) for other in EXPIRIES}
    assert how_many(control, one) == 1
    delete_expired(control, replace(DEFAULT, **{one.period: kept - 2 * MOMENT}))
    assert how_many(control, one) == 0


def test_what_waits_for_a_webhook_waits_on(control: Engine) -> None:
    (delivered,) = (one for one in EXPIRIES if one.period == "deliveries")
    insert(control, delivered, timedelta(days=4_000), state="waiting", webhook="w")
    delete_expired(control, DEFAULT)
    assert len(webhook_deliveries.listed(control, "w").items) == 1


def test_many_go_a_few_at_a_time(control: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH_ROWS", 3)
    (visits,) = (one for one in EXPIRIES if one.period == "visits")
    for _ in range(8):
        insert(control, visits, timedelta(days=1_000))
    stops = iter([False, True])
    assert delete_expired(control, DEFAULT, lambda: next(stops, True))["visits"] == 0
    stops = iter([*[False] * EXPIRIES.index(visits), False, True])
    assert delete_expired(control, DEFAULT, lambda: next(stops, True))["visits"] == 3
    assert delete_expired(control, DEFAULT)["visits"] == 5


def test_a_session_ends_when_its_period_does_also_where_that_was_longer_when_it_began(control: Engine) -> None:
    token = SqlSessions(control).open("ann")
    assert SqlSessions(control, timedelta(hours=1)).find(token) == "ann"
    later = SqlSessions(control, timedelta(0))
    assert later.find(token) is None
    assert later.ended([token]) == {token}


def test_all_that_is_said_can_be_said_to_sql_server(control: Engine) -> None:
    for one in EXPIRIES:
        insert(control, one, timedelta(days=4_000))
    with executed_statements(control, reading(control)) as said:
        delete_expired(control, Retention())
    assert len(said) == 2 * len(EXPIRIES)
    for statement in said:
        tsql(statement)
