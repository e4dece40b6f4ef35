"""What receivers get and what comes of their responses, against a real server on this machine."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain import ids, post, signing
from domain.account import ChangePassword, GrantRole
from domain.bus import operator
from domain.commit import Commit
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from domain.signing import OldKey, SiteKeys
from domain.token import IssueToken, RevokeToken
from domain.webhook import AddWebhook, ChangeWebhook, PauseWebhook, ResumeWebhook, RotateWebhookSecret
from eventstore.chain import without_position
from eventstore.codec import encode_commit
from operational import webhook_deliveries
from tests.people import id_of
from tests.promises.stores import add_unknown
from tests.webhooks.conftest import SITE_KEY, Received, Receiver, WebhookSite, respond
from transfer.cloudevents import Onlooker
from webhooks.client import Client
from webhooks.sender import Sender

WEBHOOKS = f"webhooks-{id_of('ann')}"


def is_signed(request: Received, secret: str) -> bool:
    """Whether one of the signatures is by this secret."""
    own = signing.signature([secret], request.id, int(request.headers["webhook-timestamp"]), request.body)
    return own in request.headers["webhook-signature"].split(" ")


def test_an_event_arrives_once_signed_and_as_its_owner_may_see_it(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url + "?token=abc", "PostPublished")
    commit = site.store.load(f"post-{site.publish('Hello')}")[0]
    site.deliver()
    (request,) = receiver.requests
    assert (request.path, request.headers["Content-Type"]) == ("/hook?token=abc", "application/cloudevents+json")
    assert request.id == f"{hook}_{commit.id}_1"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 30
    assert [is_signed(request, signing.secret(SITE_KEY, hook, rotation)) for rotation in (0, 1)] == [True, False]
    stored = site.bus.stored((commit.position or 0) - 1, 1)
    assert request.body == msgspec.json.encode(Onlooker(site.bus, id_of("ann"), uses_roles=True).shown(stored)[0][0])
    assert request.event["data"]["title"] == "Hello"
    (done,) = site.queue(hook)
    assert (done.state, done.attempts, done.status, done.answer) == ("delivered", 1, 204, "")
    site.make_due()
    site.deliver()
    assert len(receiver.requests) == 1


def test_after_a_rotation_both_secrets_sign_until_the_old_one_ends(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "PostPublished")
    secrets = [signing.secret(SITE_KEY, hook, rotation) for rotation in range(3)]
    for until in (ids.from_now(timedelta(hours=1)), ids.now()):
        site.send(RotateWebhookSecret(handle="ann", webhook=hook, old_until=until))
        site.publish()
        site.deliver()
    signed = [[is_signed(request, secret) for secret in secrets] for request in receiver.requests]
    assert signed == [[True, True, False], [False, False, True]]


def test_after_a_change_of_the_sites_key_both_sign_until_the_old_one_ends(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "PostPublished")
    secrets = [signing.secret(key, hook, 0) for key in (SITE_KEY, "a new key")]
    for left in (timedelta(hours=1), timedelta(0)):
        old = OldKey(SITE_KEY, ids.from_now(left))
        site.sender = Sender(site.bus, site.control, Client(private=True), SiteKeys("a new key", (old,)))
        site.dispatcher = site.new_dispatcher()
        site.publish()
        site.deliver()
    signed = [[is_signed(request, secret) for secret in secrets] for request in receiver.requests]
    assert signed == [[True, True], [False, True]]


def test_what_was_erased_or_removed_before_it_is_sent_is_not_told(site: WebhookSite, receiver: Receiver):
    """Not even to a moderator's webhook: it is told what an author may see."""
    site.bus.send(GrantRole(handle="bob", role="moderator"), operator(ids.now()))
    site.add_webhook(receiver.url, "PostPublished", handle="bob")
    receiver.responses = [respond(500), respond(500), respond(200)]
    erased, removed = site.publish("Secret plans"), site.publish("Secret thoughts")
    site.deliver()
    assert all(b"Secret" in request.body for request in receiver.requests)
    site.bus.send(post.ErasePost(post=erased, reason="r"), operator(ids.now()))
    site.send(post.RemovePost(post=removed), "ann")
    site.make_due()
    site.deliver()
    assert len(receiver.requests) == 4
    assert not any(b"Secret" in request.body for request in receiver.requests[2:])
    assert "title,body,url,source" in [request.event.get("withheld") for request in receiver.requests[2:]]


def test_why_it_was_removed_is_not_told_either(site: WebhookSite, receiver: Receiver):
    site.add_webhook(receiver.url, "PostRemoved", handle="bob")
    site.add_webhook(receiver.url, "PostRemoved", handle="ann")
    site.send(post.RemovePost(post=site.publish("Plans"), reason="Secret reason"), "ann")
    site.deliver()
    told = {request.event["withheld"]: request.event["reason"] for request in receiver.requests}
    assert told == {"reason": None, None: "Secret reason"}


def test_what_waits_is_held_from_the_moment_of_a_pause_or_suspension(site: WebhookSite, receiver: Receiver):
    hooks = [site.add_webhook(receiver.url, "PostPublished", handle=handle) for handle in ("ann", "bob")]
    receiver.responses = [respond(500)]
    site.publish()
    site.deliver()
    site.send(PauseWebhook(handle="ann", webhook=hooks[0]))
    site.bus.send(SuspendAccount(handle="bob", reason="r"), operator(ids.now()))
    site.make_due()
    for hook in hooks:  # claimed before the queue has heard of it
        for claimed in webhook_deliveries.claim(site.control, hook, ids.now(), ids.from_now(timedelta(minutes=1)), 9):
            site.sender.attempt(claimed)
    site.make_due()
    site.deliver()
    assert [one.attempts for hook in hooks for one in site.queue(hook)] == [1, 1]
    assert len(receiver.requests) == 2
    receiver.responses = [respond(200)]
    site.send(ResumeWebhook(handle="ann", webhook=hooks[0]))
    site.bus.send(ReinstateAccount(handle="bob"), operator(ids.now()))
    site.make_due()
    site.deliver()
    assert [one.state for hook in hooks for one in site.queue(hook)] == ["delivered", "delivered"]


