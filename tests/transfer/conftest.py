"""An empty site on disk for each test: a store, its bus and its folder."""

import gzip
from pathlib import Path

import pytest

from domain.bus import CommandBus
from domain.handlers import all_handlers
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.transfer.csv_site import HEADER
from tests.transfer.old_format.site import EXPORT
from transfer import convert_file, import_file


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteEventStore(folder / "events.db")
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())

    def take(self, path: Path, **options):
        return import_file(path, store=self.store, bus=self.bus, folder=self.folder, **options)

    def events(self):
        """Every event with its commit, in order of position."""
        codec = EventCodec()
        return [(codec.decode(event, commit), commit) for commit in self.commits() for event in commit.events]

    def handle(self, account):
        """What an account is called."""
        return self.bus.aggregates().account(account).handle

    def commits(self):
        return self.store.read(0, 1_000_000)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "site")
    yield site
    site.store.close()


@pytest.fixture
def another(tmp_path):
    site = Site(tmp_path / "another")
    yield site
    site.store.close()


@pytest.fixture
def take(site, tmp_path):
    def take(*rows: str | bytes, header: str = HEADER, name: str = "posts.csv"):
        path = tmp_path / name
        content = b"".join(part if isinstance(part, bytes) else part.encode() for part in (header, *rows))
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return site.take(path)

    return take


@pytest.fixture
def converted(tmp_path):
    """The export of a site of the format before, in today's."""
    return convert_file(EXPORT, tmp_path / "new.jsonl").path
