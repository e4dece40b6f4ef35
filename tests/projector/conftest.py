"""A site without web pages: a store, a bus, generations, and a projector that runs when told to."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from bootstrap import Store
from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.errors import Unavailable
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from eventstore.log.protocol import Log, StoreLog
from eventstore.log.reader_lease import ReaderLease
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.sequencer import Sequencer
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from projector.verifier import Verifier
from projector.worker import Worker
from readmodel.engine import progress
from readmodel.engine.progress import DeadLetter
from readmodel.generations.generations import Generations
from tests.people import id_of
from tests.projector.partitioned_log import PARTITIONS, PartitionedLog, post_id_in
from tests.servers import mongo_database


class Backend:
    """Everything behind the pages, on files in one folder. A store that numbers later is followed by two partitions.

    url: of the store, where it is a server.
    """

    url = ""

    def __init__(self, folder: Path, store: MongoEventStore | None = None) -> None:
        self.folder = folder
        self.mongo = store
        self._sources: list[Log] = []
        self._partitions = itertools.cycle(range(PARTITIONS))
        self.leases: list[ReaderLease] = []
        self.store: Store = store or SqliteEventStore(folder / "events.db")
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        self._begin()

    def _begin(self) -> None:
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.folder_of = CommitFolder(self.store, EventCodec())
        self.worker = self.new_worker()

    def stop(self) -> None:
        """Nobody has the store's file open any more."""
        self.store.close()
        while self._sources:
            self._sources.pop().close()

    def start(self) -> None:
        """With the file that is there now."""
        self.store = SqliteEventStore(self.folder / "events.db")
        self._begin()

    def new_worker(self, source: Log | None = None) -> Worker:
        """As in another process: its log looks at the store through a connection of its own."""
        return Worker(self.generations, source or self.new_log(), self.folder_of)

    def leased_worker(self) -> Worker:
        """One of several processes on the same store, which share a lease."""
        lease = ReaderLease(self.folder / "events.db-reader")
        self.leases.append(lease)
        source = StoreLog(SqliteEventStore(self.folder / "events.db"), lease)
        self._sources.append(source)
        return self.new_worker(source)

    def park(self, stream: str) -> None:
        letter = DeadLetter(stream=stream, version=1, commit_id="", error="odd", attempts=1, parked_at=ids.now())
        with self.generations.live().write() as connection:
            progress.park(connection, [letter])

    def new_log(self) -> Log:
        log: Log
        if self.mongo is not None:
            log = PartitionedLog(self.mongo)
        else:
            log = StoreLog(SqliteEventStore(self.folder / "events.db"))
        self._sources.append(log)
        return log

    def rebuilder(self) -> Rebuilder:
        partitions = StorePartitions() if self.mongo is None else PartitionedLog(self.mongo)
        return Rebuilder(self.generations, self.store, self.folder_of, partitions)

    def verifier(self) -> Verifier:
        return Verifier(self.generations, self.store, self.folder_of)

    def send(self, command: Command, actor: str = "ann", command_id: str | None = None) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id))

    def register(self, *handles: str) -> None:
        for handle in handles:
            self.send(account.RegisterAccount(account=id_of(handle), handle=handle), handle)

    def publish(self, title: str = "A title", actor: str = "ann") -> str:
        """Each in the next partition in turn."""
        id = post_id_in(next(self._partitions))
        self.send(post.NewPost(post=id, title=title, body="words #tag"), actor)
        return id

    def comment(self, on: str, actor: str = "bob") -> str:
        id = ids.uuid7()
        self.send(comment.AddComment(comment=id, post=on, body="well"), actor)
        return id

    def like(self, on: str, actor: str = "bob") -> None:
        self.send(like.Like(target=f"post-{on}"), actor)

    def number(self) -> None:
        """What the relay does on MongoDB: everything stored gets its position."""
        while self.mongo is not None and self.mongo.waiting(1):
            with suppress(
                Unavailable
            ):  # FerretDB resolves a race of an insert with an update as a deadlock now and then
                Sequencer(self.mongo).step(500)

    def lose(self, position: int) -> None:
        """Deletes a commit that has its position, as damage does."""
        if self.mongo is not None:
            self.mongo.commits.delete_one({"id": self.store.read(position - 1, 1)[0].id})
            return
        with sqlite3.connect(self.folder / "events.db") as raw:
            raw.execute("DELETE FROM commits WHERE position = ?", (position,))

    def project(self) -> None:
        """Runs the projector until it has nothing more to do."""
        self.number()
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


ON_EITHER_STACK = ["sqlite", pytest.param("mongo", marks=pytest.mark.server)]
AnyBackend = TypeVar("AnyBackend", bound=Backend)


@contextmanager
def opened(kind: type[AnyBackend], stack: str, folder: Path) -> Iterator[AnyBackend]:
    """On SQLite with one partition, or on MongoDB with two."""
    with ExitStack() as undo:
        url = undo.enter_context(mongo_database()) if stack == "mongo" else ""
        site = kind(folder, MongoEventStore(url) if url else None)
        site.url = url
        yield site
        site.close()


@pytest.fixture(params=ON_EITHER_STACK)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """The same on SQLite with one partition, and on MongoDB with two."""
    with opened(Backend, request.param, tmp_path) as site:
        yield site


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
