"""From a command to another connection that sees its row, with the processes between them that a site has."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

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

from .copier import has_row, inserts_into, open_rows, sends_to
from .measure import Row, Samples, Timed, alternate, latency, percentile, stopwatch
from .processes import running
from .stack import temporary_stack

COMMANDS = 1_000
WARM_UP_COMMANDS = 20
MAX_P99_MS = 50
MAX_STACK_P99_RATIO = 3
LOOK_INTERVAL_S = 0.0002
VISIBLE_TIMEOUT_S = 30.0
SITE_VARIABLES = ("EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL", "READ_MODEL_OPTIONS")
METHOD = (
    "NewPost through the bus, each timed from before it is sent until its row is read on another connection; what lies "
    "between are processes of their own. Floor: "
)
Id = TypeVar("Id", int, str)
_SHOWN = select(posts.c.version).where(posts.c.id == bindparam("id"))


def run(folder: Path, size: int | None) -> Iterator[Row]:
    environ = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
    with (
        _read_model(folder) as generations,
        closing(SqliteEventStore(folder / "events.db")) as store,
        running(folder, environ | {"DATA_DIR": str(folder)}, "projector"),
        _copied_file(folder) as floor,
    ):
        samples = _samples(store, generations, floor, size)
    p99_ms = percentile(samples.ours, 99) * 1000
    yield Row(
        name="command to visible",
        ours=latency(samples.ours),
        floor=latency(samples.floor),
        value=f"p99 {p99_ms:.1f} ms",
        target=f"< {MAX_P99_MS} ms",
        ok=p99_ms < MAX_P99_MS,
        method=f"{METHOD}a bare sqlite3 insert, a process that copies it to a second file, and a look there.",
    )


def run_on_stack(folder: Path, size: int | None) -> Iterator[Row]:
    with (
        _read_model(folder) as generations,
        temporary_stack() as stack,
        _copied_topic(folder) as floor,
        closing(MongoEventStore(stack.store_url)) as store,
        running(folder, stack.environ(folder), "eventstore.relay"),
        running(folder, stack.environ(folder), "projector"),
    ):
        samples = _samples(store, generations, floor, size)
    ratio = percentile(samples.ours, 99) / percentile(samples.floor, 99)
    yield Row(
        name="stack: command to visible",
        ours=latency(samples.ours),
        floor=latency(samples.floor),
        value=f"p99 {percentile(samples.ours, 99) * 1000:.1f} ms, × {ratio:.2f}",
        target=f"< × {MAX_STACK_P99_RATIO}",
        ok=ratio < MAX_STACK_P99_RATIO,
        method=f"{METHOD}a message of 600 bytes sent by kafka-python, a process that reads it and commits it to an "
        "SQLite file, durably, and a look there.",
    )


@contextmanager
def _read_model(folder: Path) -> Iterator[Generations]:
    with closing(Generations(f"sqlite:///{folder / 'read.db'}")) as generations:
        generations.migrate()
        yield generations


def _samples(store: EventStore, generations: Generations, floor: Timed, size: int | None) -> Samples:
    bus = CommandBus(store, EventCodec(), all_handlers())
    bus.send(RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
    with generations.connect() as connection:
        ours = _until_visible(
            lambda: _publish(bus), lambda id: connection.execute(_SHOWN, {"id": id}).scalar_one_or_none() is not None
        )
        alternate(ours, floor, WARM_UP_COMMANDS)
        return alternate(ours, floor, size or COMMANDS)


def _until_visible(write: Callable[[], Id], is_visible: Callable[[Id], bool]) -> Timed:
    """Writes at any point of the other process's polling, then looks until what was written is there."""

    def turn() -> float:
        time.sleep(random.uniform(0, 0.01))
        with stopwatch() as seconds:
            id = write()
            deadline = time.monotonic() + VISIBLE_TIMEOUT_S
            while not is_visible(id):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not visible after {VISIBLE_TIMEOUT_S:.0f} s")
                time.sleep(LOOK_INTERVAL_S)
        return seconds[0]

    return turn


def _publish(bus: CommandBus) -> str:
    command = post.NewPost(post=ids.uuid7(), title="A title", body="Some words.")
    return bus.send(command, Envelope(actor="ann", at=ids.now(), command_id=ids.uuid7())).subject


@contextmanager
def _copied_file(folder: Path) -> Iterator[Timed]:
    source_path, target_path = folder / "copied-from.db", folder / "copied-to.db"
    with (
        closing(open_rows(source_path, "FULL")) as source,
        closing(open_rows(target_path, "NORMAL")) as target,
        running(folder, os.environ, "tools.bench.copier", str(source_path), str(target_path)),
    ):
        yield _until_visible(inserts_into(source), lambda id: has_row(target, id))


@contextmanager
def _copied_topic(folder: Path) -> Iterator[Timed]:
    path = folder / "copied.db"
    with temporary_stack(partitions=2) as stack, closing(open_rows(path, "NORMAL")) as target:
        TopicProducer(stack.topic).close()  # makes the topic
        with (
            closing(KafkaProducer(bootstrap_servers=stack.topic.servers, acks="all")) as producer,
            running(folder, stack.environ(folder), "tools.bench.copier", stack.log_url, str(path)),
        ):
            yield _until_visible(sends_to(producer, stack.name), lambda id: has_row(target, id))
