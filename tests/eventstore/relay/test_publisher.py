"""The publisher: in order, at least once, from the checkpoint on."""

import time

import pytest

from domain.errors import Unavailable
from eventstore.chain import with_position
from eventstore.cloudevents import headers
from eventstore.mongo.checkpoint import Checkpoint
from eventstore.relay import publisher
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer import Sequencer
from tests.eventstore.relay.relay_world import Pipe, drained, feed
from tests.eventstore.samples import commit

pytestmark = pytest.mark.server


def test_everything_is_sent_once_in_order_and_says_what_went_before(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(20)])
    pipe = Pipe()
    drained(feed(store, pipe))
    assert pipe.positions == list(range(1, 21))
    last = dict.fromkeys(range(3), 0)
    for partition, position, previous in pipe.sent:
        assert previous == last[partition]
        last[partition] = position


def test_what_isnt_acknowledged_is_sent_again_from_the_checkpoint(store, monkeypatch):
    monkeypatch.setattr(publisher, "MAX_UNFLUSHED_COMMITS", 4)
    store.append_many([commit(f"post-{at}", 1) for at in range(10)])
    pipe = Pipe()
    first = feed(store, pipe)
    for _ in range(3):
        first.step(0.0)
    pipe.failing = True
    with pytest.raises(Unavailable):
        first.step(0.0)
    again = Pipe()
    drained(feed(store, again, term=2))
    assert again.positions == list(range(5, 11))
    assert again.sent[0][2] in {0, 1, 2, 3, 4}


def test_the_checkpoint_never_says_more_than_was_acknowledged(store, monkeypatch):
    """What is on its way while an earlier part is waited for isn't counted."""
    monkeypatch.setattr(publisher, "MAX_UNFLUSHED_COMMITS", 4)
    store.append_many([commit(f"post-{at}", 1) for at in range(22)])

    class Counting(Pipe):
        known = 0

        def acknowledged(self, leave: int = 0) -> None:
            self.known = max(self.known, len(self.sent) - leave)

    pipe = Counting()
    mine = feed(store, pipe)
    saved: list[int] = []
    while mine.step(0.0):
        saved.append(store.database["relay"].find_one({"_id": "topic t"})["sent"])
        assert saved[-1] <= pipe.known
    assert pipe.positions == list(range(1, 23))
    assert len(set(saved)) > 3
    assert saved[-1] == 22


def test_what_was_handed_and_already_read_isnt_read_again(store, monkeypatch):
    """The store shows a batch before it is handed over; the one after it is next all the same."""
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    sequencer = Sequencer(store)
    first, second, third = (sequencer.step(3) for _ in range(3))
    handed = [[*second, *third], first]
    pipe = Pipe()
    mine = Publisher(
        store, lambda _timeout_s: handed.pop() if handed else [], pipe, Checkpoint(store.database["relay"], "t", 1)
    )
    monkeypatch.setattr(store, "read", lambda *_: pytest.fail("read from the store"))
    mine.step(0.0)
    handed.append(second)
    mine._store_poll_due = time.monotonic() + 60
    mine.step(0.0)
    mine.step(0.0)
    assert pipe.positions == list(range(1, 10))


def test_what_another_has_numbered_is_sent_too(store):
    pipe = Pipe()
    mine = feed(store, pipe)
    store.append(commit("post-a", 1))
    drained(mine)
    store.append(commit("post-b", 1))
    Sequencer(store).step(10)
    store.append(commit("post-c", 1))
    until = time.monotonic() + 5
    while len(pipe.sent) < 3 and time.monotonic() < until:
        mine.step(0.0)
    assert pipe.positions == [1, 2, 3]


@pytest.mark.parametrize("left_out", [{1}, {3}, {1, 2}, {2, 4}, {5}])
def test_what_was_left_out_on_the_way_comes_from_the_store_in_its_place(store, left_out):
    store.append_many([commit(f"post-{at}", 1) for at in range(5)])
    handed = [[one for one in Sequencer(store).step(9) if one.position not in left_out]]
    pipe = Pipe()
    mine = Publisher(
        store, lambda _timeout_s: handed.pop() if handed else [], pipe, Checkpoint(store.database["relay"], "t", 1)
    )
    until = time.monotonic() + 5
    while len(pipe.sent) < 5 and time.monotonic() < until:
        mine.step(0.0)
    assert pipe.positions == [1, 2, 3, 4, 5]


def test_a_new_topic_gets_the_last_of_each_partition_and_then_goes_on(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(30)])
    drained(feed(store, Pipe()))
    store.append(commit("post-new", 1))
    pipe = Pipe()
    pipe.topic_id = "two"
    drained(feed(store, pipe))
    partitions = [partition for partition, _, _ in pipe.sent]
    assert sorted(partitions[:3]) == [0, 1, 2]
    assert all(previous == position - 1 for _, position, previous in pipe.sent[:3])
    assert pipe.positions[3:] == [31]
    more = Pipe()
    more.topic_id = "two"
    drained(feed(store, more))
    assert more.sent == []


def test_more_partitions_make_readers_look_at_everything_before(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    drained(feed(store, Pipe()))
    wider = Pipe()
    wider.partitions = 5
    store.append(commit("post-new", 1))
    drained(feed(store, wider))
    assert [(position, previous) for _, position, previous in wider.sent] == [(10, 9)]


def test_headers_are_cloudevents_in_binary_mode():
    sent = with_position(commit("post-a", 1), 1, "")
    said = dict(headers(sent, 0))
    assert said["ce_specversion"] == b"1.0"
    assert said["content-type"] == b"application/json"
    assert (said["ce_id"], said["ce_subject"], said["ce_time"]) == (sent.id.encode(), b"post-a", sent.at.encode())
    assert {"ce_source", "ce_type", "ce_partitionkey"} <= said.keys()
    assert said["ce_type"].startswith(b"org.verbatim.")
    assert said["ce_source"].startswith(b"urn:")
    assert all(name.removeprefix("ce_").isalnum() for name in said if name.startswith("ce_"))
