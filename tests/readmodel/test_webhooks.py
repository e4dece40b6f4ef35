"""The list of somebody's webhooks, and the queue of what is to be told to them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from domain.account import OPERATOR
from domain.webhook import (
    AddWebhook,
    ChangeWebhook,
    PauseWebhook,
    RemoveWebhook,
    ResumeWebhook,
    RotateWebhookSecret,
)
from operational import webhook_cursor
from operational import webhook_deliveries as deliveries
from operational.tables import webhook_deliveries
from operational.webhook_cursor import Target
from operational.webhook_deliveries import Delivery
from readmodel.engine.queries import HistoryOf
from readmodel.generations.generations import Generations
from readmodel.webhooks import WebhookById, WebhooksOf
from tests.readmodel.site import Site, empty_tables, fold, rows

ID, OTHER = "0192abcd-0000-7000-8000-000000000001", "0192abcd-0000-7000-8000-000000000002"
URL = "https://bot.example/hook"
BEFORE, LATER, LATEST = (f"{year}-01-01T00:00:00.000000Z" for year in (2020, 2100, 2101))


def add(id: str = ID, **fields: str) -> AddWebhook:
    return AddWebhook(**({"handle": "ann", "webhook": id, "url": URL} | fields))


def test_webhooks_are_listed_as_they_stand_until_they_are_removed(site: Site) -> None:
    site.send(add(description="One"))
    site.send(msgspec.structs.replace(add(OTHER), kinds=("Liked", "PostPublished")))
    first, second = site.ask(WebhooksOf(handle="ann"))
    assert (first.id, first.description, first.kinds, first.paused_at) == (ID, "One", (), None)
    assert second.kinds == ("PostPublished", "Liked")
    site.send(ChangeWebhook(handle="ann", webhook=ID, url=URL + "/2", kinds=("Liked",)))
    site.send(PauseWebhook(handle="ann", webhook=ID, reason="410 Gone"), OPERATOR)
    site.send(RotateWebhookSecret(handle="ann", webhook=ID, old_until=LATER))
    found = site.ask(WebhookById(handle="ann", webhook=ID))
    assert (found.url, found.kinds, found.description, found.pause_reason) == (URL + "/2", ("Liked",), "", "410 Gone")
    assert None not in (found.paused_at, found.rotated_at)
    site.send(ResumeWebhook(handle="ann", webhook=ID))
    found = site.ask(WebhookById(handle="ann", webhook=ID))
    assert (found.paused_at, found.pause_reason) == (None, None)
    site.send(RemoveWebhook(handle="ann", webhook=ID))
    assert [view.id for view in site.ask(WebhooksOf(handle="ann"))] == [OTHER]
    assert site.ask(WebhookById(handle="ann", webhook=ID)) is None


def test_they_are_nobody_elses_and_have_no_public_history(site: Site) -> None:
    site.send(add())
    assert site.ask(WebhooksOf(handle="bob")) == []
    assert site.ask(WebhookById(handle="bob", webhook=ID)) is None
    assert site.ask(HistoryOf(stream="webhooks-ann")) == []


def test_folded_afresh_after_a_removal_the_rows_are_the_same(site: Site) -> None:
    site.send(add())
    site.send(add(OTHER))
    site.send(ChangeWebhook(handle="ann", webhook=ID, url=URL + "/2"))
    site.send(RemoveWebhook(handle="ann", webhook=ID))
    fresh = empty_tables()
    fold(fresh, site.stored())
    assert rows(fresh) == rows(site.engine)
    fresh.dispose()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Engine]:
    generations = Generations(f"sqlite:///{tmp_path / 'read.db'}")
    generations.migrate()
    yield generations.control
    generations.close()


def kept(control: Engine, number: int = 1, webhook: str = ID, **values: object) -> list[Delivery]:
    made = [msgspec.structs.replace(deliveries.waiting(webhook, "ann"), **values) for _ in range(number)]
    with control.begin() as connection:
        deliveries.add(connection, made)
    return made


def target(control: Engine, webhook: str = ID, **state: bool) -> None:
    with control.begin() as connection:
        webhook_cursor.save(connection, [Target(webhook=webhook, handle="ann", kinds=("Liked",), **state)])


def test_only_webhooks_that_are_told_and_have_something_due_are_ready(control: Engine) -> None:
    kept(control, due_at=BEFORE)
    assert deliveries.ready(control, LATER) == []
    target(control)
    kept(control, webhook=OTHER, due_at=LATEST)
    target(control, OTHER)
    assert deliveries.ready(control, LATER) == [(ID, "ann")]
    for held in ({"paused": True}, {"suspended": True}):
        target(control, **held)
        assert deliveries.ready(control, LATER) == []
    target(control)
    assert deliveries.ready(control, LATER) == [(ID, "ann")]


def test_what_is_claimed_is_nobody_elses_until_the_time_is_over(control: Engine) -> None:
    made = kept(control, 3, due_at=BEFORE)
    mine = deliveries.claim(control, ID, LATER, LATEST, 2)
    assert [one.id for one in mine] == [made[0].id, made[1].id]
    assert [one.id for one in deliveries.claim(control, ID, LATER, LATEST, 9)] == [made[2].id]
    assert deliveries.claim(control, ID, LATER, LATEST, 9) == []
    again = deliveries.claim(control, ID, LATEST, "2102-01-01T00:00:00.000000Z", 1)
    assert [one.id for one in again] == [made[0].id]
    assert not deliveries.settle(control, mine[0], state="delivered")
    assert deliveries.settle(control, again[0], state="delivered")
    assert not deliveries.settle(control, again[0], state="dead")


def test_of_two_that_read_the_same_row_one_gets_it(control: Engine) -> None:
    """The update alone decides, as where the database has no lock that reading takes."""
    (row,) = kept(control, due_at=BEFORE)
    with control.begin() as connection:
        connection.execute(webhook_deliveries.update().values(due_at="2021-01-01T00:00:00.000000Z"))
    assert not deliveries.settle(control, row, state="delivered")
    assert deliveries.settle(
        control, msgspec.structs.replace(row, due_at="2021-01-01T00:00:00.000000Z"), state="delivered"
    )


def test_states_are_counted_and_old_ends_forgotten(control: Engine) -> None:
    kept(control, 2)
    kept(control, 3, state="dead", due_at=BEFORE)
    kept(control, 4, state="delivered", due_at=BEFORE)
    kept(control, 1, webhook=OTHER)
    assert deliveries.counted(control, [ID, OTHER]) == {(ID, "waiting"): 2, (ID, "dead"): 3, (OTHER, "waiting"): 1}
    assert deliveries.counted(control, []) == {}
    assert deliveries.prune(control, "delivered", LATER) == 4
    assert deliveries.prune(control, "dead", BEFORE) == 0
    with control.begin() as connection:
        deliveries.drop(connection, [ID])
    assert deliveries.counted(control, [ID, OTHER]) == {(OTHER, "waiting"): 1}


def test_the_cursor_is_moved_by_one(control: Engine) -> None:
    assert webhook_cursor.position(control) == 0
    assert webhook_cursor.begin(control, BEFORE) == webhook_cursor.Cursor(0, BEFORE)
    assert webhook_cursor.begin(control, LATER) == webhook_cursor.Cursor(0, BEFORE)
    with control.begin() as connection:
        assert webhook_cursor.move(connection, 0, webhook_cursor.Cursor(5, BEFORE, store="s", chain="c"))
        assert not webhook_cursor.move(connection, 0, webhook_cursor.Cursor(7, BEFORE))
    assert webhook_cursor.begin(control, LATER) == webhook_cursor.Cursor(5, BEFORE, store="s", chain="c")
