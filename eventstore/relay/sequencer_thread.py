"""Numbering, in a thread of its own as long as its process leads: positions don't wait for the log.

What was just numbered is handed to whoever sends. While that one is stuck it is let go: the store has it.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from queue import Empty, Full, Queue
from threading import Event

import structlog

from domain.commit import SequencedCommit
from domain.errors import Unavailable
from eventstore.mongo.store import MongoEventStore
from eventstore.mongo.wakeup import Waking

from .sequencer import Sequencer

FIRST, BATCH = 60, 500
"""Small ones at first, so that the sender has work soon; large ones while there are many: each has its price."""
SWITCH_S = 0.002
"""The sender computes, the numberer mostly waits for answers. It gets its turn so soon: Python's 5 ms add up."""
HANDED = 8
"""So many batches may wait for the sender."""
ROOM_S = 0.2
"""How long the next one waits for room among them: a slow sender makes it in time, a stuck one doesn't."""
FAILED_S = 0.5
IDLE_S, LONGEST_IDLE_S = 0.001, 0.02
EAGER_S = 0.25
"""So long after the last commit, looks follow each other as quickly; only then they become rarer."""
BUSY_S = 0.01
"""How long, at least, between looks while the sender has enough to do: each takes time from it."""

log = structlog.get_logger("relay")


class Numbering:
    """What the thread does, and what it has done. See `numbering`."""

    def __init__(self, store: MongoEventStore) -> None:
        self._sequencer = Sequencer(store)
        self._waking = Waking(store.commits.watch)
        self._handed: Queue[list[SequencedCommit]] = Queue(HANDED)
        self._size = FIRST
        self._hungry = True
        self._over = Event()
        self._done: Future[None] = Future()

    def take(self, timeout_s: float) -> list[SequencedCommit]:
        """What was numbered meanwhile, in order; empty after timeout_s. What found no room is left out.

        Raises Damaged where no more can be numbered.
        """
        self.check()
        taken: list[SequencedCommit] = []
        self._hungry = timeout_s > 0
        with suppress(Empty):
            taken += self._handed.get(block=timeout_s > 0, timeout=timeout_s)
            self._hungry = False
            while len(taken) < BATCH:
                taken += self._handed.get_nowait()
        return taken

    def check(self) -> None:
        """Raises what ended the thread."""
        if self._done.done():
            self._done.result()

    def run(self) -> None:
        """Until over."""
        idle, eager = IDLE_S, 0.0
        with closing(self._waking):
            while not self._over.is_set():
                if self._step():
                    idle, eager = IDLE_S, time.monotonic() + EAGER_S
                else:
                    self._waking.wait(idle if self._hungry else max(idle, BUSY_S))
                    if time.monotonic() > eager:
                        idle = min(1.1 * idle, LONGEST_IDLE_S)

    def _step(self) -> bool:
        """Numbers a batch and hands it over meanwhile. Gives whether there was one."""
        try:
            numbered = self._sequencer.step(self._size, self._hand)
        except Unavailable as error:
            log.warning("can't number now, trying again", error=str(error))
            self._over.wait(FAILED_S)
            return False
        self._size = min(2 * self._size, BATCH) if len(numbered) >= self._size else FIRST
        return bool(numbered)

    def _hand(self, numbered: list[SequencedCommit]) -> None:
        with suppress(Full):
            self._handed.put(numbered, timeout=ROOM_S)

    @contextmanager
    def going_on(self) -> Iterator["Numbering"]:
        """Runs while the block does. Ends with the batch that it is at, well or ill; nothing is lost either way."""
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        try:
            with ThreadPoolExecutor(1, "numbering") as pool:
                self._done = pool.submit(self.run)
                try:
                    yield self
                finally:
                    self._over.set()
        finally:
            sys.setswitchinterval(usual)
