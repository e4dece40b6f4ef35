"""The sequencer: one order without holes, whoever assigns positions."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import pytest

from domain.commit import Commit, SequencedCommit
from domain.errors import Unavailable
from eventstore.mongo.store import MongoEventStore
from eventstore.relay import sequencer as sequencing
from eventstore.relay.sequencer import Sequencer
from tests.eventstore.relay.relay_world import whole
from tests.eventstore.samples import commit

pytestmark = pytest.mark.server


def test_a_streams_later_commit_is_never_numbered_first_whatever_the_clocks_say(store):
    for version in range(1, 6):
        store.append(commit("post-a", version))
        store.append(commit(f"post-b{version}", 1))
    for at, found in enumerate(store.load("post-a")):
        store.commits.update_one({"id": found.id}, {"$set": {"waiting": 1_000 - at}})
    sequencer = Sequencer(store)
    while sequencer.step(2):
        pass
    whole(store, 10)


def test_what_becomes_visible_late_is_still_numbered(store):
    store.append(commit("post-a", 1))
    Sequencer(store).step(10)
    late = store.append(commit("post-b", 1))
    store.commits.update_one({"id": late.id}, {"$set": {"waiting": 1}})
    Sequencer(store).step(10)
    assert whole(store, 2)[1].id == late.id


def test_a_stale_numberer_that_wakes_up_changes_nothing(store):
    """It had read what waits, and the head; then it slept while another went on."""
    store.append_many([commit(f"post-{at}", 1) for at in range(5)])
    stale = Sequencer(store)
    stale.step(2)
    seen = store.waiting(10)
    other = Sequencer(store)
    other.step(1)
    store.append(commit("post-9", 1))
    while other.step(10):
        pass
    before = whole(store, 6)
    stale._read = seen
    assert stale.step(10) == []
    assert whole(store, 6) == before


def test_what_was_read_ahead_is_forgotten_once_another_has_numbered(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    first, second = Sequencer(store), Sequencer(store)
    assert len(first.step(2)) == 2
    assert len(second.step(3)) == 3
    assert first.step(2) == []
    while first.step(2):
        pass
    whole(store, 9)


@pytest.mark.parametrize("numberers", [1, 3])
def test_a_backlog_is_read_ahead_while_it_is_marked_and_numbered_once(store, numberers):
    for version in range(1, 6):
        store.append_many([commit(f"post-{at}", version) for at in range(60)])
    threads = [threading.Thread(target=numbered_out, args=(store, Sequencer(store))) for _ in range(numberers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole(store, 300)


def numbered_out(store: MongoEventStore, sequencer: Sequencer) -> None:
    while store.waiting(1):
        with suppress(Unavailable):
            sequencer.step(9)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_stamp_of_another_hour_keeps_neither_its_commit_nor_later_ones_waiting(store, monkeypatch, hours):
    monkeypatch.setattr(sequencing, "FULL_SCAN_INTERVAL_S", 3_600.0)
    sequencer = Sequencer(store)
    store.append(commit("post-a", 1))
    sequencer.step(10)
    wrong = store.append(commit("post-b", 1))
    store.commits.update_one({"id": wrong.id}, {"$inc": {"waiting": hours * 3_600 * 10**9}})
    assert [one.id for one in soon(sequencer)] == [wrong.id]
    for at in range(5):
        right = store.append(commit(f"post-c{at}", 1))
        assert [one.id for one in soon(sequencer)] == [right.id]
    sequencer.step(10)  # waits for the marks to go
    whole(store, 7)


def test_commits_are_stamped_by_the_servers_clock_whatever_the_hosts_says(store, monkeypatch):
    hour = 3_600 * 10**9
    right = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: right() + hour)
    stamp = store.unsequenced_commits.arrival_stamp()
    assert abs(stamp - right()) < hour // 60
    assert store.unsequenced_commits.arrival_stamp() > stamp


def soon(sequencer: Sequencer) -> list[SequencedCommit]:
    """What is numbered within some looks, as they follow each other while the relay is idle."""
    until = time.monotonic() + 2
    while not (found := sequencer.step(10)) and time.monotonic() < until:
        time.sleep(0.001)
    return found


def test_a_batch_is_handed_over_once_the_store_shows_its_positions_marked_or_not(store, monkeypatch):
    store.append(commit("post-a", 1))
    unmark, handed, shown = store.unsequenced_commits.clear_pending, threading.Event(), []

    def late(keys: Sequence[str]) -> None:
        assert handed.wait(10)
        unmark(keys)

    def hand(numbered: list[Commit]) -> None:
        shown.append(store.read(0, 9) == numbered)
        handed.set()

    monkeypatch.setattr(store.unsequenced_commits, "clear_pending", late)
    sequencer = Sequencer(store)
    sequencer.step(9, hand)
    assert shown == [True]
    assert sequencer.step(9) == []
    whole(store, 1)


def test_marks_that_cant_be_taken_away_are_no_second_position(store, monkeypatch):
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    unmark, refused = store.unsequenced_commits.clear_pending, []

    def away(keys: Sequence[str]) -> None:
        if len(refused) < 2:
            refused.append(keys)
            raise Unavailable("away")
        unmark(keys)

    monkeypatch.setattr(store.unsequenced_commits, "clear_pending", away)
    sequencer = Sequencer(store)
    while store.waiting(1):
        with suppress(Unavailable):
            sequencer.step(2)
    assert len(refused) == 2
    whole(store, 9)


def test_a_batch_that_another_gave_first_is_not_handed_over(store, monkeypatch):
    store.append(commit("post-a", 1))
    monkeypatch.setattr(store.positions, "insert_batch", lambda _: False)
    handed: list[object] = []
    assert Sequencer(store).step(9, handed.append) == []
    assert handed == []


@pytest.mark.parametrize("batches", [1, 2])
def test_a_batch_whose_author_died_is_kept_by_the_next_one(store, monkeypatch, batches):
    store.append_many([commit(f"post-{at}", 1) for at in range(6)])
    dying, asleep, reached = Sequencer(store), threading.Event(), threading.Event()

    def asleep_until_killed(_: Sequence[str]) -> None:
        reached.set()
        asleep.wait(10)
        raise Unavailable("killed")

    monkeypatch.setattr(store.unsequenced_commits, "clear_pending", asleep_until_killed)
    given = [one.id for _ in range(batches) for one in dying.step(2)]
    assert reached.wait(10)
    monkeypatch.undo()
    assert [one.id for one in store.read(0, 9)] == given
    assert len(store.waiting(9)) == 6
    Sequencer(store).step(10)
    before = whole(store, 6)
    assert [one.id for one in before][: 2 * batches] == given
    asleep.set()
    with suppress(Unavailable):
        assert dying.step(2) == []
    assert whole(store, 6) == before


def test_a_stale_numberer_may_unmark_its_batch_once_more(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(4)])
    sequencer = Sequencer(store)
    sequencer.step(2)
    old = store.positions.last()
    sequencer.step(2)
    sequencer.step(2)
    before = whole(store, 4)
    store.unsequenced_commits.clear_pending(old.keys)
    assert whole(store, 4) == before


def test_three_numberers_at_once_make_one_gapless_chain(store):
    done = threading.Event()

    def number() -> None:
        sequencer = Sequencer(store)
        while not done.is_set() or store.waiting(1):
            try:
                sequencer.step(7)
            except Unavailable:
                continue

    threads = [threading.Thread(target=number) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 41):
        store.append_many([commit(f"post-{at}", version) for at in range(5)])
    done.set()
    for thread in threads:
        thread.join()
    whole(store, 200)
