"""`python -m tools.bench.copier KAFKA_URL PATH`: the least that can lie between a message and its row.

Reads a topic and commits each batch of messages, durably, to a table of an SQLite file, until it is killed.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition

from eventstore.kafka.producer import KafkaAddress, place

POLL_TIMEOUT_MS = 500


def open_rows(path: Path, synchronous: str) -> sqlite3.Connection:
    """A file with a table of rows, made if need be."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, document BLOB)")
    return connection


def main(where: KafkaAddress, path: Path) -> None:
    consumer = KafkaConsumer(bootstrap_servers=where.servers, enable_auto_commit=False)
    partitions = [TopicPartition(where.topic, number) for number in range(where.partitions)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    with closing(open_rows(path, "FULL")) as target:
        while True:
            messages = [one for batch in consumer.poll(POLL_TIMEOUT_MS).values() for one in batch]
            if messages:
                target.execute("BEGIN IMMEDIATE")
                target.executemany("INSERT INTO rows VALUES (?, ?)", [(int(one.key), one.value) for one in messages])
                target.execute("COMMIT")


if __name__ == "__main__":
    main(place(sys.argv[1]), Path(sys.argv[2]))
