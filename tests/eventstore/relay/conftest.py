"""A MongoDB database of its own for each test."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from domain.ids import uuid7
from eventstore.mongo.store import MongoEventStore
from tests.servers import MONGO_URL, required


@pytest.fixture
def name() -> str:
    return f"test_{uuid7().replace('-', '')}"


@pytest.fixture
def url(name) -> Iterator[str]:
    required(MONGO_URL, "MongoDB")
    yield f"{MONGO_URL}/{name}"
    with MongoClient(MONGO_URL) as client:
        client.drop_database(name)


@pytest.fixture
def store(url) -> Iterator[MongoEventStore]:
    store = MongoEventStore(url)
    yield store
    store.close()
