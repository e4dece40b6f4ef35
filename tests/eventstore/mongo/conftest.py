"""A MongoDB database of its own for each test."""

from collections.abc import Callable, Iterator

import pytest
from pymongo import MongoClient

from domain.ids import uuid7
from eventstore.mongo.store import MongoEventStore
from tests.servers import MONGO_URL, required


@pytest.fixture
def url() -> Iterator[str]:
    required(MONGO_URL, "MongoDB")
    name = f"test_{uuid7().replace('-', '')}"
    yield f"{MONGO_URL}/{name}"
    with MongoClient(MONGO_URL) as client:
        client.drop_database(name)


@pytest.fixture
def opened(url) -> Callable[[], MongoEventStore]:
    return lambda: MongoEventStore(url)


@pytest.fixture
def store(opened) -> Iterator[MongoEventStore]:
    store = opened()
    yield store
    store.close()
