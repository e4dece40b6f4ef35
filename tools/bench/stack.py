"""MongoDB and Kafka for the suites that need them: those of MONGO_URL and KAFKA_URL, or servers of the run's own.

A suite asks `temporary_stack()` for a database and a topic of its own, which are dropped when it ends.
"""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo import MongoClient

from domain import ids
from eventstore.kafka.producer import KafkaAddress, place
from tools.drill import servers as drill_servers
from tools.drill.servers import ServersUnavailable

from .site import OWN_SETTINGS

PARTITIONS = 6
URL_VARIABLES = {"MONGO_URL": ("mongodb", "MONGO_PORT"), "KAFKA_URL": ("kafka", "KAFKA_PORT")}
"""Each with the scheme of its URLs, and the variable in which a server of ours has its port."""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Where one suite's commits are stored and published, and under which name."""

    name: str
    store_url: str
    log_url: str

    @property
    def topic(self) -> KafkaAddress:
        return place(self.log_url)

    def settings(self, folder: Path) -> dict[str, str]:
        """Those of the site's processes, whose read model lies in folder."""
        urls = {"EVENT_STORE_URL": self.store_url, "EVENT_LOG_URL": self.log_url}
        return OWN_SETTINGS | urls | {"DATA_DIR": str(folder)}


@contextmanager
def servers(scratch: Path) -> Iterator[None]:
    """While the block runs, the environment names servers that answer. Raises ServersUnavailable."""
    given = [name for name in URL_VARIABLES if os.environ.get(name)]
    if len(given) == 1:
        raise ServersUnavailable(
            f"Only {given[0]} is set. Set both of {' and '.join(URL_VARIABLES)}, or none and bin/services starts them."
        )
    for name in given:
        _check_listening(name, os.environ[name])
    with ExitStack() as undo:
        if not given:
            folder = undo.enter_context(tempfile.TemporaryDirectory(prefix="bench-servers-", dir=scratch))
            ports = undo.enter_context(drill_servers.running(Path(folder)))
            for name, (scheme, port) in URL_VARIABLES.items():
                os.environ[name] = f"{scheme}://127.0.0.1:{ports[port]}"
                undo.callback(os.environ.pop, name)
        yield


@contextmanager
def temporary_stack(partitions: int = PARTITIONS) -> Iterator[Stack]:
    name = f"bench_{ids.uuid7().replace('-', '')}"
    mongo, kafka = (os.environ[url].rstrip("/") for url in URL_VARIABLES)
    log_url = f"{kafka}/{name}?partitions={partitions}&group={name}"
    stack = Stack(name=name, store_url=f"{mongo}/{name}", log_url=log_url)
    try:
        yield stack
    finally:
        with MongoClient[dict[str, object]](mongo) as client:
            client.drop_database(name)
        with suppress(KafkaError), KafkaAdminClient(bootstrap_servers=stack.topic.servers) as admin:
            admin.delete_topics([name], raise_errors=False)


def _check_listening(name: str, url: str) -> None:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), 2).close()
    except OSError as error:
        raise ServersUnavailable(f"Nothing listens at {name}, {address.hostname}:{address.port} ({error}).") from error
