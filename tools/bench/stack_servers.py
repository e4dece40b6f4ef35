"""Kafka and MongoDB's protocol for the stack's suites: where MONGO_URL and KAFKA_URL say, or servers of the run's own.

A suite asks `fresh()` for a database and a topic of its own, which go when it ends.
"""

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo import MongoClient

from domain import ids
from eventstore.kafka.producer import KafkaAddress, place
from tools.drill import servers

PARTITIONS = 6
URLS = ("MONGO_URL", "KAFKA_URL")


class Absent(Exception):
    """The stack can't be measured here. The message says why, and what to do."""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Where one suite's commits are kept and sent, and under which name."""

    name: str
    store_url: str
    log_url: str

    @property
    def topic(self) -> KafkaAddress:
        return place(self.log_url)

    def environ(self, folder: Path) -> dict[str, str]:
        """The settings of the site's processes, whose read model lies in folder."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("READ_MODEL_")}
        urls = {"EVENT_STORE_URL": self.store_url, "EVENT_LOG_URL": self.log_url}
        return {**given, **urls, "DATA_DIR": str(folder), "SECRET_KEY": "bench"}


@contextmanager
def there(scratch: Path) -> Iterator[None]:
    """While the block runs, the environment names servers that answer. Raises Absent."""
    given = [name for name in URLS if os.environ.get(name)]
    if len(given) == len(URLS):
        for name in given:
            _knock(name, os.environ[name])
        yield
        return
    if given:
        raise Absent(f"Only {given[0]} is set. Set both of {' and '.join(URLS)}, or none and bin/services starts them.")
    with _started(scratch) as environment:
        os.environ |= environment
        try:
            yield
        finally:
            for name in environment:
                del os.environ[name]


@contextmanager
def fresh(partitions: int = PARTITIONS) -> Iterator[Stack]:
    name = f"bench_{ids.uuid7().replace('-', '')}"
    mongo, kafka = (os.environ[url].rstrip("/") for url in URLS)
    stack = Stack(
        name=name,
        store_url=f"{mongo}/{name}",
        log_url=f"{kafka}/{name}?partitions={partitions}&group={name}",
    )
    try:
        yield stack
    finally:
        with MongoClient[dict[str, object]](mongo) as client:
            client.drop_database(name)
        with suppress(KafkaError), KafkaAdminClient(bootstrap_servers=stack.topic.servers) as admin:
            admin.delete_topics([name], raise_errors=False)


@contextmanager
def _started(scratch: Path) -> Iterator[Mapping[str, str]]:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-servers-", dir=scratch) as folder,
            servers.running(Path(folder)) as ports,
        ):
            yield {
                "MONGO_URL": f"mongodb://127.0.0.1:{ports['MONGO_PORT']}",
                "KAFKA_URL": f"kafka://127.0.0.1:{ports['KAFKA_PORT']}",
            }
    except servers.Absent as absent:
        raise Absent(f"The stack needs Kafka and MongoDB's protocol, which can't be had here: {absent}") from absent


def _knock(name: str, url: str) -> None:
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname or "", at.port or 0), 2).close()
    except OSError as error:
        raise Absent(f"Nothing listens at {name}, {at.hostname}:{at.port} ({error}).") from error
