"""The log on Kafka as a projector reads it: shared partitions, gaps filled from the store."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer
from structlog.testing import capture_logs

from domain.account import AccountRegistered, PasswordSet
from domain.commit import SequencedCommit
from domain.errors import Unavailable
from domain.token import TokenIssued
from domain.webhook import WebhookAdded
from eventstore.codec import encode_commit
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import MAX_MESSAGE_BYTES, partition_of
from eventstore.log.protocol import MAX_POSITION, Delivery
from tests.eventstore.kafka.kafka_world import fill, seen
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import commit, published
from tools.drill.fault_proxy import KAFKA, FaultProxy


@pytest.fixture
def opened(where, store) -> Iterator[Callable[[], KafkaLog]]:
    logs: list[KafkaLog] = []

    def open_log() -> KafkaLog:
        logs.append(KafkaLog(where, store))
        return logs[-1]

    yield open_log
    for log in logs:
        log.close()


def until(log: KafkaLog, ready: Callable[[], bool], offsets: dict[int, int] | None = None) -> list[Delivery]:
    """Reads as a worker does, from these offsets on, until ready."""
    held: set[int] = set()
    found: list[Delivery] = []
    deadline = time.monotonic() + 30
    while not ready() and time.monotonic() < deadline:
        deliveries = step(log, held, offsets)
        found += deliveries
        seen.extend(deliveries)
    assert ready()
    return found


def step(log: KafkaLog, held: set[int], offsets: dict[int, int] | None = None) -> list[Delivery]:
    """Seeks what is newly assigned, and polls once, as long as a worker does: kafka-python begins a join anew that ends
    between two polls, so that short ones, with pauses, may never get anywhere."""
    assigned = log.assigned()
    held &= assigned
    for partition in assigned - held:
        log.seek(partition, (offsets or {}).get(partition, 0))
        held.add(partition)
    return log.poll(500, 0.5)


def positions() -> set[int | None]:
    return {one.commit.position for one in seen}


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
def test_a_secret_never_enters_the_topic_and_comes_from_the_store(opened, producer, store, where):
    secrets = {
        "argon2-of-a-password": (
            AccountRegistered(handle="ann", name="Ann"), PasswordSet(handle="ann", password_hash="argon2-of-a-password")
        ),
        "d1" * 32: (
            TokenIssued(token="t", handle="ann", digest="d1" * 32, scopes=("read",), expires_at="", label="phone"),
        ),
        "https://hooks.example.org/key": (
            WebhookAdded(
                handle="ann", webhook="w", url="https://hooks.example.org/key", kinds=(), description="", made_by=""
            ),
        ),
    }  # fmt: skip
    for number, events in enumerate(secrets.values()):
        store.append(commit(f"secret-{number}", 1, *events))
    fill(producer, store.read(30, 3))
    plain = KafkaConsumer(where.topic, bootstrap_servers=where.servers, auto_offset_reset="earliest")
    with closing(plain):
        messages = [message for _ in range(50) for some in plain.poll(200).values() for message in some][:3]
    assert len(messages) == 3
    for message in messages:
        everything = (message.value or b"") + b"".join(value for _, value in message.headers)
        assert not any(secret.encode() in everything for secret in secrets)
    until(opened(), lambda: len(seen) >= 3)
    assert sorted((one.commit for one in seen), key=lambda one: one.position) == store.read(30, 3)


@pytest.mark.server
def test_a_place_whose_commit_the_store_has_lost_brings_no_other(opened, producer, store):
    """A registration of before a restore, at whose position something else stands now."""
    lost = MemoryEventStore()
    lost.append_many([commit(f"post-{at}", 1) for at in range(30)])
    lost.append(commit("account-ann", 1, PasswordSet(handle="ann", password_hash="lost")))
    store.append(commit("post-new", 1))
    store.append(commit("account-bob", 1, PasswordSet(handle="bob", password_hash="kept")))
    fill(producer, lost.read(30, 1))
    fill(producer, store.read(31, 1))
    with capture_logs() as lines:
        until(opened(), lambda: positions() == {32})
    assert [line["position"] for line in lines if "another commit" in line["event"]] == [31]


@pytest.mark.server
def test_while_the_store_is_away_what_it_holds_alone_is_read_later(where, producer, store):
    """It is the last message: no later one would tell of it."""

    class Away(MemoryEventStore):
        times = 3

        def read(self, after: int, limit: int) -> list[SequencedCommit]:
            if self.times:
                self.times -= 1
                raise Unavailable("The store is away.")
            return super().read(after, limit)

    away = Away()
    away.append(commit("account-ann", 1, PasswordSet(handle="ann", password_hash="secret")))
    (sent,) = MemoryEventStore.read(away, 0, 1)
    fill(producer, [sent])
    with closing(KafkaLog(where, away)) as log:
        until(log, lambda: positions() == {1})
    assert away.times == 0


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
