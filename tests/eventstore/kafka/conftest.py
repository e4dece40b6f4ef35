"""A topic of its own for each test, and what writes to it and reads from it."""

from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient

from domain.ids import uuid7
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import KafkaAddress, TopicProducer, place
from tests.eventstore.kafka.kafka_world import seen
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import commit
from tests.servers import KAFKA_URL, required


@pytest.fixture
def where() -> Iterator[KafkaAddress]:
    required(KAFKA_URL, "Kafka")
    name = f"test_{uuid7().replace('-', '')}"
    where = place(f"{KAFKA_URL}/{name}?partitions=3&group={name}")
    yield where
    with KafkaAdminClient(bootstrap_servers=where.servers) as admin:
        admin.delete_topics([name], raise_errors=False)


@pytest.fixture
def store() -> MemoryEventStore:
    store = MemoryEventStore()
    store.append_many([commit(f"post-{at}", 1) for at in range(30)])
    return store


@pytest.fixture
def producer(where) -> Iterator[TopicProducer]:
    producer = TopicProducer(where)
    yield producer
    producer.close()


@pytest.fixture(autouse=True)
def _forget() -> None:
    seen.clear()


@pytest.fixture
def opened(where, store) -> Iterator[Callable[[], KafkaLog]]:
    logs: list[KafkaLog] = []

    def open_log() -> KafkaLog:
        logs.append(KafkaLog(where, store))
        return logs[-1]

    yield open_log
    for log in logs:
        log.close()
