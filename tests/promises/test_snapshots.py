"""Decisions by snapshots are those that the whole stream would have led to, on either store, whatever befell it."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from domain import account, comment, ids, like, post, rights, token, webhook
from domain.bus import CommandBus
from domain.errors import Parked, Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.snapshots import Snapshots
from eventstore.codec import EventCodec
from tests.promises.snapshot_world import (
    COMMENT,
    HOOK,
    OTHER_HOOK,
    POST,
    TARGET,
    TOKEN,
    Watched,
    bus,
    said,
    sent,
    states,
)
from tests.promises.stores import EITHER, Shelf, SqliteShelf, shelf

__all__ = ["shelf"]

URL = "https://example.org/"


STORY: list[tuple[str, Command]] = [
    ("ann", account.RegisterAccount(handle="ann", password_hash="$x", name="Ann")),
    ("mod", account.RegisterAccount(handle="mod")),
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
    ("ann", post.EditPost(post=POST, version=0, title="Hush title", body="Hush third")),
    ("ann", comment.RemoveComment(comment=COMMENT)),
    ("ann", comment.RestoreComment(comment=COMMENT)),
    ("mod", account.SuspendAccount(handle="ann", reason="r")),
    ("mod", account.ReinstateAccount(handle="ann")),
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
]
LAST_EDIT = next(at for at, (_, command) in enumerate(STORY) if getattr(command, "body", "") == "Hush third")
"""Where in the story the post gets the text that an erasure then takes away."""


@EITHER
def test_a_snapshot_and_what_came_after_it_are_the_whole_stream(shelf: Shelf):
    """After each command of a story with all of them: for who decides, and for who only looks, seldom or often."""
    deciding, often, seldom = Watched(), Watched(), Watched()
    decider, told = bus(shelf, deciding), set()
    for number, (actor, command) in enumerate(STORY):
        sent(decider, actor, command)
        told.add(type(command))
        truth = states(shelf.new_bus())
        assert states(decider) == truth, command
        assert states(bus(shelf, often)) == truth, command
        if number % 5 == 0:
            assert states(bus(shelf, seldom)) == truth, command
    assert states(bus(shelf, seldom)) == truth
    assert told == set(all_handlers())
    for snapshots in (deciding, often, seldom):
        assert snapshots.unchanged()
        assert b"ush" not in snapshots.held


@EITHER
def test_erased_words_are_gone_at_the_next_look(shelf: Shelf):
    """Also in another process than the one that erased them."""
    here, there = Watched(), Watched()
    for actor, command in STORY[: LAST_EDIT + 1]:
        sent(bus(shelf, here), actor, command)
    states(bus(shelf, there))
    assert b"Hush third" in there.held
    bus(shelf, here).send(post.ErasePost(post=POST, reason="r"), Envelope(actor="mod", at=ids.now()))
    bus(shelf, there).send(like.Unlike(target=TARGET), Envelope(actor="mod", at=ids.now()))
    bus(shelf, here).send(like.Like(target=TARGET), Envelope(actor="mod", at=ids.now()))
    for snapshots in (here, there):
        assert b"Hush third" not in snapshots.held
        assert b"moderator" in snapshots.held


def written(shelf: Shelf, words: str, versions: int) -> None:
    """Publishes the post and edits it."""
    shelf.send(post.NewPost(post=POST, title="t", body=f"{words} 1"))
    for version in range(1, versions):
        shelf.send(post.EditPost(post=POST, version=version, title="t", body=f"{words} {version + 1}"))


@EITHER
@pytest.mark.parametrize("then", [1, 3, 6, 9])
def test_a_snapshot_of_another_store_is_thrown_away(shelf: Shelf, then: int):
    """As after a backup was put back: the stream is there, shorter or longer than it was, with other commits."""
    snapshots = Snapshots()
    shelf.send(account.RegisterAccount(handle="ann"))
    written(shelf, "before", 6)
    assert bus(shelf, snapshots).aggregates().post(POST).body == "before 6"
    for commit in shelf.store.load(f"post-{POST}"):
        shelf.rewrite(commit, torn=False)
    shelf.reopen()
    written(shelf, "after", then)
    again = bus(shelf, snapshots)
    assert (again.aggregates().post(POST).body, again.aggregates().post(POST).version) == (f"after {then}", then)
    edit = post.EditPost(post=POST, version=then, title="t", body="last")
    assert again.send(edit, Envelope(actor="ann", at=ids.now())).version == then + 1
    assert again.aggregates().post(POST).body == "last"


@EITHER
def test_a_stream_that_is_gone_is_not_believed_to_be_there(shelf: Shelf):
    snapshots = Snapshots()
    shelf.send(account.RegisterAccount(handle="ann"))
    written(shelf, "before", 3)
    assert bus(shelf, snapshots).aggregates().post(POST).exists
    for commit in shelf.store.load(f"post-{POST}"):
        shelf.rewrite(commit, torn=False)
    assert not bus(shelf, snapshots).aggregates().post(POST).exists
    with pytest.raises(Refused, match="nothing to like"):
        bus(shelf, snapshots).send(like.Like(target=TARGET), Envelope(actor="ann", at=ids.now()))


@EITHER
def test_a_batch_with_snapshots_asks_the_store_once(shelf: Shelf):
    """And once more where some of them aren't the store's."""
    shelf.send(account.RegisterAccount(handle="ann"))
    posts = [ids.uuid7() for _ in range(20)]
    for id in posts:
        shelf.send(post.NewPost(post=id, title="t", body="b"))
        shelf.send(post.EditPost(post=id, version=1, title="t", body="c"))
    counted = Counted(shelf.store)
    sender = CommandBus(counted, EventCodec(), all_handlers())
    for expected in (1, 1):
        counted.asked = 0
        likes = [(like.Like(target=f"post-{id}"), Envelope(actor="ann", at=ids.now())) for id in posts]
        assert [outcome.version for outcome in sender.send_batch(likes)] == [1] * 20  # type: ignore[union-attr]
        assert counted.asked == expected


class Counted:
    """The store, and how often decisions asked it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked = 0

    def load_from(self, firsts: Any) -> Any:
        self.asked += 1
        return self._store.load_from(firsts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@EITHER
def test_threads_that_share_snapshots_lose_no_edit(shelf: Shelf):
    shelf.send(account.RegisterAccount(handle="ann"))
    written(shelf, "words", 2)
    snapshots, begin, lost = Watched(), threading.Barrier(4), []
    shared = bus(shelf, snapshots)

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
    whole = shelf.new_bus().aggregates().post(POST)
    assert whole.version == 42
    assert said(shared.aggregates().post(POST)) == said(whole)
    assert snapshots.unchanged()


def test_where_the_last_commit_has_been_torn_nothing_is_decided(tmp_path: Path):
    one = SqliteShelf(tmp_path)
    snapshots = Snapshots()
    one.send(account.RegisterAccount(handle="ann"))
    written(one, "words", 3)
    assert bus(one, snapshots).aggregates().post(POST).version == 3
    with sqlite3.connect(tmp_path / "events.db") as connection:
        connection.execute("UPDATE commits SET document = X'7b' WHERE stream = ? AND first = 3", (TARGET,))
    connection.close()
    with pytest.raises(Parked):
        bus(one, snapshots).aggregates().post(POST)
    one.close()
