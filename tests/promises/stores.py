"""Both event stores, each with a command bus, for promises that hold on either; and ways to damage what is stored."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain import ids
from domain.bus import CommandBus
from domain.commit import Commit
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from domain.post import PostEdited
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.servers import mongo_database

ON_EITHER_STORE = pytest.mark.parametrize(
    "write_side", ["sqlite", pytest.param("mongo", marks=pytest.mark.server)], indirect=True
)


class WriteSide:
    """An event store and the command bus over it."""

    def __init__(self) -> None:
        self.store = self.opened()
        self.bus = self.new_bus()

    def new_bus(self) -> CommandBus:
        """A bus as another process has it: without snapshots yet."""
        return CommandBus(self.store, EventCodec(), all_handlers())

    def send(self, command: Command, actor: str = "ann", command_id: str | None = None) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id))

    def settle(self) -> None:
        """Every commit has a position afterwards."""

    def reopen(self) -> None:
        """Opens the store and the bus again, as a later process does: nothing is remembered."""
        self.store.close()
        self.store = self.opened()
        self.bus = self.new_bus()

    def opened(self) -> Any:
        raise NotImplementedError

    def rewrite(self, commit: Commit, *, torn: bool) -> None:
        """Leaves half of a stored commit, or nothing."""
        raise NotImplementedError

    def close(self) -> None:
        self.store.close()


class SqliteWriteSide(WriteSide):
    def __init__(self, folder: Path) -> None:
        self._file = folder / "events.db"
        super().__init__()

    def opened(self) -> SqliteEventStore:
        return SqliteEventStore(self._file)

    def rewrite(self, commit: Commit, *, torn: bool) -> None:
        connection = sqlite3.connect(self._file)
        do = "UPDATE commits SET document = substr(document, 1, 40)" if torn else "DELETE FROM commits"
        connection.execute(f"{do} WHERE stream = ? AND first = ?", (commit.stream, commit.first))
        connection.commit()
        connection.close()


class MongoWriteSide(WriteSide):
    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def opened(self) -> Any:
        from eventstore.mongo.store import MongoEventStore

        return MongoEventStore(self._url)

    def settle(self) -> None:
        from eventstore.relay.sequencer import Sequencer

        while self.store.waiting(1):
            Sequencer(self.store).step(500)

    def rewrite(self, commit: Commit, *, torn: bool) -> None:
        found = {"stream": commit.stream, "first": commit.first}
        if torn:
            self.store.commits.update_one(found, {"$unset": {"events": "", "actor": ""}})
        else:
            self.store.commits.delete_one(found)


@pytest.fixture
def write_side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriteSide]:
    if request.param == "sqlite":
        write_side: WriteSide = SqliteWriteSide(tmp_path)
        yield write_side
        write_side.close()
        return
    with mongo_database() as url:
        write_side = MongoWriteSide(url)
        yield write_side
        write_side.close()


def add_unknown(store: Any, stream: str, *, key: str = "", actor: str = "ann") -> Commit:
    """Stores, well chained, what a newer version of the site might store: an event of a type that nobody here knows."""
    known = EventCodec().encode(PostEdited(post=ids.uuid7(), title="Secret", body="plans"))
    event = msgspec.structs.replace(known, type="PostFoldedToACrane")
    stored = store.load(stream)
    first = stored[-1].last + 1 if stored else 1
    commit = Commit(actor=actor, at=ids.now(), events=(event,), first=first, id=ids.uuid7(), key=key, stream=stream)
    added: Commit = store.append(commit)
    return added


def damage(write_side: WriteSide, stream: str, how: str) -> int:
    """Does something to a stream that has three commits or more, and gives the version that it was done to.

    Whoever is asked afterwards has folded nothing of it before.
    """
    write_side.bus = write_side.new_bus()
    match how:
        case "unknown":
            return add_unknown(write_side.store, stream).first
        case "torn":
            write_side.rewrite(write_side.store.load(stream)[1], torn=True)
        case "missing":
            write_side.rewrite(write_side.store.load(stream)[1], torn=False)
        case "headless":
            write_side.rewrite(write_side.store.load(stream)[0], torn=False)
            return 1
    return 2


DAMAGES = pytest.mark.parametrize("how", ["unknown", "torn", "missing", "headless"])
