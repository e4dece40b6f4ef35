"""The SQLite event store keeps the contract."""

import pytest

from eventstore.sqlite import SqliteEventStore
from tests.eventstore.contract import EventStoreContract


class TestSqliteEventStore(EventStoreContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return lambda: SqliteEventStore(tmp_path / "events.db")
