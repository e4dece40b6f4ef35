"""What wakes the relay: a change stream where the server has them, the clock where it hasn't.

The server at hand refuses change streams, so that is tried for real. The other case runs on a stand-in for the server's
cursor, and for nothing else.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure
from structlog.testing import capture_logs

from eventstore.mongo.store import MongoEventStore
from eventstore.mongo.wakeup import CommitWakeup
from eventstore.relay import sequencer_thread
from eventstore.relay.sequencer_thread import SequencerThread
from tests.eventstore.samples import commit
from tests.servers import mongo_database


class Server:
    """A server's side of change streams: tells of what happens while a cursor is open."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.trouble: list[Exception | None] = []
        self._changes: list[threading.Event] = []

    def watch(self, pipeline: list[Any], *, max_await_time_ms: int) -> "Cursor":
        assert pipeline[0] == {"$match": {"operationType": "insert"}}
        self._fail()
        self.opened += 1
        self._changes.append(threading.Event())
        return Cursor(self, self._changes[-1], max_await_time_ms / 1000)

    def insert(self) -> None:
        for changed in self._changes:
            changed.set()

    def _fail(self) -> None:
        if self.trouble and (error := self.trouble.pop(0)):
            raise error


class Cursor:
    def __init__(self, server: Server, changed: threading.Event, patience_s: float) -> None:
        self._server = server
        self._changed = changed
        self._patience_s = patience_s

    def try_next(self) -> dict[str, object] | None:
        self._server._fail()
        return {"_id": {}} if self._changed.wait(self._patience_s) else None

    def close(self) -> None:
        self._server.closed += 1


def seconds_of(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_a_change_between_the_last_look_and_the_wait_wakes_too():
    server = Server()
    waking = CommitWakeup(server.watch)
    assert seconds_of(lambda: waking.wait(30)) < 0.5
    server.insert()
    assert seconds_of(lambda: waking.wait(30)) < 0.5
    assert (server.opened, server.closed) == (1, 1)


def test_without_a_change_the_stream_stays_open_and_the_wait_ends_now_and_then():
    server = Server()
    waking = CommitWakeup(server.watch)
    waking.wait(30)
    assert 0.9 < seconds_of(lambda: waking.wait(30)) < 3
    assert (server.opened, server.closed) == (1, 0)
    waking.close()
    assert server.closed == 1


def test_a_stream_that_breaks_is_opened_again_after_a_pause():
    server = Server()
    server.trouble = [None, AutoReconnect("gone"), AutoReconnect("still gone"), None]
    waking = CommitWakeup(server.watch)
    waking.wait(30)
    assert seconds_of(lambda: waking.wait(0.1)) >= 0.1
    assert seconds_of(lambda: waking.wait(0.1)) >= 0.1
    waking.wait(30)
    assert (server.opened, server.closed) == (2, 1)


def test_a_stream_that_the_server_ends_is_no_refusal():
    """Such as one whose place in the oplog is lost."""
    server = Server()
    server.trouble = [None, OperationFailure("history lost", 286)]
    waking = CommitWakeup(server.watch)
    waking.wait(30)
    waking.wait(0.01)
    waking.wait(30)
    assert server.opened == 2


@pytest.fixture
def store() -> Iterator[MongoEventStore]:
    with mongo_database() as url, closing(MongoEventStore(url)) as store:
        yield store


@pytest.mark.server
def test_a_server_that_refuses_is_asked_once_and_looked_at_from_then_on(store):
    asked: list[int] = []

    def watch(*given: Any, **named: Any) -> Any:
        asked.append(1)
        return store.commits.watch(*given, **named)

    waking = CommitWakeup(watch)
    with capture_logs() as said:
        taken = [seconds_of(lambda: waking.wait(0.05)) for _ in range(3)]
    if not said:
        pytest.skip("this server has change streams")
    assert all(one >= 0.05 for one in taken)
    assert [(one["log_level"], one["for_good"]) for one in said] == [("debug", True)]
    assert len(asked) == 1


@pytest.mark.server
def test_numbering_is_woken_and_doesnt_wait_for_its_next_look(store, monkeypatch):
    monkeypatch.setattr(sequencer_thread, "MIN_IDLE_S", 30.0)
    monkeypatch.setattr(sequencer_thread, "MAX_IDLE_S", 30.0)
    server = Server()
    numbering = SequencerThread(store, CommitWakeup(server.watch))
    with numbering.running():
        for count in range(1, 6):
            store.append(commit(f"post-{count}", 1))
            server.insert()
            until = time.monotonic() + 0.8
            while not store.read(count - 1, 1) and time.monotonic() < until:
                time.sleep(0.005)
            assert [one.position for one in store.read(count - 1, 9)] == [count]
    assert server.closed == server.opened
