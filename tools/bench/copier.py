"""The least that can lie between a write and a row elsewhere: a process that copies, durably, what somebody wrote.

`python -m tools.bench.copier FROM TO` copies rows of one SQLite file, or a topic (FROM is a kafka:// URL), to another.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from eventstore.kafka.producer import KafkaAddress, place

POLL_INTERVAL_S = 0.002
KAFKA_POLL_MS = 500
DOCUMENT = b"x" * 600
Rows = list[tuple[int, bytes]]


def open_rows(path: Path, synchronous: str) -> sqlite3.Connection:
    """A file with a table of rows, made if need be."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, document BLOB)")
    return connection


def inserts_into(source: sqlite3.Connection) -> Callable[[], int]:
    """What inserts one row durably, and gives its id."""

    def insert() -> int:
        source.execute("BEGIN IMMEDIATE")
        id = source.execute("INSERT INTO rows (document) VALUES (?)", (DOCUMENT,)).lastrowid
        source.execute("COMMIT")
        return id or 0

    return insert


def sends_to(producer: Any, topic: str) -> Callable[[], int]:
    """What sends one message, to two partitions in turn, and gives the id of the row that it becomes."""
    sent = iter(range(1, sys.maxsize))

    def send() -> int:
        id = next(sent)
        producer.send(topic, key=str(id).encode(), value=DOCUMENT, partition=id % 2)
        return id

    return send


def has_row(target: sqlite3.Connection, id: int) -> bool:
    return target.execute("SELECT 1 FROM rows WHERE id = ?", (id,)).fetchone() is not None


def main(source: str, target_path: Path) -> None:
    """Runs until it is killed."""
    is_topic = source.startswith("kafka://")
    with closing(open_rows(target_path, "FULL" if is_topic else "NORMAL")) as target:
        for rows in _messages(place(source)) if is_topic else _new_rows(Path(source), target):
            target.execute("BEGIN IMMEDIATE")
            target.executemany("INSERT INTO rows VALUES (?, ?)", rows)
            target.execute("COMMIT")


def _new_rows(path: Path, target: sqlite3.Connection) -> Iterator[Rows]:
    with closing(open_rows(path, "FULL")) as source:
        seen = None
        while True:
            version = source.execute("PRAGMA data_version").fetchone()
            if version != seen:
                (last,) = target.execute("SELECT ifnull(max(id), 0) FROM rows").fetchone()
                if rows := source.execute("SELECT id, document FROM rows WHERE id > ?", (last,)).fetchall():
                    yield rows
                seen = version
            time.sleep(POLL_INTERVAL_S)


def _messages(where: KafkaAddress) -> Iterator[Rows]:
    consumer = KafkaConsumer(bootstrap_servers=where.servers, enable_auto_commit=False)
    partitions = [TopicPartition(where.topic, number) for number in range(where.partitions)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    while True:
        if rows := [(int(one.key), one.value) for found in consumer.poll(KAFKA_POLL_MS).values() for one in found]:
            yield rows


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
