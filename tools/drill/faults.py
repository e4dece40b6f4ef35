"""Faults that any site can have: processes killed or frozen, full disks, operators' commands all at once.

A new fault is a class with `inject`, and `undo` where something is left to take back, and its place in rounds.py.
"""

import mmap
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import msgspec
from sqlalchemy import select, text

from domain.ports import EventStore
from readmodel.engine.progress import checkpoints
from readmodel.generations.generations import Generations

from .fault_proxy import FaultProxy
from .processes import RESTART_TIMEOUT_S, Supervisor, send_signal, wait_for

SLOW_POLL_INTERVAL_S = 0.2
TAKEOVER_TIMEOUT_S = 90.0
"""How long a start or a take-over may take on a machine that has much else to do."""
TRANSACTION_TIMEOUT_S = 15.0


class Leaver(msgspec.Struct, frozen=True):
    """Somebody who came and left. word: part of all that they typed."""

    account: str
    word: str

    @property
    def phrase(self) -> bytes:
        return self.word.encode()


class FaultContext(msgspec.Struct, frozen=True):
    """What faults work on, and where they report.

    volumes: small file systems of the round's own; injected: what was done, counted; failures: a sentence for each
    thing that should have worked all the same; outage_s: how long a server stays away; proxies: by the server's name;
    leavers: whoever came and left; moderated: accounts of people who reported, moderated or were moderated.
    """

    supervisor: Supervisor
    store: EventStore
    generations: Generations
    data_dir: Path
    volumes: Mapping[str, Path]
    rng: random.Random
    injected: Counter[str]
    failures: list[str]
    outage_s: float
    proxies: Mapping[str, FaultProxy] = {}
    leavers: list[Leaver] = msgspec.field(default_factory=list)
    moderated: list[str] = msgspec.field(default_factory=list)

    def expect(self, condition: Callable[[], object], sentence: str, timeout_s: float) -> bool:
        """Waits for what must become true; where it doesn't in time, the sentence is among the failures."""
        if held := wait_for(timeout_s, lambda: bool(condition()), SLOW_POLL_INTERVAL_S):
            return held
        self.failures.append(f"{sentence} within {timeout_s:g} s")
        return False


class Fault(msgspec.Struct, frozen=True):
    """One kind of harm, which can be done again and again."""

    @property
    def label(self) -> str:
        """Its kind, and what it is done to."""
        words = (word for word in msgspec.structs.astuple(self) if isinstance(word, str) and word)
        return " ".join((type(self).__name__, *words))

    def inject(self, context: FaultContext) -> None:
        """Does its harm once, and returns when that is over or left to be undone.

        Raises KafkaError or ServersUnavailable where a server won't have it done.
        """
        raise NotImplementedError

    def undo(self, context: FaultContext) -> None:
        """Takes back what is still wrong at the end of a round. Dead processes are restarted anyhow."""


Pids = Callable[[FaultContext], list[int]]


def workers(name: str) -> Pids:
    return lambda context: context.supervisor.children(name)


def any_of(*names: str) -> Pids:
    return lambda context: [pid for name in names if (pid := context.supervisor.pid(name))]


class Kill(Fault, frozen=True):
    """SIGKILL to one of some processes. what: their name in reports."""

    what: str
    pids: Pids

    def inject(self, context: FaultContext) -> None:
        victims = wait_for(RESTART_TIMEOUT_S, lambda: self.pids(context))
        if victims and send_signal(context.rng.choice(victims), signal.SIGKILL):
            context.injected[f"killed {self.what}"] += 1


class Freeze(Fault, frozen=True):
    """SIGSTOP to a process until another has taken over its work, then SIGCONT: it must notice that it was replaced.

    owner: what changes with a take-over, None or empty while there is nobody; standby: a process that is there only
    meanwhile; is_ready: whether others can take over at all.
    """

    what: str
    pids: Pids
    owner: Callable[[FaultContext], object]
    standby: str = ""
    is_ready: Callable[[FaultContext], bool] = lambda _context: True

    def inject(self, context: FaultContext) -> None:
        if not self.is_ready(context):
            return
        if not (pid := wait_for(TRANSACTION_TIMEOUT_S, lambda: self._stopped(context), SLOW_POLL_INTERVAL_S)):
            return
        before = self.owner(context)
        if self.standby:
            context.supervisor.add(self.standby)
        context.injected[f"frozen {self.what}"] += 1
        sentence = f"nobody took over from a frozen {self.what}"
        if context.expect(lambda: self.owner(context) not in (None, [], before), sentence, TAKEOVER_TIMEOUT_S):
            context.injected[f"taken over from the frozen {self.what}"] += 1
        time.sleep(context.rng.uniform(0.0, 1.0))
        send_signal(pid, signal.SIGCONT)
        if self.standby:
            time.sleep(context.rng.uniform(0.2, 1.0))
            context.supervisor.remove(self.standby)

    def _stopped(self, context: FaultContext) -> int | None:
        """A process that is stopped now, and not amid a transaction on SQLite, which would keep everybody waiting."""
        pids = wait_for(RESTART_TIMEOUT_S, lambda: self.pids(context))
        if not pids or not send_signal(pid := context.rng.choice(pids), signal.SIGSTOP):
            return None
        if is_writable(context.generations):
            return pid
        send_signal(pid, signal.SIGCONT)
        return None

    def undo(self, context: FaultContext) -> None:
        for pid in self.pids(context):
            send_signal(pid, signal.SIGCONT)
        if self.standby:
            context.supervisor.remove(self.standby)


class FillDisk(Fault, frozen=True):
    """Fills a volume to the last byte for a while, at least until one of some processes says that it is full."""

    volume: str
    noticed_by: tuple[str, ...] = ()
    longest_s: float = 1.5

    def inject(self, context: FaultContext) -> None:
        before = self._errors(context)
        # What SQLite's log of the read model has taken already would hold much more before the full disk shows.
        with context.generations.live().read() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        _fill(self._ballast(context))
        context.injected[f"filled {self.volume}"] += 1
        time.sleep(context.rng.uniform(0.3, self.longest_s))
        if self.noticed_by:
            sentence = f"{self.volume} was full, and none of {', '.join(self.noticed_by)} said so"
            context.expect(lambda: self._errors(context) > before, sentence, TAKEOVER_TIMEOUT_S)
        self.undo(context)

    def undo(self, context: FaultContext) -> None:
        self._ballast(context).unlink(missing_ok=True)

    def _errors(self, context: FaultContext) -> int:
        logs = (context.supervisor.log_file(name) for name in self.noticed_by)
        return sum(log.read_bytes().count(b"disk is full") for log in logs)

    def _ballast(self, context: FaultContext) -> Path:
        return context.volumes[self.volume] / "ballast"


def partition_epochs(context: FaultContext) -> tuple[int, int]:
    """Changes with every take-over of a partition: the live generation, and the sum of its partitions' epochs."""
    live = context.generations.live()
    with live.read() as connection:
        return live.number, sum(connection.execute(select(checkpoints.c.epoch)).scalars())


def is_writable(generations: Generations, patience_s: float = 0.5) -> bool:
    """Whether nobody is amid a transaction on the live read model, or ends it in time."""
    file = str(generations.live().engine.url.database)
    with closing(sqlite3.connect(file, timeout=patience_s, isolation_level=None)) as connection:
        with suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
        return connection.in_transaction


def _fill(ballast: Path) -> None:
    """Writes page after page until not even one fits: a tmpfs gives out no less."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(mmap.PAGESIZE))
