"""What the promises are tried on: a site in one process, and one that is served by real processes."""

import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from eventstore.log.protocol import StoreLog
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.rebuild import Comparison, Rebuilder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from tools.drill.browser import Browser, Page
from tools.drill.processes import PROJECTOR, WEB, Supervisor, free_port

PASSWORD = "correct horse battery"


class Stack:
    """Store, bus, projector and read model on files in one folder, run when told to."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "events.db"
        self.store = SqliteEventStore(self.file)
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        self.folder = CommitFolder(self.store, EventCodec())
        self.log = StoreLog(SqliteEventStore(self.file))
        self.worker = Worker(self.generations, self.log, self.folder)

    def send(self, command: Command, actor: str = "ann", command_id: str | None = None) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=command_id))

    def publish(self, title: str = "A title", body: str = "Some words #tag") -> str:
        return self.send(post.NewPost(post=ids.uuid7(), title=title, body=body)).subject

    def project(self) -> None:
        while self.worker.step(0.0):
            pass

    def compared(self) -> Comparison:
        """The live rows beside those of a fresh fold."""
        rebuilder = Rebuilder(self.generations, self.store, self.folder, StorePartitions())
        fresh, comparison = rebuilder.fill(lambda _: None)
        rebuilder.discard(fresh)
        assert comparison is not None
        return comparison

    def close(self) -> None:
        self.log.close()
        self.generations.close()
        self.store.close()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """With ann and bob, not projected yet."""
    stack = Stack(tmp_path)
    for handle in ("ann", "bob"):
        stack.send(account.RegisterAccount(handle=handle, password_hash="$argon2id$x"), handle)
    yield stack
    stack.close()


@pytest.fixture
def busy(stack: Stack) -> Stack:
    """With a history of every kind, not projected yet: 60 commits on posts, comments and likes."""
    dice = random.Random(11)
    posts = [stack.publish(f"Number {number}", "Words #one #two") for number in range(8)]
    for _ in range(40):
        stack.send(_something(dice, dice.choice(posts)), "bob")
    for id in posts[:5]:
        stack.send(post.EditPost(post=id, version=1, title="Changed", body="Other words #three"))
    stack.send(post.RemovePost(post=posts[0]))
    return stack


def _something(dice: random.Random, on: str) -> Command:
    return dice.choice(
        (
            comment.AddComment(comment=ids.uuid7(), post=on, body="Well"),
            like.Like(target=f"post-{on}"),
            like.Unlike(target=f"post-{on}"),
        )
    )


class Served:
    """A site of real processes on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.file = folder / "data" / "events.db"
        generations = Generations(f"sqlite:///{folder / 'data' / 'read.db'}")
        generations.migrate()
        generations.close()
        environment = {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "RATE_LIMITS": "off",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "8",
        }
        self.browsers: list[Browser] = []
        self.supervisor = Supervisor([WEB, PROJECTOR], folder, environment)
        self.supervisor.start()
        try:
            self.wait_until_served()
        except BaseException:
            self.supervisor.stop()
            raise

    def browser(self, handle: str) -> Browser:
        """Somebody who has just registered."""
        browser = Browser(self.port)
        self.browsers.append(browser)
        form = browser.get("/register").form("/register")
        assert form is not None
        assert browser.post(form.filled(handle=handle, password=PASSWORD)).status == 303
        return browser

    def wait_until_served(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/register", timeout=5):
                    return
            except (OSError, urllib.error.URLError):
                assert time.monotonic() < until, "the site doesn't serve"
                time.sleep(0.05)


def published(browser: Browser, title: str) -> Page:
    form = browser.get("/posts/new").form("/posts/new")
    assert form is not None
    return browser.post(form.filled(title=title, body="Some words"))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    unclean_exits = served.supervisor.stop()
    for browser in served.browsers:
        browser.close()
    assert unclean_exits == []
