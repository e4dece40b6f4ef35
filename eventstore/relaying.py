"""The relay's work: number what waits, send it, note how far that got; again and again, as long as it leads.

Numbering is safe whoever does it (see sequencing). Sending is in order and at least once, from the checkpoint on;
the next batch is numbered while the last one is on its way.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from threading import Event
from typing import Protocol

import structlog

from domain.commit import Commit
from domain.errors import Unavailable

from .checkpoint import Checkpoint, Deposed, Filled
from .lease import Lease
from .mongo import MongoEventStore
from .sequencing import Sequencer

BATCH = 1_000
STANDBY_S = 0.4
FAILED_S = 0.5
CHECK_S = 5.0
"""How often the topic is looked at, and erasures that a crash left are finished."""
LOOK_S = 0.1
"""How often a leader looks for what somebody else has numbered."""
IDLE_S, LONGEST_IDLE_S = 0.002, 0.02
SEARCHED = 20
"""Of a new topic's commits, so many pages are searched backwards for the last one of each partition."""

log = structlog.get_logger("relay")


class Outlet(Protocol):
    """Where commits go. eventstore.kafka has one."""

    @property
    def topic_id(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    def partition_of(self, commit: Commit) -> int: ...

    def send(self, commit: Commit, previous: int) -> None: ...

    def acknowledged(self) -> None: ...

    def same_topic(self) -> bool: ...

    def close(self) -> None: ...


class Relay:
    """One process of several: leads, or stands by. name is the topic's, holder this process's."""

    def __init__(self, store: MongoEventStore, outlet: Callable[[], Outlet], name: str, holder: str) -> None:
        self._store = store
        self._outlet = outlet
        self._name = name
        self._documents = store.database["relay"]
        self._lease = Lease(self._documents, holder)

    def run(self, stop: Event) -> None:
        """Until stop is set; then what is on its way is brought to an end, and the next one may lead."""
        log.info("standing by")
        while not stop.is_set():
            try:
                if self._lease.take():
                    log.info("leading", term=self._lease.term)
                    self._lead(stop)
            except Unavailable as error:
                log.warning("the event store is away", error=str(error))
            stop.wait(STANDBY_S)

    def _lead(self, stop: Event) -> None:
        with self._lease.kept() as lost:
            sequencer = Sequencer(self._store)
            while not (stop.is_set() or lost.is_set()):
                try:
                    self._feed(sequencer, lambda: stop.is_set() or lost.is_set())
                except Deposed as deposed:
                    log.warning("deposed", detail=str(deposed))
                    break
                except Unavailable as error:
                    log.warning("trying again", error=str(error))
                    _number_meanwhile(sequencer)
                    stop.wait(FAILED_S)
        if stop.is_set():
            self._lease.release()

    def _feed(self, sequencer: Sequencer, halted: Callable[[], bool]) -> None:
        with closing(self._outlet()) as outlet:
            checkpoint = Checkpoint(self._documents, self._name, self._lease.term)
            with closing(Feed(self._store, sequencer, outlet, checkpoint)) as feed:
                idle = IDLE_S
                while not halted():
                    if feed.step():
                        idle = IDLE_S
                    else:
                        time.sleep(idle)
                        idle = min(1.1 * idle, LONGEST_IDLE_S)
                feed.settle()


class Feed:
    """From one opening of the log to its first failure."""

    def __init__(self, store: MongoEventStore, sequencer: Sequencer, outlet: Outlet, checkpoint: Checkpoint) -> None:
        self._store = store
        self._sequencer = sequencer
        self._outlet = outlet
        self._checkpoint = checkpoint
        filled = checkpoint.claim()
        self._sent = self._saved = filled.sent
        known = len(filled.lasts) == outlet.partitions
        self._lasts = list(filled.lasts) if known else [filled.sent] * outlet.partitions
        self._thread = ThreadPoolExecutor(1)
        self._ahead: Future[list[Commit]] | None = None
        self._look = 0.0
        self._check = time.monotonic() + CHECK_S
        if filled.topic != outlet.topic_id:
            self._begin_topic(again=bool(filled.topic))

    def step(self) -> bool:
        """Numbers, settles what was sent before, sends. Gives whether there was anything to do."""
        numbered = self._numbered()
        self.settle()
        due = self._due(numbered)
        for commit in due:
            self._send(commit)
        if time.monotonic() >= self._check:
            self._look_after()
        return bool(numbered or due)

    def settle(self) -> None:
        """What was sent is acknowledged, and the checkpoint says so."""
        self._outlet.acknowledged()
        if self._sent != self._saved:
            self._save()

    def close(self) -> None:
        """Lets a batch that is being numbered be finished, well or ill; it is not lost either way."""
        self._thread.shutdown(wait=True)

    def _numbered(self) -> list[Commit]:
        """The next batch. While there are full ones, the one after it is numbered as this one is sent."""
        ahead, self._ahead = self._ahead, None
        numbered = ahead.result() if ahead else self._sequencer.step(BATCH)
        if len(numbered) >= BATCH:
            self._ahead = self._thread.submit(self._sequencer.step, BATCH)
        return numbered

    def _due(self, numbered: Sequence[Commit]) -> Sequence[Commit]:
        """What comes next: what was just numbered, or, where that isn't next or nobody knows, what the store has."""
        if numbered and numbered[0].position == self._sent + 1:
            return numbered
        now = time.monotonic()
        if not numbered and now < self._look:
            return []
        found = self._store.read(self._sent, BATCH)
        self._look = now if found else now + LOOK_S
        return found

    def _send(self, commit: Commit) -> None:
        partition, position = self._outlet.partition_of(commit), commit.position or 0
        self._outlet.send(commit, self._lasts[partition])
        self._lasts[partition] = self._sent = position

    def _save(self) -> None:
        self._checkpoint.save(Filled(sent=self._sent, topic=self._outlet.topic_id, lasts=tuple(self._lasts)))
        self._saved = self._sent

    def _begin_topic(self, *, again: bool) -> None:
        """In a topic made again, the last commit of each partition tells readers how much they may have missed.

        They fetch it from the store; sending everything again would tell them no more.
        """
        if again:
            log.warning("the topic was deleted and is made again")
            found = self._last_of_each()
            for commit in sorted(found, key=lambda commit: commit.position or 0):
                self._outlet.send(commit, (commit.position or 0) - 1)
            self._outlet.acknowledged()
        self._save()

    def _last_of_each(self) -> list[Commit]:
        found: dict[int, Commit] = {}
        upto = self._sent
        for _ in range(SEARCHED):
            if upto <= 0 or len(found) == self._outlet.partitions:
                break
            after = max(0, upto - BATCH)
            for commit in reversed(self._store.read(after, upto - after)):
                found.setdefault(self._outlet.partition_of(commit), commit)
            upto = after
        return list(found.values())

    def _look_after(self) -> None:
        self._check = time.monotonic() + CHECK_S
        self._store.finish_erasures()
        if not self._outlet.same_topic():
            raise Unavailable("The topic isn't the one it was.")


def _number_meanwhile(sequencer: Sequencer) -> None:
    """Positions don't wait for the log: exports and rebuilds need them while it is away."""
    with suppress(Unavailable):
        while sequencer.step(BATCH):
            pass
