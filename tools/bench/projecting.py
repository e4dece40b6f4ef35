"""Projecting from Kafka, beside the embedded projector on the same commits: posts, a comment and two likes each.

A worker that has its six partitions applies them to an empty read model. Both read models are SQLite's.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec

from eventstore.codec import EventCodec
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import TopicProducer
from eventstore.log.protocol import Log, StoreLog
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from tools.drill.processes import wait_for

from .measure import Row, alternate, per_second, speed_row, stopwatch
from .site import BenchSite, build_site, posts_csv
from .stack import PARTITIONS, Stack, temporary_stack

POSTS = 3_000
TURNS = 5
"""Of a whole run; a smaller one takes a single turn."""
BATCH_COMMITS = 1_000
JOIN_TIMEOUT_S = 120.0


def run(folder: Path, size: int | None) -> Iterator[Row]:
    site = build_site(folder / "site", posts_csv(folder, size or POSTS))
    commits = site.store.head()[0]
    with temporary_stack() as stack, closing(MongoEventStore(stack.store_url)) as store:
        _copy_to_stack(site, store, stack)
        numbers = count()
        yield speed_row(
            "stack: projector / embedded",
            alternate(
                lambda: _from_kafka(folder / f"kafka-{next(numbers)}", store, stack, commits),
                lambda: _embedded(folder / f"embedded-{next(numbers)}", site, commits),
                TURNS if (size or POSTS) >= POSTS else 1,
            ),
            per_second(commits, "commits"),
            least=0.5,
        )
    site.close()


def _copy_to_stack(site: BenchSite, store: MongoEventStore, stack: Stack) -> None:
    with closing(TopicProducer(stack.topic)) as producer:
        position, lasts = 0, [0] * producer.partitions
        while batch := site.store.read(position, BATCH_COMMITS):
            store.restore(batch)
            for commit in batch:
                partition, position = producer.partition_of(commit), commit.position or 0
                producer.send(commit, lasts[partition])
                lasts[partition] = position
            producer.acknowledged()


def _from_kafka(folder: Path, store: MongoEventStore, stack: Stack, commits: int) -> float:
    """The group is joined beforehand: that takes seconds, once."""
    log = KafkaLog(msgspec.structs.replace(stack.topic, group=f"{stack.name}-{folder.name}"), store)

    def has_joined() -> bool:
        log.poll(1, 0.1)
        return len(log.assigned()) == PARTITIONS

    if not wait_for(JOIN_TIMEOUT_S, has_joined):
        raise TimeoutError(f"no partitions after {JOIN_TIMEOUT_S:.0f} s")
    return _applied(folder, log, CommitFolder(store, EventCodec()), commits)


def _embedded(folder: Path, site: BenchSite, commits: int) -> float:
    log = StoreLog(SqliteEventStore(site.folder / "events.db"))
    return _applied(folder, log, CommitFolder(site.store, EventCodec()), commits)


def _applied(folder: Path, log: Log, folded: CommitFolder, commits: int) -> float:
    folder.mkdir()
    with closing(log), closing(Generations(f"sqlite:///{folder / 'read.db'}")) as generations:
        generations.migrate()
        worker = Worker(generations, log, folded)
        applied = 0
        with stopwatch() as seconds:
            while applied < commits:
                applied += worker.step(0.1)
        if generations.live().position() != commits or generations.parked():
            raise RuntimeError(f"the read model ends at {generations.live().position()}, not at {commits}")
    return seconds[0]
