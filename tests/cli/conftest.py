"""The process that runs commands, and a site's folder for them to work on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.cli.command_runs import CSV, all_of
from tests.forked import Commands, Run, empty_logs
from tests.transfer.old_format.site import EXPORT
from transfer import export_file


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    commands = Commands()
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    """A site with two generations, its files without write-ahead logs beside them."""
    folder = tmp_path_factory.mktemp("filled")
    store = SqliteEventStore(folder / "events.db")
    bus = CommandBus(store, EventCodec(), all_handlers())
    bus.send(account.RegisterAccount(handle="nora"), Envelope(actor="nora", at=ids.now()))
    for number in range(20):
        new = post.NewPost(post=ids.uuid7(), title=f"Post {number}", body="words " * 500)
        bus.send(new, Envelope(actor="nora", at=ids.now()))
    export_file(store, folder / "export.jsonl")
    store.close()
    (folder / "posts.csv").write_text(CSV)
    shutil.copy(EXPORT, folder / "old.jsonl")
    assert all_of(commands, [Run(words=["rebuild"], environment={"DATA_DIR": str(folder)})])[0].code == 0
    empty_logs(folder)
    return folder
