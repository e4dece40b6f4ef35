"""Sites on both stores, a folder of backups, and an empty store to restore into."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from backup.encryption import Key
from backup.folder import BackupFolder
from backup.writing import BackedUp, back_up
from bootstrap import Store
from domain import account, comment, ids, post, webhook
from domain.bus import CommandBus, operator
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from eventstore.erasure_ledger import LedgerFile, erased_by
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.sequencer import Sequencer
from eventstore.sqlite.store import SqliteEventStore
from tests.servers import mongo_database

KEEP = timedelta(days=30)


class Site:
    """A store, its bus, and a ledger."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.bus = CommandBus(store, EventCodec(), all_handlers())
        self.backups = BackupFolder(folder / "backups")
        self.ledger = LedgerFile(folder / "backups.erasures")

    def send(self, command: Command, actor: str = "ann") -> Receipt:
        receipt = self.bus.send(command, Envelope(actor=actor, at=ids.now()))
        self.number()
        return receipt

    def number(self) -> None:
        if isinstance(self.store, MongoEventStore):
            sequencer = Sequencer(self.store)
            while self.store.unsequenced().commits:
                sequencer.step(500)

    def publish(self, words: str = "words") -> str:
        id = ids.uuid7()
        self.send(post.NewPost(post=id, title=f"About {words}", body=words))
        return id

    def erase(self, id: str) -> None:
        """As the projector would have recorded it."""
        receipt = self.bus.send(post.ErasePost(post=id, reason="asked for"), operator(ids.now()))
        self.number()
        self.record(receipt)

    def record(self, receipt: Receipt) -> None:
        for commit in self.store.load(receipt.stream):
            self.ledger.record(erased_by(commit, self.store))

    def back_up(self, key: Key | None = None, keep: timedelta = KEEP) -> BackedUp:
        return back_up(self.store, self.backups, self.ledger, keep=keep, key=key)

    def bytes_of_backups(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.backups.path.rglob("*")) if path.is_file())


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.server)])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Site]]:
    """Gives sites with empty stores, which share the folder of backups."""
    opened: list[Store] = []
    databases = ExitStack()

    def new() -> Site:
        store: Store
        if request.param == "mongo":
            store = MongoEventStore(databases.enter_context(mongo_database()))
        else:
            store = SqliteEventStore(tmp_path / f"store-{len(opened)}" / "events.db")
        opened.append(store)
        return Site(store, tmp_path)

    with databases:
        yield new
        for store in opened:
            store.close()


@pytest.fixture
def site(new_site: Callable[[], Site]) -> Site:
    """Somebody with a post, a comment, a profile and a webhook."""
    site = new_site()
    site.send(account.RegisterAccount(handle="ann", password_hash="$argon2$hash"))
    id = site.publish("first words")
    site.send(comment.AddComment(comment=ids.uuid7(), post=id, body="an answer"))
    site.send(account.EditProfile(handle="ann", name="Ann Example", bio="all about me"))
    site.send(
        webhook.AddWebhook(
            handle="ann",
            webhook=ids.uuid7(),
            url="https://hooks.example/x",
            kinds=("PostPublished",),
            description="mine",
        )
    )
    return site


@pytest.fixture
def empty(new_site: Callable[[], Site], site: Site) -> Site:
    return new_site()
