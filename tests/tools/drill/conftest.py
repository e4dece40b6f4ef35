"""A small site with people and their ledger, honest until a test plants something."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.codec import EventCodec
from eventstore.log.protocol import StoreLog
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from tools.drill.checker import check
from tools.drill.ledger import Answer, Entry, Intent, collect
from tools.drill.verdict import Verdict


class Site:
    """entries is the ledger of all people."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "events.db"
        self.store = SqliteEventStore(self.file)
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        # A connection of its own: that others committed is what tells a log that there is more.
        self.log = StoreLog(SqliteEventStore(self.file))
        self.worker = Worker(self.generations, self.log, CommitFolder(self.store, EventCodec()))
        self.entries: list[Entry] = []

    def send(self, command: Command, command_id: str, actor: str = "ann") -> str:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id)).subject

    def register(self, handle: str) -> None:
        id = ids.uuid7()
        self.intend(id, "AccountRegistered", stream=f"account-{handle}", actor=handle)
        self.send(account.RegisterAccount(handle=handle), id, handle)
        self.answer(id, location="/")

    def publish(self) -> str:
        id = ids.uuid7()
        self.intend(id, "PostPublished", marked=True)
        subject = self.send(post.NewPost(post=ids.uuid7(), title="A title", body=f"Once: {id}"), id)
        self.answer(id, location=f"/posts/{subject}")
        return subject

    def comment(self, on: str) -> None:
        id = ids.uuid7()
        self.intend(id, "CommentAdded", post=on, marked=True)
        subject = self.send(comment.AddComment(comment=ids.uuid7(), post=on, body=f"Once: {id}"), id)
        self.answer(id, location=f"/posts/{on}#comment-{subject}")

    def like(self, on: str) -> None:
        id = ids.uuid7()
        self.intend(id, "Liked", stream=f"like-post-{on}-ann", post=on)
        self.send(like.Like(target=f"post-{on}"), id)
        self.answer(id, location=f"/posts/{on}")

    def intend(
        self, id: str, event: str, *, stream: str = "", post: str = "", marked: bool = False, actor: str = "ann"
    ) -> None:
        self.entries.append(Intent(id=id, actor=actor, event=event, stream=stream, post=post, marked=marked))

    def answer(self, id: str, *, location: str, status: int = 303) -> None:
        self.entries.append(Answer(id=id, status=status, location=location))

    def project(self) -> None:
        while self.worker.step(0.0):
            pass

    def check(self) -> Verdict:
        return check(collect(self.entries), self.store, self.generations)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.register("ann")
    for _ in range(3):
        written = site.publish()
        site.comment(written)
        site.like(written)
    site.project()
    yield site
    site.log.close()
    site.generations.close()
    site.store.close()
