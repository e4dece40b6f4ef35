"""Real relays and projectors asked to end while a server of theirs is dead, silent or has lost the topic."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaAdminClient

from domain import account, ids
from domain.bus import CommandBus
from domain.errors import Unavailable
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.kafka.producer import place
from eventstore.mongo.store import MongoEventStore
from readmodel.engine import progress
from readmodel.generations.generations import Generations
from shutdown import SHUTDOWN_TIMEOUT_S
from tests.absent import skip_or_fail
from tools.drill import servers

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
STARTED_S = 90.0
HURT_S = 2.0
NAMES = {"relay": "eventstore.relay", "projector": "projector"}


class Site:
    """A relay and a projector at work, and somebody who writes all the time."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.servers = environment
        self.folder = folder
        self.settings = servers.site_settings(environment, f"test_{ids.uuid7().replace('-', '')}")
        self.store = MongoEventStore(self.settings["EVENT_STORE_URL"])
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.over = threading.Event()
        self._writing = threading.Thread(target=self._write)
        self._writing.start()

    def start(self) -> None:
        for name, module in NAMES.items():
            with (self.folder / f"{name}.log").open("wb") as said:
                self.running[name] = subprocess.Popen(
                    [sys.executable, "-m", module], cwd=ROOT, stdout=said, stderr=said,
                    env={**os.environ, **self.settings, "DATA_DIR": str(self.folder), "PYTHONPATH": str(ROOT)},
                )  # fmt: skip
        until = time.monotonic() + STARTED_S
        while self.shown() < 5:
            assert time.monotonic() < until, self.output()
            time.sleep(0.1)

    def shown(self) -> int:
        with self.generations.connect() as connection:
            return len(progress.offsets(connection))

    def output(self) -> str:
        return "\n".join(f"--- {name}\n{(self.folder / f'{name}.log').read_text()[-3000:]}" for name in NAMES)

    def delete_topic(self) -> None:
        where = place(self.settings["EVENT_LOG_URL"])
        with KafkaAdminClient(bootstrap_servers=where.servers) as admin:
            admin.delete_topics([where.topic])

    def ask(self, *words: str) -> None:
        servers.run_services(*words, **self.servers)

    def end(self) -> dict[str, tuple[int | None, float]]:
        """Asks both to end; gives their exit codes and how long it took them."""
        asked = time.monotonic()
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        ended: dict[str, tuple[int | None, float]] = {}
        while len(ended) < len(self.running) and time.monotonic() < asked + 60:
            for name, process in self.running.items():
                if name not in ended and process.poll() is not None:
                    ended[name] = process.returncode, time.monotonic() - asked
            time.sleep(0.02)
        return ended

    def close(self) -> None:
        self.over.set()
        for process in self.running.values():
            process.kill()
            process.wait()
        self._writing.join()
        self.generations.close()
        self.store.close()

    def _write(self) -> None:
        bus = CommandBus(self.store, EventCodec(), all_handlers())
        at = 0
        while not self.over.wait(0.02):
            at += 1
            try:
                bus.send(
                    account.RegisterAccount(handle=f"p{at}"),
                    Envelope(actor=f"p{at}", at=ids.now(), command_id=ids.uuid7()),
                )
            except Unavailable:
                continue


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    try:
        with servers.running(tmp_path_factory.mktemp("servers")) as environment:
            yield environment
    except servers.ServersUnavailable as reason:
        skip_or_fail(str(reason))


@pytest.fixture
def site(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Site]:
    with closing(Site(tmp_path, environment)) as site:
        site.start()
        yield site


class State(msgspec.Struct, frozen=True):
    """What is done to the site, and what undoes it."""

    begin: Callable[[Site], object]
    heal: tuple[str, ...] = ("status",)


STATES = {
    "all is well": State(lambda site: None),
    "Kafka is dead": State(lambda site: site.ask("kill", "kafka"), ("up", "kafka")),
    "Kafka is silent": State(lambda site: site.ask("stop", "kafka"), ("cont", "kafka")),
    "the topic is deleted": State(Site.delete_topic),
    "the store is dead": State(lambda site: site.ask("kill", "mongo"), ("up", "mongo")),
    "the store is silent": State(lambda site: site.ask("stop", "ferretdb"), ("cont", "ferretdb")),
}


@pytest.mark.parametrize("state", STATES)
def test_both_end_well_and_soon_while(site: Site, state: str) -> None:
    STATES[state].begin(site)
    try:
        time.sleep(HURT_S)
        ended = site.end()
    finally:
        site.ask(*STATES[state].heal)
    print(state, ended)
    assert {name: code for name, (code, _) in ended.items()} == dict.fromkeys(NAMES, 0), site.output()
    assert max(seconds for _, seconds in ended.values()) < SHUTDOWN_TIMEOUT_S, site.output()
    assert state != "all is well" or "still waited for" not in site.output(), site.output()
