"""The whole server stack but SQL Server: MongoDB, relays, Kafka and three projectors, hurt while commands come in.

What was acknowledged is stored once; positions have no hole; the chain verifies; the read model equals a fresh fold.
"""

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from pymongo import MongoClient

from domain import ids, post
from eventstore.cloudevents import headers
from eventstore.codec import encode_commit
from eventstore.kafka.producer import partition_of
from readmodel.engine import progress
from tests.projector.restoring import of_documents
from tests.projector.stack import PARTITIONS, Stack
from tests.servers import KAFKA_URL, MONGO_URL, required

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    required(MONGO_URL, "MongoDB")
    required(KAFKA_URL, "Kafka")
    with MongoClient(MONGO_URL) as client:
        client.admin.command("ping")
    stack = Stack(tmp_path, f"test_{ids.uuid7().replace('-', '')}")
    yield stack
    stack.close()


@pytest.fixture
def busy(stack: Stack) -> Iterator[Stack]:
    """Three writers at work, two relays, three projectors."""
    stack.start("r1", "r2", "p1", "p2", "p3")
    stack.wait(60)
    stop = threading.Event()
    writers = [threading.Thread(target=stack.write, args=(at, stop)) for at in range(3)]
    for writer in writers:
        writer.start()
    yield stack
    stop.set()
    for writer in writers:
        writer.join()
    stack.wait(90)
    stack.verify()


def test_three_projectors_share_the_work_and_one_may_die(busy: Stack) -> None:
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)
    with busy.generations.connect() as connection:
        partitions = progress.offsets(connection)
    assert set(partitions) == set(range(PARTITIONS))
    busy.hurt("p2", signal.SIGKILL)
    busy.until(lambda: busy.members() == 2)
    busy.until_written(100)
    busy.start("p4")
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)


def test_relays_are_killed_and_frozen(busy: Stack) -> None:
    first = busy.leader()
    busy.ready("r1", "r2")
    busy.hurt(first, signal.SIGKILL)
    frozen = busy.leader_other_than(first)
    busy.start("r3")
    busy.ready("r3")
    busy.until_written(100)
    busy.hurt(frozen, signal.SIGSTOP)
    busy.leader_other_than(frozen)
    busy.until_written(100)
    busy.hurt(frozen, signal.SIGCONT)
    busy.until_written(100)


def test_a_projector_is_frozen_past_its_session(busy: Stack) -> None:
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)
    busy.freeze("p1", amid_transaction=False)
    busy.until(lambda: busy.members() == 2)
    busy.until_written(100)
    busy.hurt("p1", signal.SIGCONT)
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)


def test_a_projector_is_frozen_amid_a_transaction(busy: Stack) -> None:
    """SQLite has one write lock: the others wait for it, longer than any session, and lose nothing."""
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)
    busy.freeze("p1", amid_transaction=True)
    busy.until(lambda: all("database is locked" in busy.logs()[name] for name in ("p2", "p3")))
    busy.until_written(100)
    busy.hurt("p1", signal.SIGCONT)
    busy.until(lambda: busy.members() == 3)
    busy.until_written(100)


def test_messages_are_doubled_reordered_and_broken(busy: Stack) -> None:
    """Somebody else writes into the topic: old commits again, in any order, and things that are no commits."""
    dice = random.Random(3)
    producer = KafkaProducer(bootstrap_servers=busy.where.servers)
    for _ in range(10):
        commits = busy.store.read(0, 100_000)
        for one in dice.sample(commits, min(40, len(commits))):
            where = partition_of(one.key, PARTITIONS)
            value = b"broken" if dice.random() < 0.2 else encode_commit(one)
            said = headers(one, 0) if dice.random() < 0.8 else []
            producer.send(busy.name, key=one.key.encode(), value=value, headers=said, partition=where)
        producer.flush()
        busy.until_written(30)
    producer.close()


def test_a_deleted_topic_loses_nothing(busy: Stack) -> None:
    busy.until_written(100)
    for name in ("p1", "p2", "p3"):
        busy.hurt(name, signal.SIGSTOP)
    busy.until_written(100)
    with KafkaAdminClient(bootstrap_servers=busy.where.servers) as admin:
        admin.delete_topics([busy.name])
    for name in ("p1", "p2", "p3"):
        busy.hurt(name, signal.SIGCONT)
    busy.until_written(300)


@pytest.mark.parametrize("stopped", [True, False])
def test_a_store_that_is_put_back_is_shown_as_it_is_and_goes_on(stack: Stack, *, stopped: bool) -> None:
    """Kafka still has the messages of what is lost: some read before, and, where all were stopped, some not yet."""
    stack.start("r1", "r2", "p1", "p2")
    publish = lambda: stack.send(post.NewPost(post=ids.uuid7(), title="A title", body="words"), "p1")  # noqa: E731
    kept = [publish() for _ in range(20)]
    stack.wait(60)
    restore = of_documents(stack.store)
    lost = [publish() for _ in range(30)]
    stack.wait(60)
    if stopped:
        stack.stop("p1", "p2")
        lost += [publish() for _ in range(30)]
        stack.until(lambda: not stack.store.unsequenced().commits and filled(stack) == stack.store.head()[0])
        stack.stop("r1", "r2")
    restore()
    stack.acknowledged = [one for one in stack.acknowledged if one[0] not in lost]
    new = [publish() for _ in range(5)]
    if stopped:
        stack.start("r1", "r2", "p1", "p2")
    new += [publish() for _ in range(100)]
    stack.until(lambda: stack.generations.live().number > 1)
    stack.wait(60)
    with stack.generations.connect() as connection:
        shown = progress.versions(connection, [*kept, *lost, *new])
    assert set(shown) == {*kept, *new}
    new += [publish() for _ in range(20)]
    stack.wait(30)
    stack.verify()
    assert stack.generations.live().number == 2, "once is enough"


def filled(stack: Stack) -> int:
    found = stack.store.database["relay"].find_one({"_id": f"topic {stack.name}"})
    return int(found["sent"]) if found else 0


def test_a_stopped_process_ends_well(stack: Stack) -> None:
    stack.start("r1", "p1")
    stack.wait(60)
    for process in stack.running.values():
        process.terminate()
    assert [process.wait(20) for process in stack.running.values()] == [0, 0]
