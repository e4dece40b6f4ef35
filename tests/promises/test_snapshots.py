"""Decisions by snapshots are those that the whole stream would have led to, on either store, whatever befell it."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from domain import account, comment, handle, ids, leaving, like, post, reasons, rights, token, webhook
from domain.bus import CommandBus
from domain.errors import Parked, Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.moderation import bulk, case, suspension
from domain.site.newcomers import SetNewcomerLimits
from domain.site.rules import PublishRules, Rule
from domain.snapshots import Snapshots
from eventstore.codec import EventCodec
from tests.people import id_of
from tests.promises.moderation_story import MODERATED
from tests.promises.snapshot_world import (
    BATCH,
    COMMENT,
    HOOK,
    OTHER_HOOK,
    POST,
    TARGET,
    TOKEN,
    CountingStore,
    SnapshotRecorder,
    aggregate_states,
    bus,
    encoded,
    send_accepted,
)
from tests.promises.stores import ON_EITHER_STORE, SqliteWriteSide, WriteSide, write_side

__all__ = ["write_side"]

URL, ANN, MOD = "https://example.org/", id_of("ann"), id_of("mod")
PAST, FUTURE = "2026-11-24T06:00:00.000000Z", ids.from_now(timedelta(days=365))


STORY: list[tuple[str, Command]] = [
    ("ann", account.RegisterAccount(account=id_of("ann"), handle="ann", password_hash="$x", name="Ann")),
    ("mod", account.RegisterAccount(account=id_of("mod"), handle="mod")),
    (rights.OPERATOR, account.GrantRole(handle="mod", role="moderator")),
    (rights.OPERATOR, account.GrantRole(handle="mod", role="admin")),
    ("ann", account.EditProfile(handle="ann", name="Anna", bio="Hush bio")),
    ("ann", account.ChangePassword(handle="ann", password_hash="$y")),
    ("ann", post.NewPost(post=POST, title="Hush title", body="Hush body")),
    ("ann", comment.AddComment(comment=COMMENT, post=POST, body="Hush comment")),
    ("ann", post.EditPost(post=POST, version=0, title="Hush title", body="Hush again")),
    ("ann", comment.EditComment(comment=COMMENT, version=1, body="Hush comment again")),
    ("mod", like.Like(target=TARGET)),
    ("mod", like.Unlike(target=TARGET)),
    ("mod", like.Like(target=TARGET)),
    ("mod", post.LockPost(post=POST)),
    ("mod", post.UnlockPost(post=POST)),
    ("mod", post.PinPost(post=POST, reason="r")),
    ("mod", post.UnpinPost(post=POST)),
    ("mod", post.RemovePost(post=POST, reason="r")),
    ("mod", post.RestorePost(post=POST)),
    *MODERATED,
    ("ann", post.EditPost(post=POST, version=0, title="Hush title", body="Hush third")),
    ("ann", comment.RemoveComment(comment=COMMENT)),
    ("ann", comment.RestoreComment(comment=COMMENT)),
    ("mod", suspension.SuspendAccount(handle="ann", reason="r")),
    ("mod", suspension.ReinstateAccount(handle="ann")),
    ("mod", PublishRules(rules=(Rule(title="Be kind", text="Always"), Rule(title="Say where it is from")))),
    ("mod", PublishRules(rules=(Rule(title="Be kind"),))),
    ("mod", case.OpenCase(target=f"account-{id_of('ann')}", now=ids.now())),
    ("mod", bulk.OrderBulkRemoval(batch=BATCH, handle="ann", until=ids.now(), reason="r", now=ids.now())),
    (rights.OPERATOR, bulk.RecordBulkRemoval(batch=BATCH, removed=1, remaining=0)),
    ("mod", bulk.TakeBackBulkRemoval(batch=BATCH, reason="r")),
    (rights.OPERATOR, bulk.RecordBulkRestoration(batch=BATCH, restored=1, remaining=0)),
    (rights.OPERATOR, bulk.EraseBatchReasons(batch=BATCH, versions=(1,))),
    ("mod", SetNewcomerLimits(days=1, writings=2, links=3, mentions=4, per_hour=5)),
    ("ann", webhook.AddWebhook(handle="ann", webhook=HOOK, url=URL + "hush")),
    ("ann", webhook.AddWebhook(handle="ann", webhook=OTHER_HOOK, url=URL)),
    ("ann", webhook.ChangeWebhook(handle="ann", webhook=HOOK, url=URL + "hush/2")),
    ("ann", webhook.RotateWebhookSecret(handle="ann", webhook=HOOK, old_until=ids.now())),
    ("ann", webhook.PauseWebhook(handle="ann", webhook=HOOK)),
    ("ann", webhook.ResumeWebhook(handle="ann", webhook=HOOK)),
    ("ann", token.IssueToken(token=TOKEN, handle="ann", digest="0" * 64, scopes=("read",), expires_at=ids.now())),
    ("ann", token.RevokeToken(token=TOKEN)),
    (rights.OPERATOR, account.RevokeRole(handle="mod", role="moderator")),
    ("mod", comment.EraseComment(comment=COMMENT, reason="r")),
    ("mod", post.ErasePost(post=POST, reason="r")),
    ("ann", webhook.RemoveWebhook(handle="ann", webhook=HOOK)),
    ("mod", account.EraseProfile(handle="ann", reason="r")),
    ("ann", account.EditProfile(handle="ann", name="A", bio="b")),
    ("ann", post.EditPost(post=POST, version=0, title="After", body="words")),
    ("ann", handle.ChangeHandle(handle="ann", new_handle="anna", now=ids.now(), former_until=FUTURE)),
    ("anna", handle.ChangeHandle(handle="anna", new_handle="ann", now=ids.now(), former_until=ids.now())),
    ("mod", handle.ReleaseHandle(handle="anna", now=ids.now())),
    (rights.OPERATOR, handle.EraseHandles(handle="ann", versions=tuple(range(1, 99)))),
    ("mod", comment.RemoveComment(comment=COMMENT, reason="Hush reason")),
    ("mod", post.LockPost(post=POST, reason="Hush reason")),
    ("mod", suspension.SuspendAccount(handle=ANN, reason="Hush reason")),
    ("mod", token.EraseToken(token=TOKEN)),
    ("mod", leaving.Leave(handle="mod", words="erase", until=PAST)),
    ("mod", leaving.Return(handle="mod", now=PAST)),
    ("mod", leaving.Leave(handle="mod", words="erase", until=PAST)),
    (MOD, leaving.EraseAccount(handle=MOD, now=ids.now())),
    (MOD, leaving.RetireHandle(handle=MOD, version=2, reserved_until=PAST)),
    (MOD, reasons.ErasePostReasons(post=POST)),
    (MOD, reasons.EraseCommentReasons(comment=COMMENT)),
    (MOD, reasons.EraseAccountReasons(account=ANN)),
]
LAST_EDIT = next(at for at, (_, command) in enumerate(STORY) if getattr(command, "body", "") == "Hush third")
"""Where in the story the post gets the text that an erasure then takes away."""


@ON_EITHER_STORE
def test_a_snapshot_and_what_came_after_it_are_the_whole_stream(write_side: WriteSide):
    """After each command of a story with all of them: for who decides, and for who only looks, seldom or often."""
    deciding, often, seldom = SnapshotRecorder(), SnapshotRecorder(), SnapshotRecorder()
    decider, told = bus(write_side, deciding), set()
    for number, (actor, command) in enumerate(STORY):
        send_accepted(decider, actor, command)
        told.add(type(command))
        truth = aggregate_states(write_side.new_bus())
        assert aggregate_states(decider) == truth, command
        assert aggregate_states(bus(write_side, often)) == truth, command
        if number % 5 == 0:
            assert aggregate_states(bus(write_side, seldom)) == truth, command
    assert aggregate_states(bus(write_side, seldom)) == truth
    assert told == set(all_handlers())
    for snapshots in (deciding, often, seldom):
        assert snapshots.unchanged()
        assert b"ush" not in snapshots.kept_states


@ON_EITHER_STORE
def test_erased_words_are_gone_at_the_next_look(write_side: WriteSide):
    """Also in another process than the one that erased them."""
    here, there = SnapshotRecorder(), SnapshotRecorder()
    for actor, command in STORY[: LAST_EDIT + 1]:
        send_accepted(bus(write_side, here), actor, command)
    aggregate_states(bus(write_side, there))
    assert b"Hush third" in there.kept_states
    bus(write_side, here).send(post.ErasePost(post=POST, reason="r"), Envelope(actor="mod", at=ids.now()))
    bus(write_side, there).send(like.Unlike(target=TARGET), Envelope(actor="mod", at=ids.now()))
    bus(write_side, here).send(like.Like(target=TARGET), Envelope(actor="mod", at=ids.now()))
    for snapshots in (here, there):
        assert b"Hush third" not in snapshots.kept_states
        assert b"moderator" in snapshots.kept_states


def write_versions(write_side: WriteSide, words: str, versions: int) -> None:
    """Publishes the post and edits it."""
    write_side.send(post.NewPost(post=POST, title="t", body=f"{words} 1"))
    for version in range(1, versions):
        write_side.send(post.EditPost(post=POST, version=version, title="t", body=f"{words} {version + 1}"))


@ON_EITHER_STORE
@pytest.mark.parametrize("then", [1, 3, 6, 9])
def test_a_snapshot_of_another_store_is_thrown_away(write_side: WriteSide, then: int):
    """As after a backup was put back: the stream is there, shorter or longer than it was, with other commits."""
    snapshots = Snapshots()
    write_side.send(account.RegisterAccount(handle="ann"))
    write_versions(write_side, "before", 6)
    assert bus(write_side, snapshots).aggregates().post(POST).body == "before 6"
    for commit in write_side.store.load(f"post-{POST}"):
        write_side.rewrite(commit, torn=False)
    write_side.reopen()
    write_versions(write_side, "after", then)
    again = bus(write_side, snapshots)
    assert (again.aggregates().post(POST).body, again.aggregates().post(POST).version) == (f"after {then}", then)
    edit = post.EditPost(post=POST, version=then, title="t", body="last")
    assert again.send(edit, Envelope(actor="ann", at=ids.now())).version == then + 1
    assert again.aggregates().post(POST).body == "last"


@ON_EITHER_STORE
def test_a_stream_that_is_gone_is_not_believed_to_be_there(write_side: WriteSide):
    snapshots = Snapshots()
    write_side.send(account.RegisterAccount(handle="ann"))
    write_versions(write_side, "before", 3)
    assert bus(write_side, snapshots).aggregates().post(POST).exists
    for commit in write_side.store.load(f"post-{POST}"):
        write_side.rewrite(commit, torn=False)
    assert not bus(write_side, snapshots).aggregates().post(POST).exists
    with pytest.raises(Refused, match="nothing to like"):
        bus(write_side, snapshots).send(like.Like(target=TARGET), Envelope(actor="ann", at=ids.now()))


@ON_EITHER_STORE
def test_a_batch_with_snapshots_asks_the_store_once(write_side: WriteSide):
    """And once more where some of them aren't the store's."""
    write_side.send(account.RegisterAccount(handle="ann"))
    posts = [ids.uuid7() for _ in range(20)]
    for id in posts:
        write_side.send(post.NewPost(post=id, title="t", body="b"))
        write_side.send(post.EditPost(post=id, version=1, title="t", body="c"))
    counted = CountingStore(write_side.store)
    sender = CommandBus(counted, EventCodec(), all_handlers())
    for expected in (1, 1):
        counted.asked = 0
        likes = [(like.Like(target=f"post-{id}"), Envelope(actor="ann", at=ids.now())) for id in posts]
        assert [outcome.version for outcome in sender.send_batch(likes)] == [1] * 20  # type: ignore[union-attr]
        assert counted.asked == expected


@ON_EITHER_STORE
def test_threads_that_share_snapshots_lose_no_edit(write_side: WriteSide):
    write_side.send(account.RegisterAccount(handle="ann"))
    write_versions(write_side, "words", 2)
    snapshots, begin, lost = SnapshotRecorder(), threading.Barrier(4), []
    shared = bus(write_side, snapshots)

    def work(number: int) -> None:
        begin.wait()
        for turn in range(10):
            while True:
                version = shared.aggregates().post(POST).version
                edit = post.EditPost(post=POST, version=version, title="t", body=f"{number}:{turn}")
                try:
                    shared.send(edit, Envelope(actor="ann", at=ids.now()))
                    break
                except Refused as refusal:
                    lost.append(refusal)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = write_side.new_bus().aggregates().post(POST)
    assert whole.version == 42
    assert encoded(shared.aggregates().post(POST)) == encoded(whole)
    assert snapshots.unchanged()


def test_where_the_last_commit_has_been_torn_nothing_is_decided(tmp_path: Path):
    one = SqliteWriteSide(tmp_path)
    snapshots = Snapshots()
    one.send(account.RegisterAccount(handle="ann"))
    write_versions(one, "words", 3)
    assert bus(one, snapshots).aggregates().post(POST).version == 3
    with sqlite3.connect(tmp_path / "events.db") as connection:
        connection.execute("UPDATE commits SET document = X'7b' WHERE stream = ? AND first = 3", (TARGET,))
    connection.close()
    with pytest.raises(Parked):
        bus(one, snapshots).aggregates().post(POST)
    one.close()
