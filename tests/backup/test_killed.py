"""The command itself, killed by SIGKILL again and again while people write and erase: what stands is always whole."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from backup.reading import chosen_set, examine
from backup.rehearsal import rehearse
from backup.restoring import restore
from domain import account, ids, post
from domain.bus import operator
from domain.errors import Refused
from domain.messages import Envelope
from eventstore.codec import encode_commit
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.sequencer import Sequencer
from eventstore.sqlite.store import SqliteEventStore
from tests.backup.conftest import Site
from tests.forked import ROOT
from tests.servers import mongo_database

pytestmark = pytest.mark.slow
KILLS = 5


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.server)])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, dict[str, str]]]:
    """A site that others may open too, and the settings by which they do."""
    environment = {"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"], "SECRET_KEY": "s" * 40}
    with ExitStack() as databases:
        if request.param == "mongo":
            url = databases.enter_context(mongo_database())
            environment |= {"EVENT_STORE_URL": url, "EVENT_LOG_URL": "kafka://127.0.0.1:1/nowhere"}
            site = Site(MongoEventStore(url), tmp_path)
        else:
            site = Site(SqliteEventStore(tmp_path / "events.db"), tmp_path)
        yield site, environment
        site.store.close()


@pytest.fixture
def writing(served: tuple[Site, dict[str, str]]) -> Iterator[Callable[[], None]]:
    """People write and erase until the function that this gives is called."""
    site, over, dice = served[0], threading.Event(), random.Random(7)

    def write() -> None:
        posts: list[str] = []
        while not over.is_set():
            posts.append(ids.uuid7())
            new = post.NewPost(post=posts[-1], title="A title", body=f"secret {posts[-1]} " * 20)
            site.bus.send(new, Envelope(actor="ann", at=ids.now()))
            if dice.random() < 0.2:
                gone = post.ErasePost(post=posts.pop(dice.randrange(len(posts))), reason="asked")
                site.bus.send(gone, operator(ids.now()))
            time.sleep(0.01)

    def number() -> None:
        sequencer = Sequencer(site.store)
        while not (over.is_set() and not site.store.unsequenced().commits):
            sequencer.step(100)
            time.sleep(0.005)

    site.bus.send(account.RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
    threads = [threading.Thread(target=write)]
    if isinstance(site.store, MongoEventStore):
        threads.append(threading.Thread(target=number))
    for thread in threads:
        thread.start()

    def stop() -> None:
        over.set()
        for thread in threads:
            thread.join()

    yield stop
    stop()


def test_killed_again_and_again_what_stands_is_whole(
    served: tuple[Site, dict[str, str]], writing: Callable[[], None], tmp_path: Path
) -> None:
    site, environment = served
    command = [sys.executable, "-m", "cli", "backup", str(site.backups.path), "--every", "1s"]
    dice, reached = random.Random(3), 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while head(site) <= reached:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(dice.random())
        process.kill()
        process.wait()
        chosen = chosen_set(site.backups)
        examine(chosen, None, (), lambda _done, _total: None)
        assert chosen.manifest.head.position > reached
        reached = chosen.manifest.head.position
    writing()
    assert subprocess.run(command[:-2], cwd=ROOT, env=environment, check=False).returncode == 0
    chosen = chosen_set(site.backups)
    assert chosen.manifest.head.position == site.store.head()[0]
    assert rehearse(chosen, site.store, site.ledger.read()).differences == []
    again = Site(SqliteEventStore(tmp_path / "again" / "events.db"), tmp_path)
    restore(chosen, again.store, again.bus, site.ledger.read())
    assert list(map(encode_commit, again.store.read(0, 100_000))) == list(
        map(encode_commit, site.store.read(0, 100_000))
    )
    again.store.close()


def head(site: Site) -> int:
    try:
        return chosen_set(site.backups).manifest.head.position
    except Refused:
        return 0