def test_what_waits_is_delivered_once_a_term_of_suspension_is_over(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "PostPublished", handle="bob")
    site.publish()
    site.follower.step()
    until = ids.from_now(timedelta(seconds=1))
    site.bus.send(SuspendAccount(handle="bob", reason="r", until=until), operator(ids.now()))
    site.deliver()
    assert receiver.requests == []
    assert webhook_deliveries.ready(site.control, ids.now()) == []
    while ids.now() < until:
        time.sleep(0.05)
    assert [webhook for webhook, _ in webhook_deliveries.ready(site.control, ids.now())] == [hook]
    site.deliver()
    assert [one.state for one in site.queue(hook)] == ["delivered"]
    assert len(receiver.requests) == 1


def test_a_test_event_is_sent_as_such(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url, "Liked")
    site.deliver()
    made = webhook_deliveries.add_test(site.control, hook, id_of("ann"))
    assert webhook_deliveries.add_test(site.control, hook, id_of("ann")).id == made.id
    site.deliver()
    (request,) = receiver.requests
    expected = {"type": "org.verbatim.WebhookTested", "position": 0, "data": {"webhook": hook}}
    assert request.event.items() >= expected.items()
    assert is_signed(request, signing.secret(SITE_KEY, hook, 0))
    assert webhook_deliveries.add_test(site.control, hook, id_of("ann")).id != made.id


def store_document(site: WebhookSite, commit: Commit, document: bytes) -> None:
    with sqlite3.connect(site.folder / "events.db") as connection:
        connection.execute("UPDATE commits SET document = ? WHERE stream = ?", (document, commit.stream))
    connection.close()


def test_a_gap_is_sent_as_such_and_once_it_is_mended_as_what_it_was(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url)
    whole = site.store.load(f"post-{site.publish('A title')}")[0]
    receiver.responses = [respond(500), respond(204)]
    for document in (b"{", encode_commit(without_position(whole))):
        store_document(site, whole, document)
        site.make_due()
        site.deliver()
    gap, mended = [request.event for request in receiver.requests]
    assert (gap["type"], gap["subject"], gap["time"]) == ("org.verbatim.Unreadable", whole.stream, None)
    assert "A title" not in str(gap)
    assert (mended["type"], mended["position"]) == ("org.verbatim.PostPublished", gap["position"])
    assert mended["data"]["title"] == "A title"
    assert site.states(hook) == ["delivered"]


def test_an_event_that_is_another_now_is_a_dead_letter_that_says_so(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url)
    site.publish()
    site.follower.step()
    site.change_rows(commit_id="another")
    site.deliver()
    (dead,) = site.queue(hook)
    assert (dead.state, receiver.requests) == ("dead", [])
    assert "can't be read" in dead.answer


def test_a_webhook_whose_own_stream_cannot_be_read_waits_for_its_next_attempt(site: WebhookSite, receiver: Receiver):
    hook = site.add_webhook(receiver.url)
    site.publish()
    site.follower.step()
    add_unknown(site.store, WEBHOOKS)
    site.deliver()
    (waiting,) = site.queue(hook)
    assert (waiting.state, waiting.attempts, receiver.requests) == ("waiting", 1, [])
    assert WEBHOOKS in waiting.answer
    assert waiting.due_at > ids.now()


def test_a_webhook_ends_with_the_token_that_made_it(site: WebhookSite, receiver: Receiver):
    token = ids.uuid7()
    ends = ids.to_iso_utc(datetime.now(UTC) + timedelta(hours=1))
    site.send(IssueToken(token=token, handle="ann", digest="0" * 64, scopes=("read", "write"), expires_at=ends))
    hook = ids.uuid7()
    site.send(AddWebhook(handle="ann", webhook=hook, url=receiver.url, made_by=token))
    site.publish("First")
    site.deliver()
    assert len(receiver.requests) == 1
    site.send(RevokeToken(token=token))
    site.publish("Second")
    site.deliver()
    assert len(receiver.requests) == 1
    assert site.bus.aggregates().webhooks(id_of("ann")).own[hook].paused


def test_a_webhook_made_on_a_page_ends_with_the_password(site: WebhookSite, receiver: Receiver):
    outlive_a_password(site, receiver)


@pytest.mark.server
def test_in_mongodb_it_ends_with_the_password_too(mongo_site: WebhookSite, receiver: Receiver):
    outlive_a_password(mongo_site, receiver)


def outlive_a_password(site: WebhookSite, receiver: Receiver) -> None:
    """It is sent what happens as long as its owner's password, or the wish to keep it, lasts."""
    hook = site.add_webhook(receiver.url)
    for keeps_webhooks, requests, paused in ((True, 1, False), (False, 1, True)):
        site.send(ChangePassword(handle="ann", password_hash="$x", keeps_webhooks=keeps_webhooks))
        site.publish()
        site.number()
        site.deliver()
        assert len(receiver.requests) == requests
        assert site.bus.aggregates().webhooks(id_of("ann")).own[hook].paused is paused
    site.send(ChangeWebhook(handle="ann", webhook=hook, url=receiver.url))
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    site.number()
    site.make_due()
    site.deliver()
    assert len(receiver.requests) == 2
