"""Deliveries that fail, and what becomes of them."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from domain import ids
from domain.webhook import ResumeWebhook
from operational import webhook_deliveries
from tests.people import id_of
from tests.projector.processes import eventually
from tests.webhooks.conftest import Receiver, Respond, WebhookSite, respond
from webhooks import dispatcher, schedule


def seconds_until(at: str | None) -> float:
    return (datetime.fromisoformat(at or "") - datetime.now(UTC)).total_seconds()


def respond_with_date(handler: BaseHTTPRequestHandler) -> None:
    later = datetime.now(UTC) + timedelta(seconds=900)
    respond(503, Retry_After=format_datetime(later, usegmt=True))(handler)


@pytest.mark.parametrize(
    ("response", "status", "answer", "again_in_s"),
    [
        (respond(500, b"<b>oops</b>\n\x1b[31m"), 500, "<b>oops</b> [31m", 5),
        (respond(500, b"y" * 4_000, Retry_After="900"), 500, "y" * 200, 5),
        (respond(429, Retry_After="900"), 429, "", 900),
        (respond(503, Retry_After="900"), 503, "", 900),
        (respond_with_date, 503, "", 900),
        (respond(503, Retry_After="soon"), 503, "", 5),
        (respond(302, b"there", Location="/hook"), 302, "Redirects aren’t followed. there", 5),
    ],
)
def test_a_failed_attempt_is_repeated_under_the_same_id(
    site: WebhookSite, receiver: Receiver, response: Respond, status: int, answer: str, again_in_s: float
):
    hook = site.add_webhook(receiver.url)
    receiver.responses = [response, respond(200, b"ok")]
    site.publish()
    site.deliver()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.attempts, failed.status, failed.answer) == ("waiting", 1, status, answer)
    waits = seconds_until(failed.due_at) - seconds_until(failed.tried_at)
    assert 0.79 * again_in_s < waits < 1.21 * again_in_s
    assert len(receiver.requests) == 1
    site.make_due()
    site.deliver()
    (done,) = site.queue(hook)
    assert (done.state, done.attempts, done.answer) == ("delivered", 2, "ok")
    assert len(receiver.requests) == 2
    assert len({request.id for request in receiver.requests}) == 1


def test_why_there_was_no_answer_is_told_to_the_owner(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url)
    receiver.close()
    site.publish()
    site.deliver()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.attempts, failed.status) == ("waiting", 1, None)
    assert failed.answer == "The connection was refused."


def test_after_the_last_attempt_it_is_a_dead_letter_and_replayed_it_is_delivered(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url)
    receiver.responses = [respond(500)]
    site.publish()
    for _ in range(10):
        site.deliver()
        site.make_due()
    (dead,) = site.queue(hook, "dead")
    assert (dead.attempts, len(receiver.requests)) == (8, 8)
    receiver.responses = [respond(200)]
    assert webhook_deliveries.replay(site.control, hook, ids.uuid7()) == 0
    assert webhook_deliveries.replay(site.control, hook, dead.id) == 1
    assert webhook_deliveries.replay(site.control, hook) == 0
    site.deliver()
    (done,) = site.queue(hook)
    assert (done.id, done.state, done.attempts) == (dead.id, "delivered", 1)
    assert len({request.id for request in receiver.requests}) == 1


def test_the_delays_grow_to_a_day_and_vary():
    delays = [schedule.retry_delay_s(attempts, None) or 0 for attempts in range(1, 8)]
    assert delays == sorted(delays)
    assert 0.8 * 82_000 < sum(delays) < 1.2 * 87_000
    assert schedule.retry_delay_s(8, None) is None
    assert len({schedule.retry_delay_s(3, None) for _ in range(20)}) > 1


@pytest.mark.parametrize("header", ["", "soon", "-5", "9" * 400, "9" * 5_000, "Tue, 99 Foo 2026 99:99:99 GMT", "٣"])
def test_a_retry_after_of_no_use_makes_no_delay_longer_than_a_day(header: str):
    assert 4 <= (schedule.retry_delay_s(1, header) or 0) <= schedule.MAX_RETRY_AFTER_S


def test_gone_pauses_the_webhook_and_the_rest_waits_for_its_owner(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "PostPublished")
    receiver.responses = [respond(410, b"no such hook"), respond(200)]
    site.publish()
    site.deliver()
    paused = site.store.load(f"webhooks-{id_of('ann')}")[-1]
    assert (paused.actor, paused.events[0].type) == ("verbatim", "WebhookPaused")
    assert json.loads(bytes(paused.events[0].data))["reason"] == "Its receiver answered 410 Gone."
    site.publish("While paused")
    site.deliver()
    (dead,) = site.queue(hook)
    assert (dead.state, dead.status, dead.answer) == ("dead", 410, "no such hook")
    webhook_deliveries.replay(site.control, hook)
    site.deliver()
    assert len(receiver.requests) == 1
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    site.deliver()
    assert (len(receiver.requests), site.states(hook)) == (2, ["delivered"])


def test_a_slow_receiver_holds_up_no_other(site: WebhookSite, receiver: Receiver):
    slow = Receiver()
    slow.responses = [slow.hang]
    site.add_webhook(slow.url, "PostPublished")
    hook = site.add_webhook(receiver.url, "PostPublished", handle="bob")
    for number in range(3 * dispatcher.MAX_CALLS_PER_ACCOUNT):
        site.publish(f"Post {number}")
    site.dispatcher.step()
    eventually(lambda: "delivered" in site.states(hook))
    assert len(slow.requests) <= dispatcher.MAX_CALLS_PER_ACCOUNT
    slow.close()
    site.dispatcher.wait()


def test_several_processes_share_what_is_due_and_send_nothing_twice(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "PostPublished")
    for number in range(40):
        site.publish(f"Post {number}")

    def work() -> None:
        mine = site.new_dispatcher()
        while site.states(hook) != ["delivered"] * 40:
            mine.step()
            mine.wait()

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(work) for _ in range(3)]:
            done.result(60)
    assert len(receiver.requests) == len({request.id for request in receiver.requests}) == 40


def test_told_to_stop_it_gives_up_what_hangs_without_counting_it(
    site: WebhookSite, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dispatcher, "DRAIN_TIMEOUT_S", 0.2)
    hook = site.add_webhook(receiver.url)
    receiver.responses = [receiver.hang]
    site.publish()
    stop = threading.Event()
    running = threading.Thread(target=site.dispatcher.run, args=(stop,))
    running.start()
    eventually(lambda: receiver.requests)
    stop.set()
    running.join(10)
    assert not running.is_alive()
    (kept,) = site.queue(hook)
    assert (kept.state, kept.attempts) == ("waiting", 0)
    assert seconds_until(kept.due_at) <= 0
