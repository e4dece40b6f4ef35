"""What receivers get and what comes of their answers, against a real server on this machine."""

import base64
import hashlib
import hmac
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from domain import ids, post, signing
from domain.account import GrantRole, SuspendAccount
from domain.bus import operator
from domain.commit import Commit
from domain.webhook import PauseWebhook, ResumeWebhook, RotateWebhookSecret
from eventstore.chain import without_position
from eventstore.codec import encode_commit
from operational import webhook_deliveries
from tests.promises.stores import add_unknown
from tests.webhooks.conftest import SITE_KEY, Hooked, Receiver, Told, answers, eventually
from transfer.cloudevents import Onlooker
from webhooks import delivering, schedule
from webhooks.calling import Caller


def right(told: Told, secret: str) -> bool:
    """Whether one of the signatures is by this secret: worked out by hand, as a receiver does."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([told.headers["webhook-id"].encode(), told.headers["webhook-timestamp"].encode(), told.body])
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{mac}" in told.headers["webhook-signature"].split(" ")


def test_an_event_arrives_signed_and_as_its_owner_may_see_it(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url + "?token=abc", "PostPublished")
    id = site.publish("Hello")
    site.settle()
    (told,) = receiver.got
    assert told.path == "/hook?token=abc"
    assert told.headers["Host"] == receiver.url.split("/")[2]
    assert told.headers["Content-Type"] == "application/cloudevents+json"
    commit = site.store.load(f"post-{id}")[0]
    assert told.headers["webhook-id"] == f"{hook}_{commit.id}_1"
    assert abs(int(told.headers["webhook-timestamp"]) - time.time()) < 30
    assert right(told, signing.secret(SITE_KEY, hook, 0))
    assert not right(told, signing.secret(SITE_KEY, hook, 1))
    stored = site.bus.stored((commit.position or 0) - 1, 1)
    assert told.body == msgspec.json.encode(Onlooker(site.bus, "ann", uses_roles=True).shown(stored)[0][0])
    assert told.event["data"]["title"] == "Hello"
    (done,) = site.queue(hook)
    assert (done.state, done.attempts, done.status, done.answer) == ("delivered", 1, 204, "")
    site.later()
    site.settle()
    assert len(receiver.got) == 1


def test_who_fails_is_tried_again_with_the_same_id_until_it_works(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.says = [answers(500, b"<b>oops</b>\n\x1b[31m"), answers(200, b"ok")]
    site.publish()
    site.settle()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.attempts, failed.status, failed.answer) == ("waiting", 1, 500, "<b>oops</b> [31m")
    assert 3.5 < seconds_until(failed.due_at) - seconds_until(failed.tried_at or "") < 6.5
    site.settle()
    assert len(receiver.got) == 1
    site.later()
    site.settle()
    (done,) = site.queue(hook)
    assert (done.state, done.attempts, done.answer) == ("delivered", 2, "ok")
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_after_the_last_try_it_is_a_dead_letter_and_replayed_it_is_delivered(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.says = [answers(500)]
    site.publish()
    site.settle()
    for _ in schedule.DELAYS_S:
        site.later()
        site.settle()
    (dead,) = site.queue(hook, "dead")
    assert (dead.attempts, len(receiver.got)) == (8, 8)
    site.later()
    site.settle()
    assert len(receiver.got) == 8
    assert webhook_deliveries.counted(site.control, [hook]) == {(hook, "dead"): 1}
    receiver.says = [answers(200)]
    assert webhook_deliveries.replay(site.control, hook, ids.uuid7()) == 0
    assert webhook_deliveries.replay(site.control, hook, dead.id) == 1
    assert webhook_deliveries.replay(site.control, hook) == 0
    site.settle()
    (done,) = site.queue(hook)
    assert (done.id, done.state, done.attempts) == (dead.id, "delivered", 1)
    assert len({told.headers["webhook-id"] for told in receiver.got}) == 1


def test_the_waits_grow_to_a_day_and_vary():
    waits = [schedule.delay_s(attempts, None) or 0 for attempts in range(1, 8)]
    assert waits == sorted(waits)
    assert 0.8 * 82_000 < sum(waits) < 1.2 * 87_000
    assert schedule.delay_s(8, None) is None
    assert len({schedule.delay_s(3, None) for _ in range(20)}) > 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_heard(site: Hooked, receiver: Receiver, status: int, as_date: bool):
    hook = site.hook(receiver.url)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=900), usegmt=True)
    receiver.says = [answers(status, Retry_After=later if as_date else "900")]
    site.publish()
    site.settle()
    (failed,) = site.queue(hook)
    assert 880 < seconds_until(failed.due_at) < 910


@pytest.mark.parametrize("said", ["", "soon", "-5", "9" * 400, "Tue, 99 Foo 2026 99:99:99 GMT", "٣"])
def test_a_retry_after_that_says_nothing_of_use_changes_little(said: str):
    assert 4 <= (schedule.delay_s(1, said) or 0) <= schedule.LONGEST_S
    assert 4 <= (schedule.delay_s(1, None) or 0) <= 6


def test_gone_pauses_the_webhook_and_the_rest_waits_for_its_owner(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url, "PostPublished")
    receiver.says = [answers(410, b"no such hook")]
    site.publish()
    site.settle()
    paused = site.store.load("webhooks-ann")[-1]
    assert (paused.actor, paused.events[0].type, paused.reason) == (
        "verbatim", "WebhookPaused", "Its receiver answered 410 Gone.",
    )  # fmt: skip
    site.publish("While paused")
    site.settle()
    (dead,) = site.queue(hook)
    assert (dead.state, dead.status, dead.answer, len(receiver.got)) == ("dead", 410, "no such hook", 1)
    receiver.says = [answers(200)]
    webhook_deliveries.replay(site.control, hook)
    site.settle()
    assert len(receiver.got) == 1
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    site.settle()
    assert len(receiver.got) == 2
    assert site.queue(hook)[0].state == "delivered"


def test_a_redirect_is_not_followed(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.says = [answers(302, Location=receiver.url + "/elsewhere")]
    site.publish()
    site.settle()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.status, len(receiver.got)) == ("waiting", 302, 1)
    assert "Redirects" in failed.answer


def test_of_a_huge_answer_little_is_read_and_less_is_kept(site: Hooked, receiver: Receiver):
    sent: list[int] = []

    def huge(told: Told, handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 30))
        handler.end_headers()
        for _ in range(1 << 14):
            handler.wfile.write(b"y" * (1 << 16))
            sent.append(1 << 16)

    hook = site.hook(receiver.url)
    receiver.says = [huge]
    site.publish()
    site.settle()
    (done,) = site.queue(hook)
    assert (done.state, done.answer) == ("delivered", "y" * 200)
    assert sum(sent) < 1 << 25


def test_nobody_there_is_said(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.close()
    site.publish()
    site.settle()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.status, failed.answer) == ("waiting", None, "The connection was refused.")


def test_an_answer_that_is_no_http_is_said(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.says = [lambda told, handler: handler.wfile.write(b"220 mail.example ESMTP\r\n\r\n")]
    site.publish()
    site.settle()
    assert site.queue(hook)[0].answer.startswith("The answer is no HTTP")


@pytest.mark.parametrize("kind", ["hangs", "drips"])
def test_who_takes_too_long_is_cut_off(site: Hooked, receiver: Receiver, kind: str):
    site.deliverer = site.new_deliverer(Caller(private=True, timeout_s=0.4))
    hook = site.hook(receiver.url)
    receiver.says = [getattr(receiver, kind)]
    site.publish()
    began = time.monotonic()
    site.settle()
    assert time.monotonic() - began < 10
    (failed,) = site.queue(hook)
    assert (failed.state, failed.status, failed.answer) == ("waiting", None, "No answer within 0.4 s.")


def test_a_slow_receiver_holds_up_no_other(site: Hooked, receiver: Receiver):
    slow, quick = Receiver(), receiver
    slow.says = [slow.hangs]
    site.hook(slow.url, "PostPublished")
    for number in range(3 * delivering.EACH):
        site.publish(f"Post {number}")
    hook = site.hook(quick.url, "PostPublished", handle="bob")
    site.publish("For both")
    site.deliverer.step(site.pool)
    eventually(lambda: [one.state for one in site.queue(hook)] == ["delivered"])
    assert len(slow.got) <= delivering.EACH
    site.caller.cut_off()
    slow.close()
    site.deliverer.wait()


def test_several_processes_share_what_is_due_and_send_nothing_twice(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url, "PostPublished")
    for number in range(40):
        site.publish(f"Post {number}")
    others = [site.new_deliverer(site.caller) for _ in range(3)]

    def work(deliverer) -> None:
        with ThreadPoolExecutor(4) as pool:
            while any(one.state != "delivered" for one in site.queue(hook)) or not site.queue(hook):
                deliverer.step(pool)
                deliverer.wait()

    threads = [threading.Thread(target=work, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(receiver.got) == 40
    assert len({told.headers["webhook-id"] for told in receiver.got}) == 40


def test_after_a_rotation_both_secrets_sign_until_the_old_one_ends(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url, "PostPublished")
    old, new, newest = (signing.secret(SITE_KEY, hook, rotation) for rotation in range(3))
    soon = ids.timestamp(datetime.now(UTC) + timedelta(hours=1))
    site.send(RotateWebhookSecret(handle="ann", webhook=hook, old_until=soon))
    site.publish()
    site.settle()
    assert [right(receiver.got[0], secret) for secret in (old, new)] == [True, True]
    site.send(RotateWebhookSecret(handle="ann", webhook=hook, old_until=ids.now()))
    site.publish()
    site.settle()
    assert [right(receiver.got[1], secret) for secret in (old, new, newest)] == [False, False, True]


def test_what_was_erased_or_removed_before_it_is_sent_is_not_told(site: Hooked, receiver: Receiver):
    site.hook(receiver.url, "PostPublished", handle="bob")
    receiver.says = [answers(500), answers(500), answers(200)]
    erased, removed = site.publish("Secret plans"), site.publish("Secret thoughts")
    site.settle()
    assert b"Secret" in receiver.got[0].body
    site.bus.send(post.ErasePost(post=erased, reason="r"), operator(ids.now()))
    site.send(post.RemovePost(post=removed), "ann")
    site.later()
    site.settle()
    for told in receiver.got[2:]:
        assert b"Secret" not in told.body
    assert [told.event.get("withheld") for told in receiver.got[2:]].count("title,body,url") >= 1


def test_a_moderators_webhook_is_told_what_an_author_may_see(site: Hooked, receiver: Receiver):
    site.bus.send(GrantRole(handle="bob", role="moderator"), operator(ids.now()))
    site.hook(receiver.url, "PostPublished", handle="bob")
    site.send(post.RemovePost(post=site.publish("Secret plans")))
    site.settle()
    (told,) = receiver.got
    assert told.event["withheld"] == "title,body,url"
    assert b"Secret" not in told.body


def test_what_waits_is_held_from_the_moment_of_a_pause_or_suspension(site: Hooked, receiver: Receiver):
    hook, other = site.hook(receiver.url, "PostPublished"), site.hook(receiver.url, "PostPublished", handle="bob")
    receiver.says = [answers(500)]
    site.publish()
    site.settle()
    tried = len(receiver.got)
    site.send(PauseWebhook(handle="ann", webhook=hook))
    site.bus.send(SuspendAccount(handle="bob", reason="r"), operator(ids.now()))
    site.later()
    for webhook in (hook, other):  # the queue hasn't heard of it yet
        soon = ids.timestamp(datetime.now(UTC) + timedelta(seconds=60))
        for claimed in webhook_deliveries.claim(site.control, webhook, ids.now(), soon, 9):
            site.deliverer._sender.attempt(claimed)
    site.later()
    site.settle()
    assert len(receiver.got) == tried
    assert [one.attempts for one in (*site.queue(hook), *site.queue(other))] == [1, 1]


def test_a_try_out_is_sent_as_such(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url, "Liked")
    site.settle()
    made = webhook_deliveries.test(site.control, hook, "ann")
    assert webhook_deliveries.test(site.control, hook, "ann").id == made.id
    site.settle()
    (told,) = receiver.got
    assert told.event.items() >= {"type": "WebhookTested", "position": 0, "data": {"webhook": hook}}.items()
    assert right(told, signing.secret(SITE_KEY, hook, 0))
    assert webhook_deliveries.test(site.control, hook, "ann").id != made.id


def test_an_event_that_cannot_be_read_is_a_dead_letter_that_says_so(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    site.publish()
    site.deliverer._follower.step()
    with site.control.begin() as connection:
        connection.exec_driver_sql("UPDATE webhook_deliveries SET commit_id = 'another'")
    site.settle()
    (dead,) = site.queue(hook)
    assert (dead.state, receiver.got) == ("dead", [])
    assert "can't be read" in dead.answer


def test_a_gap_is_sent_as_such_and_once_it_is_mended_as_what_it_was(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    whole = site.store.load(f"post-{site.publish('A title')}")[0]
    receiver.says = [answers(500), answers(204)]
    _put(site, whole, b"{")
    site.settle()
    _put(site, whole, encode_commit(without_position(whole)))
    site.later()
    site.settle()
    gap, mended = [told.event for told in receiver.got]
    assert (gap["type"], gap["subject"], gap["time"]) == ("Unreadable", whole.stream, None)
    assert "A title" not in str(gap)
    assert (mended["type"], mended["position"]) == ("PostPublished", gap["position"])
    assert mended["data"]["title"] == "A title"
    (delivered,) = site.queue(hook)
    assert delivered.state == "delivered"


def _put(site: Hooked, commit: Commit, document: bytes) -> None:
    with sqlite3.connect(site.folder / "events.db") as connection:
        connection.execute("UPDATE commits SET document = ? WHERE stream = ?", (document, commit.stream))
    connection.close()


def test_a_webhook_whose_own_stream_cannot_be_read_waits_for_its_next_try(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    site.publish()
    site.deliverer._follower.step()
    add_unknown(site.store, "webhooks-ann")
    site.settle()
    (waiting,) = site.queue(hook)
    assert (waiting.state, waiting.attempts, receiver.got) == ("waiting", 1, [])
    assert "webhooks-ann" in waiting.answer
    assert waiting.due_at > ids.now()


def test_what_is_long_over_is_forgotten(site: Hooked, receiver: Receiver):
    hook = site.hook(receiver.url)
    receiver.says = [answers(410)]
    site.publish()
    site.settle()
    site.deliverer.prune()
    assert len(site.queue(hook)) == 1
    with site.control.begin() as connection:
        old = ids.timestamp(datetime.now(UTC) - timedelta(days=31))
        connection.exec_driver_sql("UPDATE webhook_deliveries SET due_at = ?", (old,))
    site.deliverer.prune()
    assert site.queue(hook) == []


def test_told_to_stop_it_gives_up_what_hangs_without_counting_it(site: Hooked, receiver: Receiver, monkeypatch):
    monkeypatch.setattr(delivering, "DRAIN_S", 0.2)
    hook = site.hook(receiver.url)
    receiver.says = [receiver.hangs]
    site.publish()
    stop = threading.Event()
    running = threading.Thread(target=site.deliverer.run, args=(stop,))
    running.start()
    eventually(lambda: receiver.got)
    began = time.monotonic()
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert time.monotonic() - began < 10
    (kept,) = site.queue(hook)
    assert (kept.state, kept.attempts) == ("waiting", 0)
    assert seconds_until(kept.due_at) <= 0


def seconds_until(at: str) -> float:
    return (datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds()
