"""The whole server stack but SQL Server: MongoDB, relays, Kafka and three projectors, hurt while commands come in.

What was acknowledged is stored once; positions have no hole; the chain verifies; the read model equals a fresh fold.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from pymongo import MongoClient

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.errors import Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.chain import faults
from eventstore.cloudevents import headers
from eventstore.codec import EventCodec, encode_commit
from eventstore.erasures import Erasures
from eventstore.kafka.partitions import KafkaPartitions
from eventstore.kafka.producer import partition_of, place
from eventstore.mongo.store import MongoEventStore
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.engine import progress
from readmodel.generations.generations import Generations
from tests.projector.restoring import of_documents
from tests.servers import KAFKA_URL, MONGO_URL, required

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
PARTITIONS = 6


class Stack:
    """Processes as in production, on names of their own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.where = place(f"{KAFKA_URL}/{name}")
        self.store = MongoEventStore(f"{MONGO_URL}/{name}")
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.acknowledged: list[tuple[str, str]] = []
        self._folder = folder
        self._environment = {
            **os.environ, "EVENT_STORE_URL": f"{MONGO_URL}/{name}", "DATA_DIR": str(folder), "SECRET_KEY": "test",
            "EVENT_LOG_URL": f"{KAFKA_URL}/{name}?partitions={PARTITIONS}&group={name}", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self._register(30)

    def start(self, *names: str) -> None:
        for name in names:
            module = {"r": "eventstore.relay", "p": "projector"}[name[0]]
            with (self._folder / f"{name}.log").open("ab") as file:
                self.running[name] = subprocess.Popen(
                    [sys.executable, "-m", module], cwd=ROOT, env=self._environment, stdout=file, stderr=file
                )

    def hurt(self, name: str, number: signal.Signals) -> None:
        self.running[name].send_signal(number)
        if number == signal.SIGKILL:
            self.running.pop(name).wait()

    def stop(self, *names: str) -> None:
        for name in names:
            self.running[name].terminate()
        assert [self.running.pop(name).wait(20) for name in names] == [0] * len(names)

    def ready(self, *names: str) -> None:
        """Waits until they have come up."""
        until = time.monotonic() + 60
        for name in names:
            while "standing by" not in self.logs()[name] and "projector started" not in self.logs()[name]:
                assert time.monotonic() < until, self.logs()[name]
                time.sleep(0.1)

    def leader_other_than(self, *names: str) -> str:
        """Who leads once none of these does; within five seconds."""
        until = time.monotonic() + 5
        while (leader := self.leader()) in ("", *names):
            assert time.monotonic() < until, "nobody else leads"
            time.sleep(0.05)
        return leader

    def leader(self) -> str:
        found = self.store.database["relay"].find_one({"_id": "leader"})
        pid = int(str(found["holder"]).rpartition(":")[2]) if found and found["holder"] else 0
        return next((name for name, process in self.running.items() if process.pid == pid), "")

    def send(self, command: Command, actor: str) -> str:
        """Sends until it is acknowledged; gives the stream."""
        id = ids.uuid7()
        while True:
            try:
                receipt = self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=id))
            except Refused:
                time.sleep(0.01)
                continue
            if receipt.commit and not receipt.repeated:
                self.acknowledged.append((receipt.stream, receipt.commit))
            return receipt.stream

    def write(self, writer: int, stop: threading.Event) -> None:
        dice = random.Random(writer)
        posts: list[str] = []
        while not stop.is_set():
            me = f"p{dice.randrange(30)}"
            kind = dice.random()
            if kind < 0.3 or not posts:
                posts.append(ids.uuid7())
                self.send(post.NewPost(post=posts[-1], title=f"by {writer}", body="words #tag"), me)
            elif kind < 0.7:
                self.send(comment.AddComment(comment=ids.uuid7(), post=dice.choice(posts), body="well"), me)
            elif kind < 0.9:
                self.send(like.Like(target=f"post-{dice.choice(posts)}"), me)
            else:
                self.send(like.Unlike(target=f"post-{dice.choice(posts)}"), me)
            time.sleep(0.01)

    def _register(self, people: int) -> None:
        for at in range(people):
            self.send(account.RegisterAccount(handle=f"p{at}"), f"p{at}")

    def wait(self, seconds: float) -> None:
        """Until the read model shows every stream as far as the store has it."""
        until = time.monotonic() + seconds
        while (behind := self._behind()) and time.monotonic() < until:
            time.sleep(0.3)
        assert behind == {}, {name: log[-3000:] for name, log in self.logs().items()}

    def _behind(self) -> dict[str, tuple[int, int]]:
        lasts: dict[str, int] = {}
        for found in self.store.commits.find({}, {"stream": 1, "last": 1}):
            lasts[found["stream"]] = max(found["last"], lasts.get(found["stream"], 0))
        with self.generations.connect() as connection:
            shown = progress.versions(connection, lasts)
        return {name: (last, shown.get(name, 0)) for name, last in lasts.items() if shown.get(name, 0) != last}

    def logs(self) -> dict[str, str]:
        return {path.stem: path.read_text() for path in self._folder.glob("*.log")}

    def verify(self) -> None:
        """Whatever was done to it, it is whole."""
        commits = self.store.read(0, 1_000_000)
        assert [one.position for one in commits] == list(range(1, self.store.commits.count_documents({}) + 1))
        erasures = Erasures()
        for one in commits:
            erasures.see(one)
        assert [*faults(commits), *erasures.unexplained()] == []
        stored = [one.id for one in commits]
        assert len(set(stored)) == len(stored)
        assert {id for _, id in self.acknowledged} <= set(stored)
        assert self.generations.parked() == []
        rebuilder = Rebuilder(
            self.generations, self.store, CommitFolder(self.store, EventCodec()), KafkaPartitions(self.where)
        )
        fresh, comparison = rebuilder.fill(lambda _: None)
        assert comparison is not None
        assert comparison.same, comparison.differences
        rebuilder.discard(fresh)

    def close(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.generations.close()
        self.store._client.drop_database(self.name)
        self.store.close()
        with KafkaAdminClient(bootstrap_servers=self.where.servers) as admin:
            admin.delete_topics([self.name], raise_errors=False)


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
    time.sleep(5)
    with busy.generations.connect() as connection:
        partitions = progress.offsets(connection)
    assert set(partitions) == set(range(PARTITIONS))
    busy.hurt("p2", signal.SIGKILL)
    time.sleep(14)
    busy.start("p4")
    time.sleep(5)


def test_relays_are_killed_and_frozen(busy: Stack) -> None:
    first = busy.leader()
    busy.ready("r1", "r2")
    busy.hurt(first, signal.SIGKILL)
    frozen = busy.leader_other_than(first)
    busy.start("r3")
    busy.ready("r3")
    time.sleep(2)
    busy.hurt(frozen, signal.SIGSTOP)
    busy.leader_other_than(frozen)
    time.sleep(2)
    busy.hurt(frozen, signal.SIGCONT)
    time.sleep(3)


def test_a_projector_is_frozen_past_its_session(busy: Stack) -> None:
    time.sleep(2)
    busy.hurt("p1", signal.SIGSTOP)
    time.sleep(16)
    busy.hurt("p1", signal.SIGCONT)
    time.sleep(6)


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
        time.sleep(0.5)
    producer.close()


def test_a_deleted_topic_loses_nothing(busy: Stack) -> None:
    time.sleep(2)
    for name in ("p1", "p2", "p3"):
        busy.hurt(name, signal.SIGSTOP)
    time.sleep(2)
    with KafkaAdminClient(bootstrap_servers=busy.where.servers) as admin:
        admin.delete_topics([busy.name])
    for name in ("p1", "p2", "p3"):
        busy.hurt(name, signal.SIGCONT)
    time.sleep(10)


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
        wait_until(lambda: not stack.store.unsequenced().commits and filled(stack) == stack.store.head()[0], stack)
        stack.stop("r1", "r2")
    restore()
    stack.acknowledged = [one for one in stack.acknowledged if one[0] not in lost]
    new = [publish() for _ in range(5)]
    if stopped:
        stack.start("r1", "r2", "p1", "p2")
    new += [publish() for _ in range(100)]
    wait_until(lambda: stack.generations.live().number > 1, stack)
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


def wait_until(ready: Callable[[], bool], stack: Stack) -> None:
    until = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < until, {name: log[-3000:] for name, log in stack.logs().items()}
        time.sleep(0.1)


def test_a_stopped_process_ends_well(stack: Stack) -> None:
    stack.start("r1", "p1")
    stack.wait(60)
    for process in stack.running.values():
        process.terminate()
    assert [process.wait(20) for process in stack.running.values()] == [0, 0]
