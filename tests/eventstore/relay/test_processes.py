"""Relay processes on the real Kafka, killed, frozen and stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer

from domain.commit import Commit
from eventstore.codec import decode_sequenced
from eventstore.kafka.producer import place
from eventstore.mongo.store import MongoEventStore
from tests.eventstore.relay.relay_world import whole
from tests.eventstore.samples import commit, published
from tests.servers import KAFKA_URL, required

pytestmark = pytest.mark.server


ROOT = Path(__file__).parents[3]


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


def grown(written: list[str]) -> None:
    """Waits until the writer has stored some hundreds of commits more."""
    enough, until = len(written) + 300, time.monotonic() + 60
    while len(written) < enough:
        assert time.monotonic() < until, len(written)
        time.sleep(0.02)


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
    grown(written)
    first.kill()
    killed = time.monotonic()
    holder = led_by(store, 2, 5.0)
    assert time.monotonic() - killed < 5.0
    frozen = processes[holder.rpartition(":")[2]]
    grown(written)
    frozen.send_signal(signal.SIGSTOP)
    holder = led_by(store, 3, 5.0)
    grown(written)
    frozen.send_signal(signal.SIGCONT)
    grown(written)
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
