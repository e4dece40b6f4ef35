"""Which events become deliveries, exactly once, whatever happens to the process and the read model."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from domain import ids, post
from domain.account import ReinstateAccount, SuspendAccount
from domain.bus import operator
from domain.messages import Envelope
from domain.webhook import KINDS, ChangeWebhook, PauseWebhook, RemoveWebhook, ResumeWebhook
from eventstore.codec import EventCodec
from operational import webhook_cursor
from operational.tables import webhook_deliveries, webhook_targets
from tests.projector.restoring import backed_up
from tests.webhooks.conftest import Hooked
from webhooks import following
from webhooks.following import Follower

NOWHERE = "http://127.0.0.1:9999/"


def follower(site: Hooked) -> Follower:
    return Follower(site.store, EventCodec(), site.control)


def types(site: Hooked, webhook: str) -> list[str]:
    return [one.type for one in reversed(site.queue(webhook))]


def test_each_event_of_its_kinds_is_kept_once_from_the_moment_it_was_added(site: Hooked):
    site.publish("Before")
    every, likes = site.hook(NOWHERE), site.hook(NOWHERE, "Liked", handle="bob")
    id = site.publish("After")
    site.like(id)
    site.comment(id)
    one = follower(site)
    assert one.step()[0] == 6
    assert one.step() == (0, [])
    assert types(site, every) == ["PostPublished", "Liked", "CommentAdded"]
    assert types(site, likes) == ["Liked"]
    assert site.cursor() == site.store.head()[0]


def test_secret_events_are_told_to_nobody(site: Hooked):
    hook = site.hook(NOWHERE)
    site.hook(NOWHERE, handle="bob")
    follower(site).step()
    assert types(site, hook) == []
    assert "WebhookAdded" not in KINDS


def test_a_change_of_kinds_counts_from_its_place(site: Hooked):
    hook = site.hook(NOWHERE, "Liked")
    id = site.publish()
    site.send(ChangeWebhook(handle="ann", webhook=hook, url=NOWHERE, kinds=("PostPublished",)))
    site.like(id)
    site.publish()
    follower(site).step()
    assert types(site, hook) == ["PostPublished"]


def test_nothing_is_kept_while_it_is_paused_or_its_owner_suspended(site: Hooked):
    hook = site.hook(NOWHERE)
    site.send(PauseWebhook(handle="ann", webhook=hook))
    site.publish("Paused")
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    site.bus.send(SuspendAccount(handle="ann", reason="r"), operator(ids.now()))
    site.publish("Suspended", "bob")
    site.bus.send(ReinstateAccount(handle="ann"), operator(ids.now()))
    id = site.publish("Told", "bob")
    one = follower(site)
    one.step()
    assert types(site, hook) == ["AccountReinstated", "PostPublished"]
    assert site.queue(hook)[0].commit_id == site.store.load(f"post-{id}")[0].id


def test_removed_it_and_all_that_waited_for_it_are_gone(site: Hooked):
    hook = site.hook(NOWHERE)
    one = follower(site)
    site.publish()
    one.step()
    assert len(site.queue(hook)) == 1
    site.send(RemoveWebhook(handle="ann", webhook=hook))
    site.publish()
    one.step()
    assert site.queue(hook) == []
    with site.control.connect() as connection:
        assert connection.execute(select(webhook_targets)).all() == []


def test_two_processes_make_no_delivery_twice_and_leave_none_out(site: Hooked):
    hook = site.hook(NOWHERE)
    one, other = follower(site), follower(site)
    for number in range(6):
        site.publish(f"Post {number}")
        (one if number % 2 else other).step()
        if number == 3:
            site.send(ChangeWebhook(handle="ann", webhook=hook, url=NOWHERE, kinds=("PostPublished",)))
    for each in (one, other, one):
        while each.step()[0]:
            pass
    assert types(site, hook) == ["PostPublished"] * 6


def test_a_cursor_never_moves_without_its_deliveries(site: Hooked):
    hook = site.hook(NOWHERE)
    one = follower(site)
    one.step()
    site.publish()
    site.send(PauseWebhook(handle="ann", webhook=hook))  # looked at in vain, it mustn't count for what came before it
    before = site.cursor()

    def fail(_connection, _cursor, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO webhook_deliveries"):
            raise OperationalError(statement, {}, Exception("the disk is full"))

    event.listen(site.control, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        one.step()
    event.remove(site.control, "before_cursor_execute", fail)
    assert (site.cursor(), site.queue(hook)) == (before, [])
    one.step()
    assert types(site, hook) == ["PostPublished"]


def test_a_rebuild_of_the_read_model_sends_nothing_again(site: Hooked):
    hook = site.hook(NOWHERE)
    site.publish()
    one = follower(site)
    one.step()
    site.project()
    fresh, _ = site.rebuilder().fill(lambda _: None)
    site.rebuilder().switch(fresh)
    assert one.step() == (0, [])
    assert follower(site).step() == (0, [])
    assert len(site.queue(hook)) == 1


def test_without_a_cursor_it_begins_with_the_last_hour_and_knows_the_webhooks_of_before(site: Hooked):
    hook = site.hook(NOWHERE)
    long_ago = ids.timestamp(datetime.now(UTC) - timedelta(hours=2))
    site.bus.send(post.NewPost(post=ids.uuid7(), title="Old", body="b"), Envelope(actor="ann", at=long_ago))
    recent = site.publish("Recent")
    site.forget()
    follower(site).step()
    (told,) = site.queue(hook)
    assert told.commit_id == site.store.load(f"post-{recent}")[0].id


@pytest.mark.parametrize(("grown", "goes_on", "looks"), [(0, True, True), (20, True, False), (20, False, True)])
def test_after_the_store_was_put_back_nothing_is_left_out_or_told_twice(
    site: Hooked, monkeypatch: pytest.MonkeyPatch, grown: int, goes_on: bool, looks: bool
):
    """To a process that goes on, before it looks and after that, and to one that starts. grown: so many posts came."""
    monkeypatch.setattr(following, "STORE_POLL_INTERVAL_S", 0.0 if looks else 1000.0)
    hook = site.hook(NOWHERE)
    told = site.publish("Told")
    one = follower(site)
    one.step()
    with site.control.begin() as connection:
        connection.execute(update(webhook_deliveries).values(state="delivered"))
    site.publish("Kept, and not looked at")
    restore = backed_up(site)
    lost = [site.hook(NOWHERE), site.hook(NOWHERE, "Liked")]
    site.publish("Lost")
    one.step()
    restore()
    news = [site.publish(f"News {number}") for number in range(grown)]
    one = one if goes_on else follower(site)
    while one.step()[0]:
        pass
    news += [site.publish("More")]
    one.step()
    assert site.cursor() == site.store.head()[0]
    commits = {one.commit_id: one.state for one in site.queue(hook)}
    assert len(commits) == len(site.queue(hook)) == 3 + grown
    assert commits[site.store.load(f"post-{told}")[0].id] == "delivered"
    assert all(commits[site.store.load(f"post-{id}")[0].id] == "waiting" for id in news)
    with site.control.connect() as connection:
        assert set(webhook_cursor.all_targets(connection)) == {hook}
    assert all(site.queue(each, "waiting") == [] for each in lost)


def test_a_cursor_of_an_older_version_adopts_the_store_that_it_finds(site: Hooked):
    hook = site.hook(NOWHERE)
    site.publish()
    follower(site).step()
    with site.control.begin() as connection:
        connection.exec_driver_sql("UPDATE webhook_cursor SET store = NULL, chain = NULL")
    one = follower(site)
    assert one.step() == (0, [])
    assert len(site.queue(hook)) == 1
    found = webhook_cursor.begin(site.control, "")
    assert (found.position, found.chain, found.store) == (*site.store.head(), site.store.id())


def test_a_cursor_of_an_older_version_that_is_past_the_stores_end_begins_anew(site: Hooked):
    hook = site.hook(NOWHERE)
    follower(site).step()
    with site.control.begin() as connection:
        connection.exec_driver_sql("UPDATE webhook_cursor SET position = 1000, store = NULL, chain = NULL")
    site.publish()
    follower(site).step()
    assert types(site, hook) == ["PostPublished"]
    assert site.cursor() == site.store.head()[0]


def test_a_webhook_for_which_too_much_waits_gets_no_more_and_is_paused(site: Hooked, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(following, "MOST_WAITING", 2)
    hook, other = site.hook(NOWHERE, "PostPublished"), site.hook(NOWHERE, "Liked")
    site.publish()
    site.publish()
    one = follower(site)
    assert one.step()[1] == []
    id = site.publish()
    site.like(id)
    (full,) = one.step()[1]
    assert full.webhook == hook
    assert (len(site.queue(hook)), len(site.queue(other))) == (2, 1)
    site.publish()
    site.deliverer.step(site.pool)
    site.deliverer.wait()
    paused = site.store.load("webhooks-ann")[-1]
    assert paused.events[0].type == "WebhookPaused"
    assert "waited for it" in (paused.reason or "")


def test_a_damaged_commit_is_told_as_a_gap(site: Hooked):
    hook = site.hook(NOWHERE)
    site.publish()
    site.publish()
    damaged = site.store.head()[0]
    site.publish()
    with sqlite3.connect(site.folder / "events.db") as connection:
        connection.execute("UPDATE commits SET document = ? WHERE position = ?", (b"{", damaged))
    connection.close()
    follower(site).step()
    assert [(one.position, one.type) for one in site.queue(hook)] == [
        (damaged + 1, "PostPublished"),
        (damaged, "Unreadable"),
        (damaged - 1, "PostPublished"),
    ]
