"""Projecting from Kafka, against the embedded projector on the same commits; and three projectors against one.

Every read model here is SQLite's, so that only the way to it differs.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

import msgspec
from kafka import KafkaAdminClient

from eventstore.codec import EventCodec
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import KafkaAddress, TopicProducer
from eventstore.log.protocol import Log, StoreLog
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.worker import Worker
from readmodel.engine import progress
from readmodel.generations.generations import Generations

from .measure import Row, Timed, compared, in_turns, stopwatch
from .processes import running
from .rebuilding import filled
from .site import BenchSite, posts_csv
from .stack_servers import PARTITIONS, Stack, fresh

POSTS = 3_000
TURNS, GROUP_TURNS = 5, 3
"""Of a whole run; a small one takes one of each."""
RESTORED = 1_000
CORES = 4
"""With fewer, three projectors take turns on what one has to itself."""
CALM_S = 1.5
PATIENCE_S = 120.0


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    whole = (size or POSTS) >= POSTS
    site = filled(folder / "site", path)
    commits = site.store.head()[0]
    with fresh() as stack, closing(MongoEventStore(stack.store_url)) as store:
        _restore(site, store)
        with closing(TopicProducer(stack.topic)) as outlet:
            _send(site, outlet)
        numbers = count()
        yield compared(
            "stack: projector / embedded",
            in_turns(
                lambda: _from_kafka(folder / f"kafka-{next(numbers)}", store, stack, commits),
                lambda: _embedded(folder / f"embedded-{next(numbers)}", site, commits),
                TURNS if whole else 1,
            ),
            units=commits,
            unit="commits",
            target=0.5,
            how=f"A worker that has its {PARTITIONS} partitions applies {commits:,} commits ({what}, a comment and two "
            "likes each) from Kafka to an empty read model. Floor: the embedded projector, on the same commits.",
        )
    yield _group(folder, site, GROUP_TURNS if whole else 1, commits, what)
    site.close()


def _restore(site: BenchSite, store: MongoEventStore) -> None:
    at = 0
    while page := site.store.read(at, RESTORED):
        store.restore(page)
        at += len(page)


def _send(site: BenchSite, outlet: TopicProducer) -> None:
    at, lasts = 0, [0] * outlet.partitions
    while page := site.store.read(at, RESTORED):
        for commit in page:
            partition, at = outlet.partition_of(commit), commit.position or 0
            outlet.send(commit, lasts[partition])
            lasts[partition] = at
        outlet.acknowledged()


def _from_kafka(folder: Path, store: MongoEventStore, stack: Stack, commits: int) -> float:
    """The group is joined beforehand: that takes seconds, once."""
    log = KafkaLog(msgspec.structs.replace(stack.topic, group=f"{stack.name}-{folder.name}"), store)
    _until(lambda: len(log.assigned()) == PARTITIONS, lambda: log.poll(1, 0.1))
    return _applied(folder, log, CommitFolder(store, EventCodec()), commits)


def _embedded(folder: Path, site: BenchSite, commits: int) -> float:
    log = StoreLog(SqliteEventStore(site.folder / "events.db"))
    return _applied(folder, log, CommitFolder(site.store, EventCodec()), commits)


def _applied(folder: Path, log: Log, folded: CommitFolder, commits: int) -> float:
    with closing(log), _read_model(folder) as generations:
        worker = Worker(generations, log, folded)
        applied = 0
        with stopwatch() as seconds:
            while applied < commits:
                applied += worker.step(0.1)
        _check(generations, commits)
    return seconds[0]


@contextmanager
def _read_model(folder: Path) -> Iterator[Generations]:
    folder.mkdir()
    generations = Generations(f"sqlite:///{folder / 'read.db'}")
    generations.migrate()
    yield generations
    generations.close()


def _check(generations: Generations, commits: int) -> None:
    if generations.live().position() != commits or generations.parked():
        raise RuntimeError(f"the read model ends at {generations.live().position()}, not at {commits}")


def _group(folder: Path, site: BenchSite, turns: int, commits: int, what: str) -> Row:
    numbers = count()

    def turn(projectors: int) -> Timed:
        return lambda: _shared(folder / f"group-{next(numbers)}", site, projectors, commits)

    cores = os.cpu_count() or 1
    return compared(
        "stack: three projectors / one",
        in_turns(turn(3), turn(1), turns),
        units=commits,
        unit="commits",
        target=1.5 if cores >= CORES else None,
        how=f"`python -m projector`, three or one, stopped while {commits:,} commits ({what}, a comment and two likes "
        f"each) are put into {PARTITIONS} partitions, and going on; SQLite lets one at a time write. {cores} cores: "
        f"judged with {CORES} or more.",
    )


def _shared(folder: Path, site: BenchSite, projectors: int, commits: int) -> float:
    """From the moment when all of them go on until the last commit is applied."""
    with (
        fresh() as stack,
        closing(MongoEventStore(stack.store_url)) as store,
        _read_model(folder) as generations,
        closing(TopicProducer(stack.topic)) as outlet,
        ExitStack() as undone,
    ):
        _restore(site, store)
        environ = stack.environ(folder)
        names = [f"projector-{at}" for at in range(projectors)]
        pids = [undone.enter_context(running(folder, environ, "projector", name=name)).pid for name in names]
        _settled(stack.topic, projectors)
        with _stopped(pids):
            _send(site, outlet)
        with stopwatch() as seconds, generations.live().read() as looking:
            _until(lambda: progress.mark(looking) == commits, lambda: time.sleep(0.005))
        _check(generations, commits)
    return seconds[0]


def _settled(topic: KafkaAddress, projectors: int) -> None:
    """Waits until the partitions are dealt out among so many, and have been for a while."""
    with KafkaAdminClient(bootstrap_servers=topic.servers) as admin:

        def shared() -> bool:
            found = admin.describe_groups([topic.group])[topic.group]
            return found["group_state"] == "Stable" and len(found["members"]) == projectors

        _until(shared, lambda: time.sleep(0.1))
    time.sleep(CALM_S)


@contextmanager
def _stopped(pids: Sequence[int]) -> Iterator[None]:
    """For less time than their session with Kafka lasts."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _until(done: Callable[[], bool], meanwhile: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not done after {PATIENCE_S:.0f} s")
        meanwhile()
