"""The store is restored to an earlier state under a running relay."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from domain.errors import Unavailable
from eventstore.mongo.store import MongoEventStore
from eventstore.relay import publisher
from eventstore.relay import sequencer as sequencing
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer import Sequencer
from tests.eventstore.relay.relay_world import Pipe, drained, feed, whole
from tests.eventstore.samples import commit

pytestmark = pytest.mark.server


# A store that is put back to an earlier state, under whoever runs.
def put_back(store: MongoEventStore) -> Callable[[], None]:
    """Copies every collection; the function that it gives puts that back."""
    kept = {name: list(store.database[name].find()) for name in store.database.list_collection_names()}

    def restore() -> None:
        for name in store.database.list_collection_names():
            store.database[name].delete_many({})
            if kept.get(name):
                store.database[name].insert_many(kept[name])

    return restore


def test_numbering_goes_on_where_a_store_ends_that_was_put_back(store, monkeypatch):
    monkeypatch.setattr(sequencing, "BATCH_CHECK_INTERVAL_S", 0.0)
    sequencer = Sequencer(store)
    store.append_many([commit(f"post-{at}", 1) for at in range(7)])
    sequencer.step(100)
    restore = put_back(store)
    store.append_many([commit(f"post-{at}", 1) for at in range(7, 12)])
    sequencer.step(100)
    restore()
    store.append_many([commit(f"post-{at}", 1) for at in range(20, 23)])
    numbered = sequencer.step(100)
    assert [one.position for one in numbered] == [8, 9, 10]
    number_all(store, sequencer)
    whole(store, 10)


def test_numbering_looks_often_enough_whether_its_last_batch_is_still_there(store):
    """As it runs: no restore is as quick as BATCH_CHECK_INTERVAL_S."""
    sequencer = Sequencer(store)
    store.append(commit("post-1", 1))
    restore = put_back(store)
    number_all(store, sequencer)
    restore()
    time.sleep(sequencing.BATCH_CHECK_INTERVAL_S)
    store.append(commit("post-2", 1))
    number_all(store, sequencer)
    whole(store, 2)


def test_a_batch_that_was_given_while_the_store_was_put_back_is_withdrawn(store, monkeypatch):
    """Between the look at the last batch and the new one's place."""
    monkeypatch.setattr(sequencing, "BATCH_CHECK_INTERVAL_S", 1000.0)
    sequencer = Sequencer(store)
    store.append_many([commit(f"post-{at}", 1) for at in range(7)])
    sequencer.step(100)
    restore = put_back(store)
    store.append_many([commit(f"post-{at}", 1) for at in range(7, 12)])
    sequencer.step(100)
    restore()
    store.append_many([commit(f"post-{at}", 1) for at in range(20, 23)])
    assert [one.position for one in sequencer.step(100)] == [13, 14, 15]
    store.append_many([commit(f"post-{at}", 1) for at in range(23, 25)])
    number_all(store, sequencer)
    whole(store, 12)


def number_all(store: MongoEventStore, sequencer: Sequencer) -> None:
    """Until nothing waits any more, whatever stands in the way: FerretDB's deadlocks, a store that was put back."""
    until = time.monotonic() + 10
    while store.waiting(1):
        assert time.monotonic() < until
        with suppress(Unavailable):
            sequencer.step(100)


def test_a_stream_goes_on_from_the_version_that_a_store_has_that_was_put_back(store):
    """What the writer remembers of streams goes further than they do."""
    store.append(commit("post-1", 1))
    restore = put_back(store)
    for version in (2, 3, 4):
        store.append(commit("post-1", version))
    restore()
    assert store.append(commit("post-1", 2)).first == 2
    assert store.append(commit("post-1", 3)).first == 3


def grown_again(store: MongoEventStore) -> tuple[Pipe, Publisher]:
    """Twelve commits were sent; put back to seven, the store has nine new ones by now."""
    pipe = Pipe()
    store.append_many([commit(f"post-{at}", 1) for at in range(7)])
    drained(feed(store, pipe))
    restore = put_back(store)
    running = feed(store, pipe)
    store.append_many([commit(f"post-{at}", 1) for at in range(7, 12)])
    drained(running)
    restore()
    store.append_many([commit(f"post-{at}", 1) for at in range(20, 29)])
    return pipe, running


def test_a_feed_notices_within_a_second_that_the_store_was_put_back_and_sends_what_comes_then(store, monkeypatch):
    monkeypatch.setattr(publisher, "STORE_CHECK_INTERVAL_S", 0.0)
    monkeypatch.setattr(sequencing, "BATCH_CHECK_INTERVAL_S", 0.0)
    _, running = grown_again(store)
    with pytest.raises(Unavailable, match="restored to an earlier state"):
        drained(running)
    again = Pipe()
    drained(feed(store, again))
    assert again.positions == list(range(8, 17))
    whole(store, 16)


@pytest.mark.parametrize("sequenced_here", [True, False])
def test_a_store_that_was_put_back_and_grew_past_what_was_sent_is_noticed_at_once(store, monkeypatch, sequenced_here):
    """Between two looks at the store: only the chain tells that the next position is another history's."""
    monkeypatch.setattr(publisher, "STORE_CHECK_INTERVAL_S", 1000.0)
    monkeypatch.setattr(publisher, "STORE_POLL_INTERVAL_S", 0.0)
    monkeypatch.setattr(sequencing, "BATCH_CHECK_INTERVAL_S", 0.0)
    pipe, running = grown_again(store)
    if not sequenced_here:
        number_all(store, Sequencer(store))
    with pytest.raises(Unavailable, match="restored to an earlier state"):
        drained(running)
    assert pipe.positions == list(range(1, 13))
    again = Pipe()
    drained(feed(store, again))
    assert again.positions == list(range(8, 17))


@pytest.mark.parametrize("new", [0, 3, 30])
def test_a_checkpoint_of_a_past_that_is_gone_leaves_no_reader_without_a_sign(store, new):
    """The relay's own documents were not put back: they know positions that the store hasn't got, or not any more."""
    pipe = Pipe()
    store.append_many([commit(f"post-{at}", 1) for at in range(7)])
    drained(feed(store, pipe))
    restore = put_back(store)
    store.append_many([commit(f"post-{at}", 1) for at in range(7, 20)])
    drained(feed(store, pipe))
    known = store.database["relay"].find_one({"_id": "topic t"})
    restore()
    store.database["relay"].replace_one({"_id": "topic t"}, known)
    store.append_many([commit(f"post-{at}", 1) for at in range(30, 30 + new)])
    number_all(store, Sequencer(store))
    again = Pipe()
    drained(feed(store, again))
    newest: dict[int, int] = {}
    for one in store.read(0, 100):
        newest[again.partition_of(one)] = one.position
    assert {partition: position for partition, position, _ in again.sent} == newest
    assert all(previous == position - 1 for _, position, previous in again.sent)
    store.append(commit("post-last", 1))
    drained(feed(store, again))
    assert again.positions[-1] == 8 + new
