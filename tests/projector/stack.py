"""Projector and relay processes on MongoDB and Kafka, to be killed and frozen."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kafka import KafkaAdminClient

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.errors import Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.chain import faults
from eventstore.codec import EventCodec
from eventstore.erasures import Erasures
from eventstore.kafka.partitions import KafkaPartitions
from eventstore.kafka.producer import place
from eventstore.mongo.store import MongoEventStore
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.engine import progress
from readmodel.generations.generations import Generations
from tests.servers import KAFKA_URL, MONGO_URL
from tools.drill.faults import is_writable

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

    def freeze(self, name: str, *, amid_transaction: bool) -> None:
        """SIGSTOP to a projector while it holds the read model's only write lock, or while it doesn't."""
        # The others hold it too, each for a moment, which is a long one on a busy machine.
        patience_s = 5.0 if amid_transaction else 0.5

        def frozen_as_wanted() -> bool:
            self.hurt(name, signal.SIGSTOP)
            if is_writable(self.generations, patience_s) != amid_transaction:
                return True
            self.hurt(name, signal.SIGCONT)
            return False

        self.until(frozen_as_wanted)

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

    def until(self, ready: Callable[[], bool]) -> None:
        """Waits for it."""
        until = time.monotonic() + 90
        while not ready():
            assert time.monotonic() < until, {name: log[-3000:] for name, log in self.logs().items()}
            time.sleep(0.1)

    def until_written(self, commits: int) -> None:
        """Waits until the writers were told of so many commits more."""
        enough = len(self.acknowledged) + commits
        self.until(lambda: len(self.acknowledged) >= enough)

    def members(self) -> int:
        """How many projectors share the partitions out; 0 while they are about it."""
        with KafkaAdminClient(bootstrap_servers=self.where.servers) as admin:
            group = admin.describe_groups([self.name])[self.name]
        return len(group["members"]) if group["group_state"] == "Stable" else 0

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
        assert behind == {}, (behind, {name: log[-3000:] for name, log in self.logs().items()})

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
        self.store.database.client.drop_database(self.name)
        self.store.close()
        with KafkaAdminClient(bootstrap_servers=self.where.servers) as admin:
            admin.delete_topics([self.name], raise_errors=False)
