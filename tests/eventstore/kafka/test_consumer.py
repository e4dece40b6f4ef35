"""The log on Kafka as a projector reads it: shared partitions, gaps filled from the store."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from structlog.testing import capture_logs

from domain.errors import Unavailable
from eventstore.codec import encode_commit
from eventstore.kafka import consumer
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import MAX_MESSAGE_BYTES, TopicProducer, partition_of
from eventstore.log.protocol import MAX_POSITION
from tests.eventstore.kafka.kafka_world import fill, positions, seen, step, until
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import commit, published
from tools.drill.fault_proxy import KAFKA, FaultProxy
from tools.drill.processes import wait_for


@pytest.mark.server
def test_everything_sent_is_read_in_order_within_its_partition(opened, producer, store):
    commits = store.read(0, 100)
    fill(producer, commits)
    found = until(opened(), lambda: len(seen) >= 30)
    assert sorted(one.commit.position or 0 for one in found) == list(range(1, 31))
    assert {one.commit.position: one.commit for one in found} == {one.position: one for one in commits}
    for partition in range(3):
        mine = [one for one in found if one.partition == partition]
        assert [one.offset for one in mine] == list(range(len(mine)))
        assert all(one.previous == (one.commit.position or 0) - 1 for one in mine)
        assert all(partition_of(one.commit.key, 3) == partition for one in mine)


@pytest.mark.server
def test_two_readers_share_and_one_that_leaves_gives_its_part_back(opened, producer, store):
    first, second = opened(), opened()
    held: tuple[set[int], set[int]] = (set(), set())
    deadline = time.monotonic() + 40

    def shared() -> bool:
        """What one holds is known as of its own last poll: the first may not have heard of the second yet."""
        return all(held) and held[0] | held[1] == {0, 1, 2} and not held[0] & held[1]

    def read(log: KafkaLog, mine: set[int]) -> None:
        while not shared() and time.monotonic() < deadline:
            step(log, mine)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read, (first, second), held))
    assert shared()
    second.close()
    fill(producer, store.read(0, 100))
    until(first, lambda: positions() == set(range(1, 31)))


@pytest.mark.server
def test_a_topic_made_again_while_the_group_gathers_leaves_no_reader_outside(where, opened, store, monkeypatch):
    log, offsets, held = opened(), dict.fromkeys(range(3), 0), set[int]()
    with (
        KafkaAdminClient(bootstrap_servers=where.servers) as admin,
        KafkaConsumer(where.topic, bootstrap_servers=where.servers, group_id=where.group, max_poll_interval_ms=120_000,
                      partition_assignment_strategy=(RoundRobinPartitionAssignor,)) as slow,
    ):  # fmt: skip

        def state() -> str:
            return str(admin.describe_groups([where.group])[where.group]["group_state"])

        def read_until(ready: Callable[[], object]) -> None:
            assert wait_for(40.0, lambda: step(log, held, offsets) is not None and ready())

        read_until(lambda: held == {0, 1, 2})
        with ThreadPoolExecutor(1) as pool:
            joined = pool.submit(lambda: wait_for(40.0, lambda: slow.poll(500) is not None and slow.assignment()))
            read_until(lambda: joined.done() and state() == "Stable")
        # The group's leader wants to share out anew, since the topic is gone, and waits for the other, which is slow.
        monkeypatch.setattr(consumer, "JOIN_TIMEOUT_S", 8.0)
        admin.delete_topics([where.topic])
        assert wait_for(40.0, lambda: log.poll(500, 0.5) == [] and state() == "PreparingRebalance")
        producer = TopicProducer(where)
        for _ in range(8):
            log.poll(500, 0.5)
        assert wait_for(20.0, lambda: slow.poll(500) is not None and state() == "Stable")
    with closing(producer):
        fill(producer, store.read(0, 100))
        until(log, lambda: positions() == set(range(1, 31)))


@pytest.mark.server
def test_reading_goes_on_from_the_offset_that_the_reader_kept(opened, producer, store):
    fill(producer, store.read(0, 100))
    before = opened()
    until(before, lambda: len(seen) >= 30)
    before.close()
    ends = {partition: sum(one.partition == partition for one in seen) for partition in range(3)}
    seen.clear()
    log = opened()
    store.append(commit("post-new", 1))
    fill(producer, store.read(30, 10))
    until(log, lambda: 31 in positions(), ends)
    # Where nothing was to come, the last message comes once more, to show that this is the same log.
    assert [one for one in seen if one.offset < ends[one.partition] - 1] == []


@pytest.mark.server
def test_a_message_that_cant_be_read_is_fetched_from_the_store(opened, producer, store, where):
    plain = KafkaProducer(bootstrap_servers=where.servers)
    for value, headers in ((b"broken", [("ce_position", b"7")]), (b"broken", []), (None, [("ce_position", b"8")])):
        plain.send(where.topic, key=b"k", value=value, headers=headers, partition=0)
    plain.send(where.topic, value=encode_commit(store.read(8, 1)[0]), partition=0)
    plain.flush()
    plain.close()
    until(opened(), lambda: len(seen) >= 3)
    assert [one.commit.position for one in seen] == [7, 8, 9]
    assert [one.offset for one in seen] == [0, 2, 3]


@pytest.mark.server
def test_a_commit_too_large_for_kafka_comes_from_the_store(opened, producer, store):
    store.append(commit("post-large", 1, published("x" * MAX_MESSAGE_BYTES)))
    fill(producer, store.read(30, 1))
    (found,) = until(opened(), lambda: bool(seen))
    assert found.commit == store.read(30, 1)[0]


@pytest.mark.server
def test_an_offset_that_the_log_hasnt_got_begins_anew(opened, producer, store):
    fill(producer, store.read(0, 100))
    log = opened()
    deadline = time.monotonic() + 30
    while not log.assigned() and time.monotonic() < deadline:
        log.poll(10, 0.1)
    assert [log.seek(partition, 1_000_000) for partition in range(3)] == [0, 0, 0]


@pytest.mark.server
def test_what_is_missing_comes_from_the_store_by_partition(opened, store):
    log = opened()
    found = {partition: [c for page in log.missed(partition, 5, 25) for c in page] for partition in range(3)}
    assert sorted(one.position or 0 for commits in found.values() for one in commits) == list(range(6, 26))
    assert all(partition_of(one.key, 3) == partition for partition, commits in found.items() for one in commits)


@pytest.mark.server
def test_what_the_log_tells_of_and_the_store_lacks_is_refused_as_passing(opened, store):
    """An older backup was restored, perhaps."""
    end = store.head()[0]
    log = opened()
    with pytest.raises(Unavailable, match=f"doesn't show {end + 1}"):
        list(log.missed(0, end, end + 1))
    assert list(log.missed(0, end, MAX_POSITION)) == []


@pytest.mark.server
def test_what_the_log_tells_of_a_past_that_is_gone_is_left_out(where, producer, store):
    """The store was put back to position 20, and has grown to 25 since."""
    lost = store.read(20, 100)
    fill(producer, store.read(0, 100))
    restored = MemoryEventStore()
    restored.restore(store.read(0, 20))
    restored.append_many([commit(f"post-new-{at}", 1) for at in range(5)])
    fill(producer, restored.read(20, 100))
    with closing(KafkaLog(where, restored)) as log, capture_logs() as said:
        until(log, lambda: len(seen) >= 25)
        until(log, lambda: step(log, {0, 1, 2}) == [])
    assert sorted(one.commit.position for one in seen) == list(range(1, 26))
    assert not {one.id for one in lost} & {one.commit.id for one in seen}
    found = [one for one in said if one["event"] == "log: the event store has lost what the log tells of"]
    assert sum(one["messages"] for one in found) == len(lost)


@pytest.mark.server
def test_what_the_store_cant_be_asked_about_comes_again(where, producer, store, monkeypatch):
    away = [True]
    chains = store.chains

    def asked(positions):
        if away[0]:
            raise Unavailable("it is away")
        return chains(positions)

    monkeypatch.setattr(store, "chains", asked)
    fill(producer, store.read(0, 100))
    with closing(KafkaLog(where, store)) as log, capture_logs() as said:
        held: set[int] = set()
        deadline = time.monotonic() + 30
        while not [one for one in said if one["event"] == "log: the event store can't be read"]:
            assert step(log, held) == []
            assert time.monotonic() < deadline
        away[0] = False
        while len(seen) < 30 and time.monotonic() < deadline:
            seen.extend(step(log, held))
    assert sorted(one.commit.position for one in seen) == list(range(1, 31))


@pytest.mark.server
@pytest.mark.slow
def test_a_log_that_hangs_up_on_everybody_is_told_of_once_and_asked_rarely(producer, store, where):
    host, _, port = where.servers[0].partition(":")
    fill(producer, store.read(0, 10))
    with closing(FaultProxy((host, int(port)), KAFKA)) as wire:
        through = msgspec.structs.replace(where, servers=[f"{host}:{wire.port}"])
        with closing(KafkaLog(through, store)) as log, capture_logs() as said:
            until(log, lambda: len(seen) >= 10)
            cutting = threading.Thread(target=wire.drop_response, args=(lambda _: True, 30.0, True))
            cutting.start()
            while cutting.is_alive():
                log.poll(500, 0.1)
            looks, away_until = 0, time.monotonic() + 6.0
            while time.monotonic() < away_until:
                log.poll(500, 0.5)
                looks += 1
            wire.restore()
            fill(producer, store.read(10, 20))
            until(log, lambda: len(seen) >= 30)
    words = [one["event"] for one in said if "log: " in one["event"]]
    assert words == ["log: unavailable, retrying", "log: available again"]
    assert looks < 30, "without a pause they are a hundred"
