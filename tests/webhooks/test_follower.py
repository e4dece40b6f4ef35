"""Which events are queued, exactly once, whatever happens to the process, the read model and the store."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from domain import ids, post
from domain.bus import operator
from domain.leaving import Leave, Return
from domain.messages import Envelope
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from domain.webhook import KINDS, ChangeWebhook, PauseWebhook, RemoveWebhook, ResumeWebhook
from operational import webhook_cursor
from tests.people import id_of
from tests.projector.restoring import backed_up
from tests.webhooks.conftest import WebhookSite
from webhooks import follower

NOWHERE = "http://127.0.0.1:9999/"


def queued(site: WebhookSite, webhook: str) -> list[str]:
    """Types of events, oldest first, after a step of the follower."""
    site.follower.step()
    return [one.type for one in reversed(site.queue(webhook))]


def commit_of(site: WebhookSite, post: str) -> str:
    return site.store.load(f"post-{post}")[0].id


def targets(site: WebhookSite) -> set[str]:
    with site.control.connect() as connection:
        return set(webhook_cursor.load_targets(connection))


def test_each_event_of_its_kinds_is_queued_once_from_the_moment_it_was_added(site: WebhookSite):
    site.publish("Before")
    every, likes = site.add_webhook(NOWHERE), site.add_webhook(NOWHERE, "Liked", handle="bob")
    id = site.publish("After")
    site.like(id)
    site.comment(id)
    site.send(ChangeWebhook(handle="bob", webhook=likes, url=NOWHERE, kinds=("PostPublished",)), "bob")
    site.like(id, "ann")
    site.publish("After the change")
    assert site.follower.step() == (site.store.head()[0], [])
    assert site.follower.step() == (0, [])
    assert queued(site, every) == ["PostPublished", "Liked", "CommentAdded", "Liked", "PostPublished"]
    assert queued(site, likes) == ["Liked", "PostPublished"]
    assert site.followed()
    assert "WebhookAdded" not in KINDS


def test_nothing_is_queued_while_it_is_paused_or_its_owner_suspended(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    site.send(PauseWebhook(handle="ann", webhook=hook))
    site.publish("Paused")
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    site.bus.send(SuspendAccount(handle="ann", reason="r"), operator(ids.now()))
    site.publish("Suspended", "bob")
    site.bus.send(ReinstateAccount(handle="ann"), operator(ids.now()))
    id = site.publish("Told", "bob")
    assert queued(site, hook) == ["AccountReinstated", "PostPublished"]
    assert site.queue(hook)[0].commit_id == commit_of(site, id)


def test_it_is_told_again_once_a_term_of_its_owner_is_over(site: WebhookSite):
    """By the time at which each thing happened, however late the follower comes to it."""
    hook = site.add_webhook(NOWHERE)
    until = ids.from_now(timedelta(seconds=0.5))
    site.bus.send(SuspendAccount(handle="ann", reason="r", until=until), operator(ids.now()))
    site.publish("Suspended", "bob")
    while ids.now() < until:
        time.sleep(0.05)
    id = site.publish("Told", "bob")
    assert queued(site, hook) == ["PostPublished"]
    assert site.queue(hook)[0].commit_id == commit_of(site, id)
    site.bus.send(SuspendAccount(handle="ann", reason="r"), operator(ids.now()))
    site.publish("Suspended again", "bob")
    assert queued(site, hook) == ["PostPublished"]


def test_nothing_is_queued_while_its_owner_leaves(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    site.bus.send(SuspendAccount(handle="ann", reason="r"), operator(ids.now()))
    site.send(Leave(handle="ann", words="keep", until=ids.from_now(timedelta(days=14))))
    site.bus.send(ReinstateAccount(handle="ann"), operator(ids.now()))
    site.publish("Leaving", "bob")
    site.send(Return(handle="ann", now=ids.now()))
    site.publish("Told", "bob")
    assert queued(site, hook) == ["PostPublished"]


def test_removed_it_and_all_that_waited_for_it_are_gone(site: WebhookSite):
    hook, other = site.add_webhook(NOWHERE), site.add_webhook(NOWHERE, handle="bob")
    site.publish()
    assert queued(site, hook) == ["PostPublished"]
    site.send(RemoveWebhook(handle="ann", webhook=hook))
    site.publish()
    assert queued(site, hook) == []
    assert queued(site, other) == ["PostPublished"] * 2
    assert targets(site) == {other}


def test_two_processes_queue_nothing_twice_and_leave_nothing_out(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    both = [site.follower, site.new_follower()]
    for number in range(6):
        site.publish(f"Post {number}")
        both[number % 2].step()
        if number == 3:
            site.send(ChangeWebhook(handle="ann", webhook=hook, url=NOWHERE, kinds=("PostPublished",)))
    both[1].step()
    assert queued(site, hook) == ["PostPublished"] * 6


def test_a_cursor_never_moves_without_its_deliveries(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    site.follower.step()
    site.publish()
    site.send(PauseWebhook(handle="ann", webhook=hook))  # read in vain, it mustn't count for what came before it
    before = webhook_cursor.position(site.control)

    def fail(_connection, _cursor, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO webhook_deliveries"):
            raise OperationalError(statement, {}, Exception("the disk is full"))

    event.listen(site.control, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        site.follower.step()
    event.remove(site.control, "before_cursor_execute", fail)
    assert (webhook_cursor.position(site.control), site.queue(hook)) == (before, [])
    assert queued(site, hook) == ["PostPublished"]


def test_a_rebuild_of_the_read_model_queues_nothing_again(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    site.publish()
    site.follower.step()
    site.project()
    fresh, _ = site.rebuilder().fill(lambda _: None)
    site.rebuilder().switch(fresh)
    assert site.follower.step() == site.new_follower().step() == (0, [])
    assert len(site.queue(hook)) == 1


def test_without_a_cursor_it_begins_with_the_last_hour_and_knows_the_webhooks_of_before(site: WebhookSite):
    hook = site.add_webhook(NOWHERE)
    long_ago = ids.from_now(timedelta(hours=-2))
    site.bus.send(post.NewPost(post=ids.uuid7(), title="Old", body="b"), Envelope(actor="ann", at=long_ago))
    recent = site.publish("Recent")
    with site.control.begin() as connection:
        connection.exec_driver_sql("DELETE FROM webhook_cursor")
        connection.exec_driver_sql("DELETE FROM webhook_deliveries")
    site.follower.step()
    assert [one.commit_id for one in site.queue(hook)] == [commit_of(site, recent)]


@pytest.mark.parametrize(
    ("new_posts", "restarted", "check_interval_s"), [(0, False, 0.0), (20, False, 1000.0), (20, True, 0.0)]
)
def test_after_the_store_was_put_back_nothing_is_left_out_or_queued_twice(
    site: WebhookSite, monkeypatch: pytest.MonkeyPatch, new_posts: int, restarted: bool, check_interval_s: float
):
    """By a process that goes on, whether or not it checks the store meanwhile, and by one that starts."""
    monkeypatch.setattr(follower, "STORE_CHECK_INTERVAL_S", check_interval_s)
    hook = site.add_webhook(NOWHERE)
    delivered = site.publish("Delivered")
    site.follower.step()
    site.change_rows(state="delivered")
    site.publish("Kept, and not queued")
    restore = backed_up(site)
    lost = [site.add_webhook(NOWHERE), site.add_webhook(NOWHERE, "Liked")]
    site.publish("Lost")
    site.follower.step()
    restore()
    news = [site.publish(f"News {number}") for number in range(new_posts)]
    following = site.new_follower() if restarted else site.follower
    while following.step()[0]:
        pass
    news += [site.publish("More")]
    following.step()
    assert site.followed()
    states = {one.commit_id: one.state for one in site.queue(hook)}
    assert len(states) == len(site.queue(hook)) == 3 + new_posts
    assert states[commit_of(site, delivered)] == "delivered"
    assert all(states[commit_of(site, id)] == "waiting" for id in news)
    assert targets(site) == {hook}
    assert all(site.queue(each, "waiting") == [] for each in lost)


@pytest.mark.parametrize("position", ["position", "1000"])
def test_a_cursor_of_an_older_version_adopts_the_store_or_begins_anew_past_its_end(site: WebhookSite, position: str):
    hook = site.add_webhook(NOWHERE)
    site.publish()
    site.follower.step()
    with site.control.begin() as connection:
        connection.exec_driver_sql(f"UPDATE webhook_cursor SET position = {position}, store = NULL, chain = NULL")
    new = site.new_follower()
    assert (new.step()[0] == 0) == (position == "position")
    assert queued(site, hook) == ["PostPublished"]
    found = webhook_cursor.load(site.control)
    assert found is not None
    assert (found.position, found.chain, found.store) == (*site.store.head(), site.store.id())


def test_a_webhook_for_which_too_much_waits_gets_no_more_and_is_paused(
    site: WebhookSite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follower, "MAX_WAITING", 2)
    hook, other = site.add_webhook(NOWHERE, "PostPublished"), site.add_webhook(NOWHERE, "Liked")
    id = site.publish()
    site.publish()
    assert site.follower.step()[1] == []
    site.publish()
    site.like(id)
    assert [target.webhook for target in site.follower.step()[1]] == [hook]
    assert (len(site.queue(hook)), len(site.queue(other))) == (2, 1)
    site.publish()
    site.dispatcher.step()
    site.dispatcher.wait()
    paused = site.store.load(f"webhooks-{id_of('ann')}")[-1]
    assert paused.events[0].type == "WebhookPaused"
    assert b"waited for it" in bytes(paused.events[0].data)
