"""The leader assigns positions and publishes at once; neither waits for the other."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from domain.errors import Damaged
from eventstore.mongo.store import MongoEventStore
from eventstore.relay import sequencer_thread
from eventstore.relay.leader import Relay
from eventstore.relay.sequencer_thread import SequencerThread
from tests.eventstore.relay.relay_world import Pipe, away, whole
from tests.eventstore.samples import commit

pytestmark = pytest.mark.server


def numbered_within(store: MongoEventStore, count: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while len(store.read(0, count + 1)) < count and time.monotonic() < until:
        time.sleep(0.02)
    whole(store, count)


@pytest.fixture
def led(store) -> Iterator[Callable[[Callable[[], Pipe]], threading.Event]]:
    """Starts a relay in this process, into what the given opens; gives what stops it."""
    running: list[tuple[threading.Thread, threading.Event]] = []

    def start(open_producer: Callable[[], Pipe]) -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=Relay(store, open_producer, "t", "me").run, args=(stop,))
        running.append((thread, stop))
        thread.start()
        return stop

    yield start
    for thread, stop in running:
        stop.set()
        thread.join()


def test_the_relay_numbers_while_the_log_cannot_be_opened(store, led):
    store.append(commit("post-a", 1))
    led(away)
    numbered_within(store, 1, 10)


def test_the_relay_numbers_while_the_log_keeps_it_waiting_and_sends_all_of_it_afterwards(store, led, monkeypatch):
    """Kafka went away without a word: sending waits half a minute for the answer."""
    for size in ("INITIAL_BATCH_COMMITS", "MAX_BATCH_COMMITS"):
        monkeypatch.setattr(sequencer_thread, size, 3)
    answers = threading.Event()
    sent: list[int] = []

    class Silent(Pipe):
        def acknowledged(self, leave: int = 0) -> None:
            assert leave >= 0
            answers.wait(30)
            sent.extend(self.positions)
            self.sent.clear()

    led(Silent)
    for count in range(1, 6):
        store.append_many([commit(f"post-{count}-{at}", 1) for at in range(10)])
        numbered_within(store, 10 * count, 5)
    assert sent == []
    answers.set()
    until = time.monotonic() + 10
    while len(sent) < 50 and time.monotonic() < until:
        time.sleep(0.02)
    assert sent == list(range(1, 51))


@pytest.mark.parametrize("open_producer", [Pipe, away])
def test_a_damaged_commit_ends_the_relay_with_a_word(store, open_producer):
    store.append(commit("post-a", 1))
    store.commits.update_one({}, {"$unset": {"actor": ""}})
    with pytest.raises(Damaged, match="malformed"):
        Relay(store, open_producer, "t", "me").run(threading.Event())


def test_numbering_leaves_out_what_finds_no_room_and_goes_on(store, monkeypatch):
    for size in ("INITIAL_BATCH_COMMITS", "MAX_BATCH_COMMITS"):
        monkeypatch.setattr(sequencer_thread, size, 1)
    monkeypatch.setattr(sequencer_thread, "HANDOFF_TIMEOUT_S", 0.01)
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    with SequencerThread(store).running() as numbering:
        numbered_within(store, 9, 10)
        assert [one.position for one in numbering.take(1.0)] == [1]
