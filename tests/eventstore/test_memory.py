"""The store that the domain's tests stand on is held to the contract too, all but surviving its process."""

import pytest

from tests.eventstore.contract import EventStoreContract
from tests.eventstore.memory import MemoryEventStore


class TestMemoryEventStore(EventStoreContract):
    @pytest.fixture
    def opened(self):
        store = MemoryEventStore()
        return lambda: store
