"""Composition root: builds stores, logs and the read model from the settings. Nothing of the web is loaded.

The only place that knows which adapter stands behind which port; webapp/build.py adds what pages need.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import Processor

import config
import data_folder
import logs
import operator_errors
from domain.bus import CommandBus
from domain.errors import Damaged, Unavailable
from domain.handlers import all_handlers
from domain.ports import EventStore
from eventstore.codec import EventCodec
from eventstore.log.partitions import Partitions, StorePartitions
from eventstore.log.protocol import Log, StoreLog
from eventstore.log.reader_lease import ReaderLease
from eventstore.restore_mark import RestoreMark
from eventstore.sqlite.store import SqliteEventStore
from readmodel.generations.errors import NoGeneration
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter

if TYPE_CHECKING:
    from eventstore.kafka.producer import KafkaAddress
    from eventstore.relay.leader import Relay

BadSetting = config.BadSetting
Settings = config.Settings


class Store(EventStore, Protocol):
    """An event store as processes open it."""

    def check(self) -> None:
        """Checks the store for damage, once at a start. Raises Damaged with what to do."""

    def contradictions(self) -> Iterator[str]:
        """A sentence for each commit that isn't stored as commits are written."""

    @property
    def restore_mark(self) -> RestoreMark:
        """Whether a restore into it has ended: `check` refuses it until then."""

    def scrub(self) -> bool:
        """Overwrites erased text wherever the store still has it. False where that has to be tried again."""


@cache
def settings() -> Settings:
    """The settings, read once a process, and their folder closed to others. Raises BadSetting."""
    found = config.read()
    data_folder.tighten(found.data_dir)
    return found


def event_store() -> Store:
    """The event store that EVENT_STORE_URL names. Imports the driver of no other."""
    if settings().embedded_store:
        return _sqlite_store()
    from eventstore.mongo.store import MongoEventStore

    return MongoEventStore(settings().event_store_url)


def event_log() -> Log:
    """The log that a projector follows: the embedded store itself, or Kafka."""
    if settings().embedded_store:
        store = _sqlite_store()
        return StoreLog(store, ReaderLease(store.path.with_name(f"{store.path.name}-reader")))
    from eventstore.kafka.consumer import KafkaLog

    return KafkaLog(_kafka(), event_store())


def partitions() -> Partitions:
    """The partitions of that log, and which of them a commit belongs to."""
    if settings().embedded_store:
        return StorePartitions()
    from eventstore.kafka.partitions import KafkaPartitions

    return KafkaPartitions(_kafka())


@contextmanager
def relay() -> Iterator["Relay"]:
    """The relay from MongoDB to Kafka, for one process. Raises BadSetting where there is nothing to relay."""
    if settings().embedded_store:
        raise BadSetting("EVENT_STORE_URL is SQLite: it numbers its commits itself, and nothing is to be relayed.")
    from eventstore.kafka.producer import TopicProducer
    from eventstore.mongo.store import MongoEventStore
    from eventstore.relay.leader import Relay

    where = _kafka()
    store = MongoEventStore(settings().event_store_url)
    try:
        yield Relay(store, lambda: TopicProducer(where), where.topic, f"{socket.gethostname()}:{os.getpid()}")
    finally:
        store.close()


def _kafka() -> "KafkaAddress":
    from eventstore.kafka.producer import place

    return msgspec.structs.replace(place(settings().event_log_url), retention=settings().retention.topic)


def _sqlite_store() -> SqliteEventStore:
    return SqliteEventStore(Path(settings().event_store_url.removeprefix("sqlite:///")))


def generations() -> Generations:
    return Generations(settings().read_model_url, settings().read_model_options)


def lag_meter(store: EventStore, read_model: Generations) -> LagMeter:
    """Measures how far the read model is behind the store, by the log's partitions."""
    if settings().embedded_store:
        return LagMeter(store, read_model.connect, lambda _key, _partitions: 0)
    from eventstore.kafka.producer import partition_of

    return LagMeter(store, read_model.connect, partition_of)


def command_bus(store: EventStore) -> CommandBus:
    return CommandBus(store, EventCodec(), all_handlers(), keys=settings().keys)


@contextmanager
def starting(program: str) -> Iterator[None]:
    """Exits with one sentence where the process can't start as things are: its supervisor starts it again.

    Files that the process writes are readable by their owner alone.
    """
    os.umask(0o077)
    try:
        yield
    except (BadSetting, Damaged, NoGeneration, OSError, SQLAlchemyError, Unavailable) as error:
        logs.end_process(f"{program}: {operator_errors.describe(error)}")


def configure_logs(*context: Processor) -> None:
    """Configures structured logs in LOG_FORMAT. context: processors that add fields to each line."""
    logs.configure(settings().log_format, context)
    logs.log_the_unexpected()
