"""The list of somebody's webhooks, and the queue of their deliveries with its cursor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from domain import webhook
from domain.rights import OPERATOR
from operational import webhook_cursor, webhook_deliveries
from operational.webhook_cursor import Cursor, Target
from operational.webhook_deliveries import Delivery
from readmodel.engine.queries import HistoryOf
from readmodel.generations.generations import Generations
from readmodel.webhooks import WebhooksOf
from tests.people import id_of
from tests.readmodel.site import Site, empty_tables, fold, rows
from tests.webhooks.queueing import queue

ID, OTHER = "0192abcd-0000-7000-8000-000000000001", "0192abcd-0000-7000-8000-000000000002"
OF_ANN, URL = {"handle": "ann", "webhook": ID}, "https://bot.example/hook"
BEFORE, LATER, LATEST = (f"{year}-01-01T00:00:00.000000Z" for year in (2020, 2100, 2101))


def test_webhooks_are_listed_as_they_stand_until_they_are_removed(site: Site) -> None:
    site.send(webhook.AddWebhook(**OF_ANN, url=URL, description="One"))
    site.send(webhook.AddWebhook(handle="ann", webhook=OTHER, url=URL, kinds=("Liked", "PostPublished")))
    first, second = site.ask(WebhooksOf(account="ann"))
    assert (first.id, first.description, first.kinds, first.paused_at) == (ID, "One", (), None)
    assert second.kinds == ("PostPublished", "Liked")
    site.send(webhook.ChangeWebhook(**OF_ANN, url=URL + "/2", kinds=("Liked",)))
    site.send(webhook.PauseWebhook(**OF_ANN, reason="410 Gone"), OPERATOR)
    site.send(webhook.RotateWebhookSecret(**OF_ANN, old_until=LATER))
    found = site.ask(WebhooksOf(account="ann"))[0]
    assert (found.url, found.kinds, found.description, found.pause_reason) == (URL + "/2", ("Liked",), "", "410 Gone")
    assert None not in (found.paused_at, found.rotated_at)
    site.send(webhook.ResumeWebhook(**OF_ANN))
    found = site.ask(WebhooksOf(account="ann"))[0]
    assert (found.paused_at, found.pause_reason) == (None, None)
    site.send(webhook.RemoveWebhook(**OF_ANN))
    assert [view.id for view in site.ask(WebhooksOf(account="ann"))] == [OTHER]
    assert site.ask(WebhooksOf(account="bob")) == site.ask(HistoryOf(stream=webhook.stream(id_of("ann")))) == []
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


def add(control: Engine, number: int = 1, **columns: object) -> list[Delivery]:
    return queue(control, number, **{"account": "ann", "webhook": ID} | columns)


def set_targets(control: Engine, *targets: Target) -> None:
    with control.begin() as connection:
        webhook_cursor.replace_targets(connection, targets)
        assert webhook_cursor.load_targets(connection) == {target.webhook: target for target in targets}


def test_only_active_webhooks_that_have_something_due_are_ready(control: Engine) -> None:
    active, other = (Target(webhook=id, account="ann", kinds=("Liked", "Unliked")) for id in (ID, OTHER))
    add(control, due_at=BEFORE)
    add(control, webhook=OTHER, due_at=LATEST)
    for targets, ready in (
        ((), []),
        ((active, other), [(ID, "ann")]),
        ((replace(active, paused=True), other), []),
        ((replace(active, suspended=True),), []),
        ((active,), [(ID, "ann")]),
    ):
        set_targets(control, *targets)
        assert webhook_deliveries.ready(control, LATER) == ready


def test_what_is_claimed_is_nobody_elses_until_the_time_is_over(control: Engine) -> None:
    added = add(control, 3, due_at=BEFORE)
    mine = webhook_deliveries.claim(control, ID, LATER, LATEST, 2)
    assert [one.id for one in mine] == [added[0].id, added[1].id]
    assert [one.id for one in webhook_deliveries.claim(control, ID, LATER, LATEST, 9)] == [added[2].id]
    assert webhook_deliveries.claim(control, ID, LATER, LATEST, 9) == []
    again = webhook_deliveries.claim(control, ID, LATEST, "2102-01-01T00:00:00.000000Z", 1)
    assert [one.id for one in again] == [added[0].id]
    assert not webhook_deliveries.settle(control, mine[0], state="delivered")
    assert webhook_deliveries.settle(control, again[0], state="delivered")
    assert not webhook_deliveries.settle(control, again[0], state="dead")


def test_of_two_that_advance_the_cursor_one_does(control: Engine) -> None:
    assert webhook_cursor.position(control) == 0
    for since in (BEFORE, LATER):
        assert webhook_cursor.load_or_create(control, since) == Cursor(position=0, since=BEFORE)
    reached = Cursor(position=5, since=BEFORE, store="s", chain="c")
    with control.begin() as connection:
        assert webhook_cursor.advance(connection, 0, reached)
        assert not webhook_cursor.advance(connection, 0, Cursor(position=7, since=BEFORE))
    assert webhook_cursor.load(control) == reached
