"""A site without web pages: a store, a bus, generations, and a projector that runs when told to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from eventstore.log import StoreLog
from eventstore.sqlite import SqliteEventStore
from projector.folding import Folder
from projector.rebuild import Rebuilder
from projector.verifier import Verifier
from projector.worker import Worker
from readmodel.generations import Generations


class Backend:
    """Everything behind the pages, on files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources: list[StoreLog] = []
        self.store = SqliteEventStore(folder / "events.db")
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        self.folder_of = Folder(self.store, EventCodec())
        self.worker = self.new_worker()

    def new_worker(self) -> Worker:
        """As in another process: its log looks at the store through a connection of its own."""
        source = StoreLog(SqliteEventStore(self.folder / "events.db"))
        self._sources.append(source)
        return Worker(self.generations, source, self.folder_of)

    def rebuilder(self) -> Rebuilder:
        return Rebuilder(self.generations, self.store, self.folder_of)

    def verifier(self) -> Verifier:
        return Verifier(self.generations, self.store, self.folder_of)

    def send(self, command: Command, actor: str = "ann", command_id: str | None = None) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id))

    def register(self, *handles: str) -> None:
        for handle in handles:
            self.send(account.RegisterAccount(handle=handle), handle)

    def publish(self, title: str = "A title", actor: str = "ann") -> str:
        id = ids.uuid7()
        self.send(post.NewPost(post=id, title=title, body="words #tag"), actor)
        return id

    def comment(self, on: str, actor: str = "bob") -> str:
        id = ids.uuid7()
        self.send(comment.AddComment(comment=id, post=on, body="well"), actor)
        return id

    def like(self, on: str, actor: str = "bob") -> None:
        self.send(like.Like(target=f"post-{on}"), actor)

    def project(self) -> None:
        """Runs the projector until it has nothing more to do."""
        while self.worker.step(0.0):
            pass

    def close(self) -> None:
        for source in self._sources:
            source.close()
        self.generations.close()
        self.store.close()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    backend = Backend(tmp_path)
    yield backend
    backend.close()


@pytest.fixture
def busy(backend: Backend) -> Backend:
    """A backend with two people, three posts, comments and likes, all projected."""
    backend.register("ann", "bob")
    for title in ("One", "Two", "Three"):
        id = backend.publish(title)
        backend.comment(id)
        backend.like(id)
    backend.project()
    return backend
