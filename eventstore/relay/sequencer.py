"""Assigns global positions to unsequenced commits. Safe concurrently: the unique `_id` of a batch decides (see
mongo/positions.py); the lease only spares two relays the race."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import structlog

from domain.commit import Commit, SequencedCommit
from domain.errors import Unavailable
from eventstore.chain import sequenced
from eventstore.mongo.documents import key_of
from eventstore.mongo.positions import MAX_BATCH_COMMITS, PENDING_BATCHES, Batch
from eventstore.mongo.store import MongoEventStore

READ_AHEAD_BATCHES = 4
"""How many batches of unsequenced commits are read at a time."""
CLOCK_SKEW_NS = 250_000_000
"""An incremental scan begins so far before the newest arrival seen: stamps are exact to some milliseconds only."""
FULL_SCAN_INTERVAL_S = 1.0
BATCH_CHECK_INTERVAL_S = 0.1
"""How often the last batch is verified: where it is gone, the database was restored to an earlier state, and positions
assigned after it would leave a hole."""
FULL_SCAN_COST_FACTOR = 20
"""A full scan finds commits that became visible late or have a wrong stamp. The next one comes after so many times what
the last one took, and after FULL_SCAN_INTERVAL_S at the latest: no stamp delays a commit for long."""

log = structlog.get_logger("relay")


class Sequencer:
    """Assigns positions batch by batch, remembering the last one as long as nobody else inserts one. For one thread.

    While a batch is inserted, the pending marks of the one before are cleared, and the next commits are read.
    """

    def __init__(self, store: MongoEventStore) -> None:
        self._store = store
        self._last: Batch | None = None
        self._batches: deque[Batch] = deque(maxlen=PENDING_BATCHES + 1)
        self._clearer, self._reader = ThreadPoolExecutor(1, "unmarking"), ThreadPoolExecutor(1, "reading")
        self._clearing: deque[Future[None]] = deque()
        self._ahead: Future[list[Commit]] | None = None
        self._read: list[Commit] = []
        self._more = False
        self._after = 0
        self._full_scan_due = self._batch_check_due = 0.0

    def step(self, limit: int, hand_off: Callable[[list[SequencedCommit]], object] = list) -> list[SequencedCommit]:
        """Sequences up to limit commits, at most MAX_BATCH_COMMITS; none where none waits or another relay was faster.

        hand_off gets them once their positions are stored. Raises Unavailable; the next step, whoever takes it, adopts
        what was stored by then.
        """
        last, self._last = self._remembered() or self._adopted(), None
        numbered = _assigned(self._next(min(limit, MAX_BATCH_COMMITS)), last)
        self._wait_for_clearing(but=PENDING_BATCHES - 1 if numbered else 0)
        if numbered:
            before, last = last, last.following(numbered)
            self._batches.append(last)
            if not self._store.positions.insert_batch(last):
                return []
            self._clearing.append(self._clearer.submit(self._clear_pending, before, last))
            hand_off(numbered)
        self._last = last
        return numbered

    def _remembered(self) -> Batch | None:
        """The last batch as remembered; None where there is none, or where the store doesn't have it any more."""
        last, now = self._last, time.monotonic()
        if last is None or now < self._batch_check_due:
            return last
        self._last = None
        if not self._store.positions.contains(last):
            log.warning("relay: the event store was restored to an earlier state", position=last.position)
            return None
        self._batch_check_due = now + BATCH_CHECK_INTERVAL_S
        return last

    def _clear_pending(self, before: Batch, given: Batch) -> None:
        """Clears the pending marks of a batch that the store has, after its predecessor. Withdraws one without one,
        since the store was restored to an earlier state at the very last moment."""
        if not self._store.positions.contains(before, given):
            if not self._store.positions.contains(before):
                self._store.positions.withdraw(given)
            raise Unavailable("The event store was restored to an earlier state.")
        self._store.unsequenced_commits.clear_pending(given.keys)

    def _adopted(self) -> Batch:
        """The last batch as stored. Afterwards no commit with a position is marked as pending."""
        self._forget()
        newest = self._store.positions.newest(PENDING_BATCHES)
        for batch in newest:
            self._store.unsequenced_commits.clear_pending(batch.keys)
        self._batch_check_due = time.monotonic() + BATCH_CHECK_INTERVAL_S
        return next(iter(newest), Batch())

    def _forget(self) -> None:
        """Drops what was read ahead, since another relay may have sequenced it, and ends the background work on it."""
        under_way: list[Future[Any]] = [*self._clearing, *filter(None, [self._ahead])]
        wait(under_way)
        self._clearing.clear()
        self._batches.clear()
        self._ahead, self._read, self._full_scan_due, self._after = None, [], 0.0, 0

    def _wait_for_clearing(self, but: int) -> None:
        """Waits until the pending marks of all but the newest batches are cleared. but: how many are left."""
        while len(self._clearing) > but:
            self._clearing.popleft().result()

    def _next(self, limit: int) -> list[Commit]:
        """The next commits to sequence. Some that were read may have a position already and only their mark left, so
        many more are read."""
        if not self._read:
            ahead, self._ahead = self._ahead, None
            found = ahead.result() if ahead else self._look(READ_AHEAD_BATCHES * limit + self._still_marked())
            given = {key for batch in self._batches for key in batch.keys} if found else ()
            self._read = [commit for commit in found if key_of(commit) not in given]
        taken, self._read = self._read[:limit], self._read[limit:]
        if self._more and not self._read:
            self._ahead = self._reader.submit(
                self._look, READ_AHEAD_BATCHES * limit + self._still_marked() + len(taken)
            )
        return taken

    def _still_marked(self) -> int:
        """An upper bound of commits with a position whose mark isn't cleared yet."""
        return sum(len(batch.keys) for batch in self._batches)

    def _look(self, limit: int) -> list[Commit]:
        now = time.monotonic()
        whole = now >= self._full_scan_due
        found = self._store.unsequenced_commits.arrived_after(limit, 0 if whole else self._after)
        self._more = len(found) >= limit
        if whole:
            done = time.monotonic()
            self._full_scan_due = done + min(FULL_SCAN_INTERVAL_S, FULL_SCAN_COST_FACTOR * (done - now))
        if found:
            newest = min(found[-1][0], self._store.unsequenced_commits.server_time_ns())
            self._after = max(self._after, newest - CLOCK_SKEW_NS)
        return [commit for _, commit in found]


def _assigned(commits: Sequence[Commit], last: Batch) -> list[SequencedCommit]:
    position, chain = last.position, last.chain
    numbered: list[SequencedCommit] = []
    for commit in commits:
        numbered.append(sequenced(commit, position + 1, chain))
        position, chain = position + 1, numbered[-1].chain
    return numbered
