"""From a command to another connection that sees it, through MongoDB, a relay, Kafka and a projector."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kafka import KafkaProducer

from domain import ids
from domain.account import RegisterAccount
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.kafka.producer import TopicProducer
from eventstore.mongo.store import MongoEventStore
from readmodel.generations.generations import Generations

from .copier import opened
from .measure import Row, in_turns, percentile, spread
from .processes import running
from .stack_copier import copied
from .stack_servers import Stack, fresh
from .visible import after_a_nap, visible

COMMANDS = 1_000
FACTOR = 3
WARM_UP = 20


def run(folder: Path, size: int | None) -> Iterator[Row]:
    with fresh() as stack, _copied(folder) as floor, closing(MongoEventStore(stack.store_url)) as store:
        generations = Generations(f"sqlite:///{folder / 'read.db'}")
        generations.migrate()
        bus = CommandBus(store, EventCodec(), all_handlers())
        bus.send(RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
        with _site(folder, stack), generations.connect() as looking:
            ours = visible(bus, looking)
            for _ in range(WARM_UP):
                ours()
                floor()
            turns = in_turns(after_a_nap(ours), after_a_nap(floor), size or COMMANDS)
        generations.close()
    p99, allowed = percentile(turns.ours, 99), FACTOR * percentile(turns.floor, 99)
    yield Row(
        what="stack: command to visible",
        ours=spread(turns.ours),
        floor=spread(turns.floor),
        value=f"p99 {p99 * 1000:.1f} ms, × {FACTOR * p99 / allowed:.2f}",
        target=f"< × {FACTOR}",
        ok=p99 < allowed,
        how=f"{len(turns.ours):,} NewPost through the bus into MongoDB, each timed from before it is sent until its "
        "row is read on another connection; relay and projector are processes of their own. Floor: a message of 600 "
        "bytes sent by kafka-python, a process that reads it and commits it to an SQLite file, durably, and a look.",
    )


@contextmanager
def _site(folder: Path, stack: Stack) -> Iterator[None]:
    environ = stack.environ(folder)
    with running(folder, environ, "eventstore.relay"), running(folder, environ, "projector"):
        yield


@contextmanager
def _copied(folder: Path) -> Iterator[Callable[[], float]]:
    path = folder / "copied.db"
    with fresh(partitions=2) as stack, closing(opened(path, "NORMAL")) as looking:
        TopicProducer(stack.topic).close()
        producer = KafkaProducer(bootstrap_servers=stack.topic.servers, acks="all")
        with (
            closing(producer),
            running(folder, stack.environ(folder), "tools.bench.stack_copier", stack.log_url, str(path)),
        ):
            yield copied(producer, stack.name, looking)
