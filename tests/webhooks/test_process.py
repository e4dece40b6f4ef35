"""`python -m webhooks` as it runs, killed and asked to end: nothing is lost, and repeats come under the same id."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventstore.mongo.store import MongoEventStore
from tests.projector.processes import eventually
from tests.webhooks.conftest import SITE_KEY, Program, Receiver, WebhookSite, respond

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path, run: Callable[..., Program]) -> Start:
    """`python -m webhooks` on a site's folder, with these settings."""
    return lambda **settings: run(
        "-m", "webhooks", **{"DATA_DIR": str(tmp_path), "WEBHOOKS_MAY_CALL": "private"} | settings
    )


def wait_until_started(program: Program) -> None:
    eventually(lambda: "webhooks started" in program.output() or program.process.poll() is not None)
    assert program.process.poll() is None, program.output()


def wait_until_delivered(site: WebhookSite, hook: str, number: int) -> None:
    """Also what a process had claimed that was killed."""
    eventually(site.followed)
    site.make_due()
    eventually(lambda: site.states(hook) == ["delivered"] * number)


@pytest.mark.slow
def test_killed_between_sending_and_saving_it_sends_again_under_the_same_id(
    site: WebhookSite, receiver: Receiver, start: Start
):
    hook = site.add_webhook(receiver.url, "PostPublished")
    first = start()
    receiver.responses = [respond(200), lambda _: first.process.kill(), respond(200)]
    wait_until_started(first)
    for title in ("One", "Two", "Three"):
        site.publish(title)
    eventually(lambda: first.process.poll() is not None)
    heard = len(receiver.requests)
    site.publish("While it is dead")
    start()
    wait_until_delivered(site, hook, 4)
    sent = [(request.event["data"]["title"], request.id) for request in receiver.requests]
    assert {title for title, _ in sent} == {"One", "Two", "Three", "While it is dead"}
    assert len(set(sent)) == 4
    assert len(sent) > 4 or heard < 3


@pytest.mark.slow
def test_asked_to_end_it_finishes_and_exits_with_zero(site: WebhookSite, receiver: Receiver, start: Start):
    """And logs no address of a receiver, whatever it answers."""
    receiver.responses = [lambda handler: handler.wfile.write(b"HTTP/1.1 500 No\r\nno header\r\nX: y\r\n\r\n")]
    site.add_webhook(receiver.url + "?token=abc")
    running = start()
    wait_until_started(running)
    site.publish()
    eventually(lambda: "not delivered" in running.output())
    assert running.end(signal.SIGTERM) == 0
    assert "abc" not in running.output()
    assert "webhooks stopped" in running.output()
    assert "Traceback" not in running.output()


@pytest.mark.slow
def test_a_silent_database_holds_up_no_end_and_what_was_not_saved_is_sent_again(
    site: WebhookSite, receiver: Receiver, start: Start
):
    hook = site.add_webhook(receiver.url)
    running = start()
    wait_until_started(running)
    with site.control.connect() as connection:

        def lock(handler: Any) -> None:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            respond(200)(handler)

        receiver.responses = [lock, respond(200)]
        site.publish()
        eventually(lambda: receiver.requests)
        assert running.end(signal.SIGTERM) == 0
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN")
    assert "ending without what is still waited for" in running.output()
    start()
    wait_until_delivered(site, hook, 1)
    assert len({request.id for request in receiver.requests}) == 1


@pytest.mark.slow
def test_it_calls_nobody_on_this_machine_unless_it_may(site: WebhookSite, receiver: Receiver, start: Start):
    hook = site.add_webhook(receiver.url)
    start(WEBHOOKS_MAY_CALL="")
    site.publish()
    eventually(lambda: site.queue(hook) and site.queue(hook)[0].attempts)
    assert "may not be called" in site.queue(hook)[0].answer
    assert receiver.requests == []


@pytest.mark.slow
def test_a_bad_setting_and_a_missing_read_model_are_sentences(start: Start):
    for settings, words in (
        ({"WEBHOOKS_MAY_CALL": "anything"}, "WEBHOOKS_MAY_CALL must be public or private"),
        ({}, "bin/verbatim migrate"),
    ):
        failed = start(**settings)
        assert failed.process.wait(30) == 1
        assert "webhooks: " in failed.output()
        assert words in failed.output()
        assert "Traceback" not in failed.output()


@pytest.mark.server
def test_two_processes_on_mongodb_send_what_has_its_position_and_survive_a_kill(
    mongo_url: str, tmp_path: Path, receiver: Receiver, start: Start
):
    site = WebhookSite(tmp_path, MongoEventStore(mongo_url))
    settings = {
        "EVENT_STORE_URL": mongo_url,
        "EVENT_LOG_URL": "kafka://127.0.0.1:1/unused",
        "READ_MODEL_URL": f"sqlite:///{tmp_path / 'read.db'}",
        "SECRET_KEY": SITE_KEY,
    }
    hook = site.add_webhook(receiver.url, "PostPublished")
    first, second = start(**settings), start(**settings)
    written = {site.publish(f"Post {number}") for number in range(10)}
    wait_until_started(first)
    assert receiver.requests == []
    site.number()
    eventually(lambda: len(receiver.requests) >= 5)
    first.end(signal.SIGKILL)
    written.add(site.publish("Post 10"))
    site.number()
    wait_until_delivered(site, hook, 11)
    assert {request.event["data"]["post"] for request in receiver.requests} == written
    assert len({request.id for request in receiver.requests}) == 11
    assert second.end(signal.SIGTERM) == 0
    site.close()
