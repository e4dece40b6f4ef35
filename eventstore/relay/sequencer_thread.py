"""Sequencing in a thread of its own for as long as its process leads: positions don't wait for the log."""

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
from eventstore.mongo.wakeup import CommitWakeup

from .sequencer import Sequencer

INITIAL_BATCH_COMMITS, MAX_BATCH_COMMITS = 60, 500
"""Small batches at first, so that the publisher has work soon; large ones while many commits wait: each batch costs."""
GIL_SWITCH_INTERVAL_S = 0.002
"""The publisher computes while this thread mostly waits for the server; with Python's default of 5 ms it starves."""
HANDOFF_QUEUE_SIZE = 8
"""Batches that may wait for the publisher."""
HANDOFF_TIMEOUT_S = 0.2
"""How long the next batch waits for room in the queue; after that the publisher reads it from the store."""
RETRY_DELAY_S = 0.5
MIN_IDLE_S, MAX_IDLE_S = 0.001, 0.02
ACTIVE_POLLING_S = 0.25
"""For so long after the last commit polling stays frequent; then it backs off."""
MIN_POLL_INTERVAL_S = 0.01
"""Between polls while the publisher is busy, at least: each poll takes time from it."""

log = structlog.get_logger("relay")


class SequencerThread:
    """Sequences commits in a thread of its own and hands them to the publisher."""

    def __init__(self, store: MongoEventStore, wakeup: CommitWakeup | None = None) -> None:
        self._sequencer = Sequencer(store)
        self._wakeup = wakeup or CommitWakeup(store.commits.watch)
        self._handoff: Queue[list[SequencedCommit]] = Queue(HANDOFF_QUEUE_SIZE)
        self._size = INITIAL_BATCH_COMMITS
        self._publisher_idle = True
        self._over = Event()
        self._done: Future[None] = Future()

    def take(self, timeout_s: float) -> list[SequencedCommit]:
        """The commits sequenced since the last call, in order; empty after timeout_s. What found no room is left out.

        Raises Damaged where no more commits can be sequenced.
        """
        self.check()
        taken: list[SequencedCommit] = []
        self._publisher_idle = timeout_s > 0
        with suppress(Empty):
            taken += self._handoff.get(block=timeout_s > 0, timeout=timeout_s)
            self._publisher_idle = False
            while len(taken) < MAX_BATCH_COMMITS:
                taken += self._handoff.get_nowait()
        return taken

    def check(self) -> None:
        """Raises what ended the thread."""
        if self._done.done():
            self._done.result()

    def run(self) -> None:
        """Until over."""
        idle, active_until = MIN_IDLE_S, 0.0
        with closing(self._wakeup):
            while not self._over.is_set():
                if self._step():
                    idle, active_until = MIN_IDLE_S, time.monotonic() + ACTIVE_POLLING_S
                else:
                    self._wakeup.wait(idle if self._publisher_idle else max(idle, MIN_POLL_INTERVAL_S))
                    if time.monotonic() > active_until:
                        idle = min(1.1 * idle, MAX_IDLE_S)

    def _step(self) -> bool:
        """Sequences a batch and hands it to the publisher. Returns whether there was one."""
        try:
            numbered = self._sequencer.step(self._size, self._hand_off)
        except Unavailable as error:
            log.warning("relay: can't assign positions, retrying", error=str(error))
            self._over.wait(RETRY_DELAY_S)
            return False
        self._size = min(2 * self._size, MAX_BATCH_COMMITS) if len(numbered) >= self._size else INITIAL_BATCH_COMMITS
        return bool(numbered)

    def _hand_off(self, numbered: list[SequencedCommit]) -> None:
        with suppress(Full):
            self._handoff.put(numbered, timeout=HANDOFF_TIMEOUT_S)

    @contextmanager
    def running(self) -> Iterator["SequencerThread"]:
        """Runs the thread while the block does. It ends after the batch in hand; the next leader retries it."""
        usual = sys.getswitchinterval()
        sys.setswitchinterval(GIL_SWITCH_INTERVAL_S)
        try:
            with ThreadPoolExecutor(1, "numbering") as pool:
                self._done = pool.submit(self.run)
                try:
                    yield self
                finally:
                    self._over.set()
        finally:
            sys.setswitchinterval(usual)
