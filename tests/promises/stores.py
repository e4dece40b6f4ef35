"""Both event stores, each with a bus, for promises that hold on either; and hands that damage what is stored."""

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
from eventstore.codec import EventCodec, encode_commit
from eventstore.sqlite import SqliteEventStore
from tests.servers import MONGO_URL, required

EITHER = pytest.mark.parametrize("shelf", ["sqlite", pytest.param("mongo", marks=pytest.mark.server)], indirect=True)


class Shelf:
    """An event store and who decides over it."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.bus = self.new_bus()

    def new_bus(self) -> CommandBus:
        """What another process has: it has seen nothing yet."""
        return CommandBus(self.store, EventCodec(), all_handlers())

    def send(self, command: Command, actor: str = "ann", command_id: str | None = None) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id))

    def settle(self) -> None:
        """Every commit has a position afterwards."""

    def rewrite(self, commit: Commit, document: bytes | None) -> None:
        """Puts other JSON in a stored commit's place; None takes it away."""
        raise NotImplementedError

    def close(self) -> None:
        self.store.close()


class SqliteShelf(Shelf):
    def __init__(self, folder: Path) -> None:
        self._file = folder / "events.db"
        super().__init__(SqliteEventStore(self._file))

    def rewrite(self, commit: Commit, document: bytes | None) -> None:
        connection = sqlite3.connect(self._file)
        where, key = "WHERE stream = ? AND first = ?", (commit.stream, commit.first)
        if document is None:
            connection.execute(f"DELETE FROM commits {where}", key)
        else:
            connection.execute(f"UPDATE commits SET document = ? {where}", (document, *key))
        connection.commit()
        connection.close()


class MongoShelf(Shelf):
    def __init__(self, url: str) -> None:
        from eventstore.mongo import MongoEventStore

        super().__init__(MongoEventStore(url))

    def settle(self) -> None:
        from eventstore.sequencing import Sequencer

        while self.store.waiting(1):
            Sequencer(self.store).step(500)

    def rewrite(self, commit: Commit, document: bytes | None) -> None:
        found = {"stream": commit.stream, "first": commit.first}
        if document is None:
            self.store.commits.delete_one(found)
            return
        fields = msgspec.json.decode(document) if document.startswith(b'{"') else {"events": "torn"}
        self.store.commits.update_one(found, {"$set": {"events": fields["events"]}})


@pytest.fixture
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "sqlite":
        shelf: Shelf = SqliteShelf(tmp_path)
        yield shelf
        shelf.close()
        return
    from pymongo import MongoClient

    required(MONGO_URL, "MongoDB")
    name = f"test_{ids.uuid7().replace('-', '')}"
    shelf = MongoShelf(f"{MONGO_URL}/{name}")
    yield shelf
    shelf.close()
    with MongoClient(MONGO_URL) as client:
        client.drop_database(name)


def newer(commit: Commit) -> bytes:
    """The commit as a newer version might have written it: its first event is of a type that nobody here knows."""
    event = msgspec.structs.replace(commit.events[0], type="PostFoldedToACrane")
    return encode_commit(msgspec.structs.replace(commit, events=(event, *commit.events[1:])))


TORN = b"{"
