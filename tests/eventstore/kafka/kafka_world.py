"""Reading a topic until something has come."""

import time
from collections.abc import Callable

from domain.commit import Commit
from eventstore.kafka.consumer import KafkaLog
from eventstore.kafka.producer import TopicProducer
from eventstore.log.protocol import Delivery


def fill(producer: TopicProducer, commits: list[Commit]) -> None:
    for one in commits:
        producer.send(one, (one.position or 0) - 1)
    producer.acknowledged()


seen: list[Delivery] = []


def until(log: KafkaLog, ready: Callable[[], bool], offsets: dict[int, int] | None = None) -> list[Delivery]:
    """Reads as a worker does, from these offsets on, until ready."""
    held: set[int] = set()
    found: list[Delivery] = []
    deadline = time.monotonic() + 30
    while not ready() and time.monotonic() < deadline:
        deliveries = step(log, held, offsets)
        found += deliveries
        seen.extend(deliveries)
    assert ready()
    return found


def step(log: KafkaLog, held: set[int], offsets: dict[int, int] | None = None) -> list[Delivery]:
    """Seeks what is newly assigned, and polls once, as long as a worker does: kafka-python begins a join anew that ends
    between two polls, so that short ones, with pauses, may never get anywhere."""
    assigned = log.assigned()
    held &= assigned
    for partition in assigned - held:
        log.seek(partition, (offsets or {}).get(partition, 0))
        held.add(partition)
    return log.poll(500, 0.5)


def positions() -> set[int | None]:
    return {one.commit.position for one in seen}
