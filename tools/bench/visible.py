"""From a command to another connection that sees its row, with the processes between them that a site has.

A NewPost through the bus, timed from before it is sent until its row is read. Floor on the stack: a message of 600
bytes sent by kafka-python, a process that reads it and commits it to an SQLite file, durably, and a look there.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kafka import KafkaProducer
from sqlalchemy import bindparam, select

from domain import ids, post
from domain.account import RegisterAccount
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from domain.ports import EventStore
from eventstore.codec import EventCodec
from eventstore.kafka.producer import TopicProducer
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore
from readmodel.generations.generations import Generations
from readmodel.posts import posts
from tools.drill.processes import PROJECTOR, Definition, python, running, wait_for

from .copier import open_rows
from .measure import Row, Timed, alternate, latency, percentile, stopwatch
from .site import OWN_SETTINGS
from .stack import temporary_stack

COMMANDS = 1_000
WARM_UP_COMMANDS = 20
MAX_P99_MS = 50
MAX_STACK_P99_RATIO = 3
LOOK_INTERVAL_S = 0.0002
VISIBLE_TIMEOUT_S = 30.0
MESSAGE = b"x" * 600
RELAY = Definition(name="relay", command=python("eventstore.relay"))
_SHOWN = select(posts.c.version).where(posts.c.id == bindparam("id"))


def run(folder: Path, size: int | None) -> Iterator[Row]:
    settings = OWN_SETTINGS | {"DATA_DIR": str(folder)}
    with (
        _read_model(folder) as generations,
        closing(SqliteEventStore(folder / "events.db")) as store,
        running([PROJECTOR], folder, settings),
        _published(store, generations) as ours,
    ):
        seconds = [ours() for _ in range(size or COMMANDS)]
    p99_ms = percentile(seconds, 99) * 1000
    yield Row(
        name="command to visible",
        ours=latency(seconds),
        value=f"p99 {p99_ms:.1f} ms",
        target=f"< {MAX_P99_MS} ms",
        ok=p99_ms < MAX_P99_MS,
    )


def run_on_stack(folder: Path, size: int | None) -> Iterator[Row]:
    with (
        _read_model(folder) as generations,
        temporary_stack() as stack,
        _copied(folder) as floor,
        closing(MongoEventStore(stack.store_url)) as store,
        running([RELAY, PROJECTOR], folder, stack.settings(folder)),
        _published(store, generations) as ours,
    ):
        alternate(ours, floor, WARM_UP_COMMANDS)
        samples = alternate(ours, floor, size or COMMANDS)
    ratio = percentile(samples.ours, 99) / percentile(samples.floor, 99)
    yield Row(
        name="stack: command to visible",
        ours=latency(samples.ours),
        floor=latency(samples.floor),
        value=f"p99 {percentile(samples.ours, 99) * 1000:.1f} ms, × {ratio:.2f}",
        target=f"< × {MAX_STACK_P99_RATIO}",
        ok=ratio < MAX_STACK_P99_RATIO,
    )


@contextmanager
def _read_model(folder: Path) -> Iterator[Generations]:
    with closing(Generations(f"sqlite:///{folder / 'read.db'}")) as generations:
        generations.migrate()
        yield generations


@contextmanager
def _published(store: EventStore, generations: Generations) -> Iterator[Timed]:
    bus = CommandBus(store, EventCodec(), all_handlers())
    bus.send(RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))

    def publish() -> str:
        command = post.NewPost(post=ids.uuid7(), title="A title", body="Some words.")
        return bus.send(command, Envelope(actor="ann", at=ids.now(), command_id=ids.uuid7())).subject

    with generations.connect() as connection:
        yield _until_visible(publish, lambda id: connection.execute(_SHOWN, {"id": id}).first() is not None)


@contextmanager
def _copied(folder: Path) -> Iterator[Timed]:
    path, numbers = folder / "copied.db", iter(range(1, sys.maxsize))
    with temporary_stack(partitions=2) as stack, closing(open_rows(path, "NORMAL")) as target:
        TopicProducer(stack.topic).close()  # makes the topic
        copier = Definition(name="copier", command=python("tools.bench.copier", stack.log_url, str(path)))
        with (
            closing(KafkaProducer(bootstrap_servers=stack.topic.servers, acks="all")) as producer,
            running([copier], folder, {}),
        ):

            def send() -> str:
                id = next(numbers)
                producer.send(stack.name, key=str(id).encode(), value=MESSAGE, partition=id % 2)
                return str(id)

            wanted = "SELECT 1 FROM rows WHERE id = ?"
            yield _until_visible(send, lambda id: target.execute(wanted, (id,)).fetchone() is not None)


def _until_visible(write: Callable[[], str], is_visible: Callable[[str], bool]) -> Timed:
    """Writes at any point of the other process's polling, then looks until what was written is there."""

    def turn() -> float:
        time.sleep(random.uniform(0, 0.01))
        with stopwatch() as seconds:
            id = write()
            if not wait_for(VISIBLE_TIMEOUT_S, lambda: is_visible(id), LOOK_INTERVAL_S):
                raise TimeoutError(f"not visible after {VISIBLE_TIMEOUT_S:.0f} s")
        return seconds[0]

    return turn
