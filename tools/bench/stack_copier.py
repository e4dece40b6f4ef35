"""`python -m tools.bench.stack_copier KAFKA_URL PATH`: the least that lies between a message and its row.

Reads a topic, keeps each message as a row of an SQLite file, one transaction for what came together. Its other half is
`copied`: sends a message and waits for the row.
"""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from eventstore.kafka.producer import KafkaAddress, place

from .copier import DOCUMENT, opened, wait
from .measure import stopwatch

READY = "ready"


def copied(producer: Any, topic: str, target: sqlite3.Connection) -> Callable[[], float]:
    """Gives what sends one message and waits until its row is there: the seconds from before to after."""
    sent = iter(range(1, sys.maxsize))

    def once() -> float:
        with stopwatch() as seconds:
            id = next(sent)
            producer.send(topic, key=str(id).encode(), value=DOCUMENT, partition=id % 2)
            wait(lambda: target.execute("SELECT 1 FROM rows WHERE id = ?", (id,)).fetchone() is not None)
        return seconds[0]

    return once


def main(where: KafkaAddress, path: Path) -> None:
    """Until it is killed."""
    consumer = KafkaConsumer(bootstrap_servers=where.servers, enable_auto_commit=False)
    partitions = [TopicPartition(where.topic, at) for at in range(where.partitions)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    with closing(opened(path, "FULL")) as target:
        while True:
            rows = [(int(one.key), one.value) for found in consumer.poll(500).values() for one in found]
            if rows:
                target.execute("BEGIN IMMEDIATE")
                target.executemany("INSERT INTO rows VALUES (?, ?)", rows)
                target.execute("COMMIT")


if __name__ == "__main__":
    main(place(sys.argv[1]), Path(sys.argv[2]))
