"""Where the servers are that tests marked `server` need, and what happens without them: a skip, in CI a failure.

bin/services starts them. MONGO_URL and KAFKA_URL name others.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from domain.ids import uuid7
from tests.absent import skip_or_fail

MONGO_URL = os.environ.get("MONGO_URL") or f"mongodb://127.0.0.1:{os.environ.get('MONGO_PORT') or 27017}"
KAFKA_URL = os.environ.get("KAFKA_URL") or f"kafka://127.0.0.1:{os.environ.get('KAFKA_PORT') or 9092}"


def required(url: str, what: str) -> None:
    """Skips the test where nothing listens at url; with VERBATIM_CI=1 it fails instead."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), 2).close()
    except OSError as error:
        skip_or_fail(f"{what} doesn't listen at {place.hostname}:{place.port} ({error}): run bin/services up")


@contextmanager
def mongo_database() -> Iterator[str]:
    """The URL of a database of the test's own, which is dropped at the end."""
    from pymongo import MongoClient

    required(MONGO_URL, "MongoDB")
    name = f"test_{uuid7().replace('-', '')}"
    try:
        yield f"{MONGO_URL}/{name}"
    finally:
        with MongoClient[Any](MONGO_URL) as client:
            client.drop_database(name)
