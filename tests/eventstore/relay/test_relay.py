"""The relay: positions without holes whoever numbers, one leader, in order and at least once into the log."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from pymongo import MongoClient

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, Unavailable
from domain.ids import uuid7
from eventstore.chain import faults, with_position
from eventstore.cloudevents import headers
from eventstore.codec import decode_sequenced
from eventstore.kafka.producer import partition_of, place
from eventstore.mongo.checkpoint import Checkpoint, CheckpointState, NewerLeader
from eventstore.mongo.lease import LEASE_TIMEOUT_S, Lease
from eventstore.mongo.store import MongoEventStore
from eventstore.relay import publisher, sequencer_thread
from eventstore.relay import sequencer as sequencing
from eventstore.relay.leader import Relay
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer import Sequencer
from eventstore.relay.sequencer_thread import SequencerThread
from tests.eventstore.samples import commit, published
from tests.servers import KAFKA_URL, MONGO_URL, required

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[3]


@pytest.fixture
def name() -> str:
    return f"test_{uuid7().replace('-', '')}"


@pytest.fixture
def url(name) -> Iterator[str]:
    required(MONGO_URL, "MongoDB")
    yield f"{MONGO_URL}/{name}"
    with MongoClient(MONGO_URL) as client:
        client.drop_database(name)


@pytest.fixture
def store(url) -> Iterator[MongoEventStore]:
    store = MongoEventStore(url)
    yield store
    store.close()


class Pipe:
    """An outlet into a list, which fails when told to."""

    partitions = 3
    topic_id = "one"

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, int]] = []
        self.acknowledgements = 0
        self.failing = False

    def partition_of(self, commit: Commit) -> int:
        return partition_of(commit.key, self.partitions)

    def send(self, commit: Commit, previous: int) -> None:
        self.sent.append((self.partition_of(commit), commit.position or 0, previous))

    def acknowledged(self, leave: int = 0) -> None:
        if self.failing:
            raise Unavailable("no answer")
        self.acknowledgements += 1

    def is_same_topic(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""

    @property
    def positions(self) -> list[int]:
        return [position for _, position, _ in self.sent]


def whole(store: MongoEventStore, count: int) -> list[Commit]:
    """Everything numbered: count commits without a hole, on one chain, each stream in order."""
    commits = store.read(0, 100_000)
    assert [one.position for one in commits] == list(range(1, count + 1))
    assert list(faults(commits)) == []
    shown: dict[str, int] = {}
    for one in commits:
        assert one.first == shown.get(one.stream, 0) + 1, one
        shown[one.stream] = one.last
    until = time.monotonic() + 10
    while store.waiting(1):  # marks are taken away beside the numbering
        assert time.monotonic() < until
        time.sleep(0.002)
    assert store.head() == (count, commits[-1].chain)
    return commits


def feed(store: MongoEventStore, pipe: Pipe, term: int = 1) -> Publisher:
    """One that numbers when it is asked, in place of a thread beside it."""
    sequencer = Sequencer(store)
    take = lambda _timeout_s: sequencer.step(publisher.MAX_UNFLUSHED_COMMITS)  # noqa: E731
    return Publisher(store, take, pipe, Checkpoint(store.database["relay"], "t", term))


def drained(feed: Publisher) -> None:
    while feed.step(0.0):
        pass
    feed.flush()


# Numbering.


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


# The lease.


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_leads_and_the_other_takes_over_when_it_falls_silent(store):
    clock = Clock()
    first, second = (Lease(store.database["relay"], holder, clock) for holder in ("a", "b"))
    assert first.take()
    assert not second.take()
    clock.now += LEASE_TIMEOUT_S - 1
    assert first.renew()
    assert not second.take()
    clock.now += LEASE_TIMEOUT_S - 0.1
    assert not second.take()
    clock.now += 0.2
    assert second.take()
    assert (second.term, first.renew(), first.alive) == (2, False, False)


def test_a_leader_that_ends_well_is_followed_at_once(store):
    first, second = (Lease(store.database["relay"], holder) for holder in ("a", "b"))
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.take()


def test_of_eight_that_find_it_run_out_one_gets_it(store):
    clock = Clock()
    assert Lease(store.database["relay"], "dead", clock).take()
    leases = [Lease(store.database["relay"], f"h{at}", clock) for at in range(8)]
    assert not any(lease.take() for lease in leases)
    clock.now += LEASE_TIMEOUT_S + 1
    taken: list[bool] = []
    threads = [threading.Thread(target=lambda lease=lease: taken.append(lease.take())) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1


def test_a_deposed_leader_cannot_move_the_checkpoint(store):
    old, new = (Checkpoint(store.database["relay"], "t", term) for term in (1, 2))
    old.claim()
    old.save(CheckpointState(sent=5))
    assert new.claim().sent == 5
    with pytest.raises(NewerLeader):
        old.save(CheckpointState(sent=9))
    with pytest.raises(NewerLeader):
        old.claim()
    assert new.claim().sent == 5


# Feeding the log.


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
    assert all(name.removeprefix("ce_").isalnum() for name in said if name.startswith("ce_"))


# Processes, on the real Kafka.


@pytest.fixture
def topic(name) -> Iterator[str]:
    required(KAFKA_URL, "Kafka")
    yield name
    with KafkaAdminClient(bootstrap_servers=place(f"{KAFKA_URL}/x").servers) as admin:
        admin.delete_topics([name], raise_errors=False)


@pytest.fixture
def relays(url, topic, tmp_path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ, "EVENT_STORE_URL": url, "EVENT_LOG_URL": f"{KAFKA_URL}/{topic}?partitions=4",
        "SECRET_KEY": "test", "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT),
    }  # fmt: skip

    def start() -> subprocess.Popen[bytes]:
        said = tmp_path / f"relay-{len(started)}.log"
        with said.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "eventstore.relay"], cwd=ROOT, env=environment, stdout=file, stderr=file
            )
        started.append(process)
        until = time.monotonic() + 30
        while b"standing by" not in said.read_bytes() and time.monotonic() < until:
            time.sleep(0.05)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


class Tap:
    """Reads a topic from its beginning, on demand."""

    def __init__(self, topic: str) -> None:
        self._consumer = KafkaConsumer(
            topic, bootstrap_servers=place(f"{KAFKA_URL}/x").servers, auto_offset_reset="earliest",
            enable_auto_commit=False, metadata_max_age_ms=1_000,
        )  # fmt: skip
        self.messages: list[object] = []

    def until(self, positions: set[int], seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while not positions <= {one.position for _, one in self.commits()} and time.monotonic() < until:
            for messages in self._consumer.poll(timeout_ms=200).values():
                self.messages += messages
        assert positions <= {one.position for _, one in self.commits()}

    def commits(self) -> list[tuple[int, Commit]]:
        return [(message.partition, decode_sequenced(message.value)) for message in self.messages]  # type: ignore[attr-defined]

    def firsts(self) -> dict[int, list[int]]:
        """Partition → positions in order of their first appearance."""
        found: dict[int, dict[int, None]] = {}
        for partition, one in self.commits():
            found.setdefault(partition, {})[one.position or 0] = None
        return {partition: list(positions) for partition, positions in found.items()}

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def tap(topic) -> Iterator[Tap]:
    tap = Tap(topic)
    yield tap
    tap.close()


def led_by(store: MongoEventStore, term: int, seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = store.database["relay"].find_one({"_id": "leader"})
        if found is not None and found["term"] >= term and found["holder"]:
            return str(found["holder"])
        time.sleep(0.02)
    raise AssertionError(f"nobody leads term {term} within {seconds} s")


@pytest.mark.slow
def test_kills_and_freezes_of_leaders_lose_reorder_and_double_nothing(store, relays, tap):
    """SIGKILL of one leader, SIGSTOP of the next past its lease and SIGCONT, SIGTERM of the last; under writing."""
    writing = threading.Event()
    written: list[str] = []

    def write() -> None:
        version = 0
        while not writing.is_set():
            version += 1
            batch = [commit(f"post-{at}", version, published(f"{version}")) for at in range(10)]
            written.extend(one.id for one in store.append_many(batch) if isinstance(one, Commit))
            time.sleep(0.02)

    first = relays()
    led_by(store, 1, 30)
    second, third = relays(), relays()
    processes = {str(process.pid): process for process in (first, second, third)}
    thread = threading.Thread(target=write)
    thread.start()
    tap.until({1})
    time.sleep(2)
    first.kill()
    killed = time.monotonic()
    holder = led_by(store, 2, 5.0)
    assert time.monotonic() - killed < 5.0
    frozen = processes[holder.rpartition(":")[2]]
    time.sleep(1)
    frozen.send_signal(signal.SIGSTOP)
    holder = led_by(store, 3, 5.0)
    time.sleep(1.5)
    frozen.send_signal(signal.SIGCONT)
    time.sleep(2)
    writing.set()
    thread.join()
    count = len(written)
    tap.until(set(range(1, count + 1)))
    commits = whole(store, count)
    assert {one.id for one in commits} == set(written)
    for partition, positions in tap.firsts().items():
        assert positions == sorted(positions), partition
    by_position = {one.position: one for one in commits}
    assert all(by_position[one.position] == one for _, one in tap.commits())
    leader = processes[holder.rpartition(":")[2]]
    leader.terminate()
    assert leader.wait(15) == 0
    frozen.terminate()
    assert frozen.wait(15) == 0


@pytest.mark.slow
def test_a_deleted_topic_is_made_again_and_goes_on(store, relays, tap, topic):
    relays()
    store.append_many([commit(f"post-{at}", 1) for at in range(50)])
    tap.until(set(range(1, 51)))
    with KafkaAdminClient(bootstrap_servers=place(f"{KAFKA_URL}/x").servers) as admin:
        admin.delete_topics([topic])
    store.append(commit("post-after", 1))
    until = time.monotonic() + 60
    again = None
    while time.monotonic() < until:
        again = again or Tap(topic)
        try:
            again.until({51}, seconds=5)
            break
        except AssertionError:
            again.close()
            again = None
    assert again is not None
    messages = [dict(message.headers) for message in again.messages]  # type: ignore[attr-defined]
    again.close()
    assert {int(said["ce_previous"]) for said in messages} != {0}
    assert all(json.loads(message.value)["position"] for message in tap.messages)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_sigterm_brings_what_is_on_its_way_to_an_end(store, relays, tap):
    relay = relays()
    led_by(store, 1, 30)
    store.append_many([commit(f"post-{at}", 1) for at in range(3_000)])
    relay.terminate()
    assert relay.wait(20) == 0
    found = store.database["relay"].find_one({"_id": {"$regex": "^topic"}})
    leader = store.database["relay"].find_one({"_id": "leader"})
    assert leader is not None
    assert leader["holder"] is None
    sent = found["sent"] if found else 0
    tap.until(set(range(1, sent + 1)))


def numbered_within(store: MongoEventStore, count: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while len(store.read(0, count + 1)) < count and time.monotonic() < until:
        time.sleep(0.02)
    whole(store, count)


@pytest.fixture
def led(store) -> Iterator[Callable[[Callable[[], Pipe]], threading.Event]]:
    """Starts a relay in this process, into what the given opens; gives what stops it."""
    running: list[tuple[threading.Thread, threading.Event]] = []

    def start(outlet: Callable[[], Pipe]) -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=Relay(store, outlet, "t", "me").run, args=(stop,))
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


def away() -> Pipe:
    raise Unavailable("no Kafka")


@pytest.mark.parametrize("outlet", [Pipe, away])
def test_a_damaged_commit_ends_the_relay_with_a_word(store, outlet):
    store.append(commit("post-a", 1))
    store.commits.update_one({}, {"$unset": {"actor": ""}})
    with pytest.raises(Damaged, match="malformed"):
        Relay(store, outlet, "t", "me").run(threading.Event())


def test_numbering_leaves_out_what_finds_no_room_and_goes_on(store, monkeypatch):
    for size in ("INITIAL_BATCH_COMMITS", "MAX_BATCH_COMMITS"):
        monkeypatch.setattr(sequencer_thread, size, 1)
    monkeypatch.setattr(sequencer_thread, "HANDOFF_TIMEOUT_S", 0.01)
    store.append_many([commit(f"post-{at}", 1) for at in range(9)])
    with SequencerThread(store).running() as numbering:
        numbered_within(store, 9, 10)
        assert [one.position for one in numbering.take(1.0)] == [1]


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


def test_a_feed_notices_within_a_second_that_the_store_was_put_back_and_sends_what_comes_then(store, monkeypatch):
    monkeypatch.setattr(publisher, "STORE_CHECK_INTERVAL_S", 0.0)
    monkeypatch.setattr(sequencing, "BATCH_CHECK_INTERVAL_S", 0.0)
    pipe = Pipe()
    store.append_many([commit(f"post-{at}", 1) for at in range(7)])
    drained(feed(store, pipe))
    restore = put_back(store)
    running = feed(store, pipe)
    store.append_many([commit(f"post-{at}", 1) for at in range(7, 12)])
    drained(running)
    restore()
    store.append_many([commit(f"post-{at}", 1) for at in range(20, 29)])
    with pytest.raises(Unavailable, match="restored to an earlier state"):
        drained(running)
    again = Pipe()
    drained(feed(store, again))
    assert again.positions == list(range(8, 17))
    whole(store, 16)


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
