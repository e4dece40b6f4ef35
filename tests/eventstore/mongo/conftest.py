"""A MongoDB database of its own for each test."""

from collections.abc import Callable, Iterator

import pytest

from eventstore.mongo.store import MongoEventStore
from tests.servers import mongo_database


@pytest.fixture
def url() -> Iterator[str]:
    with mongo_database() as url:
        yield url


@pytest.fixture
def opened(url) -> Callable[[], MongoEventStore]:
    return lambda: MongoEventStore(url)


@pytest.fixture
def store(opened) -> Iterator[MongoEventStore]:
    store = opened()
    yield store
    store.close()
