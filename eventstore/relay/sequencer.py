"""Numbers what waits. Two who do it at once can't do it wrong: see numbers; the lease only spares them the race."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import structlog

from domain.commit import Commit, SequencedCommit
from domain.errors import Unavailable
from eventstore.codec import sequenced
from eventstore.mongo.documents import key_of
from eventstore.mongo.positions import LARGEST, UNMARKED, Batch
from eventstore.mongo.store import MongoEventStore

PAGE = 4
"""So many steps' worth is read at a time."""
SKEW_NS = 250_000_000
"""A look begins so far before the newest arrival seen: stamps are by the server's clock, to some milliseconds."""
WHOLE_S = 1.0
CHECK_S = 0.1
"""How often the last batch is looked at: where it isn't there any more, the database was put back to an earlier state,
and what came after it would leave a hole."""
WHOLE_SHARE = 20
"""A look at everything that waits finds what became visible late, or has a wrong stamp. It comes as soon as so many
times what the last one cost has passed, and after WHOLE_S at the latest: no stamp keeps anything waiting for long."""

log = structlog.get_logger("relay")


class Sequencer:
    """Knows the last batch as long as nobody else gives one. For one thread.

    While a batch is given, the marks of the one before are taken away, and what comes next is read.
    """

    def __init__(self, store: MongoEventStore) -> None:
        self._store = store
        self._last: Batch | None = None
        self._batches: deque[Batch] = deque(maxlen=UNMARKED + 1)
        self._marker, self._reader = ThreadPoolExecutor(1, "unmarking"), ThreadPoolExecutor(1, "reading")
        self._unmarking: deque[Future[None]] = deque()
        self._ahead: Future[list[Commit]] | None = None
        self._read: list[Commit] = []
        self._more = False
        self._after = 0
        self._whole = self._checked = 0.0

    def step(self, limit: int, hand: Callable[[list[SequencedCommit]], object] = list) -> list[SequencedCommit]:
        """Numbers up to limit commits, or LARGEST, and gives them; none where nothing waits or somebody was faster.

        They are handed over once their positions are given. Raises Unavailable; the next step adopts what was given
        by then, whoever takes it.
        """
        last, self._last = self._followed() or self._adopted(), None
        numbered = _numbered(self._next(min(limit, LARGEST)), last)
        self._unmarked(but=UNMARKED - 1 if numbered else 0)
        if numbered:
            before, last = last, last.next(numbered)
            self._batches.append(last)
            if not self._store.numbers.give(last):
                return []
            self._unmarking.append(self._marker.submit(self._unmark, before, last))
            hand(numbered)
        self._last = last
        return numbered

    def _followed(self) -> Batch | None:
        """The last batch as it is remembered; None where it isn't, or isn't there any more."""
        last, now = self._last, time.monotonic()
        if last is None or now < self._checked:
            return last
        self._last = None
        if not self._store.numbers.have(last):
            log.warning("the event store was put back to an earlier state", position=last.position)
            return None
        self._checked = now + CHECK_S
        return last

    def _unmark(self, before: Batch, given: Batch) -> None:
        """Takes a batch's marks away, as long as it is there and follows the one before; the batch itself where it
        follows nothing, since the store was put back at the very last moment."""
        if not self._store.numbers.have(before, given):
            if not self._store.numbers.have(before):
                self._store.numbers.withdraw(given)
            raise Unavailable("The event store was put back to an earlier state.")
        self._store.arrivals.unmark(given.keys)

    def _adopted(self) -> Batch:
        """The last batch as it stands. Nothing that has a position waits afterwards."""
        self._forget()
        newest = self._store.numbers.newest(UNMARKED)
        for batch in newest:
            self._store.arrivals.unmark(batch.keys)
        self._checked = time.monotonic() + CHECK_S
        return next(iter(newest), Batch())

    def _forget(self) -> None:
        """What somebody else may have numbered by now, and what is under way for it."""
        under_way: list[Future[Any]] = [*self._unmarking, *filter(None, [self._ahead])]
        wait(under_way)
        self._unmarking.clear()
        self._batches.clear()
        self._ahead, self._read, self._whole, self._after = None, [], 0.0, 0

    def _unmarked(self, but: int) -> None:
        """Waits until the marks of all batches are gone, but for so many of the newest."""
        while len(self._unmarking) > but:
            self._unmarking.popleft().result()

    def _next(self, limit: int) -> list[Commit]:
        """What was read stays as it is while nobody else gives a batch. Some of it may have a position by now, and only
        its mark is still there; so much more is read."""
        if not self._read:
            ahead, self._ahead = self._ahead, None
            found = ahead.result() if ahead else self._look(PAGE * limit + self._still_marked())
            given = {key for batch in self._batches for key in batch.keys} if found else ()
            self._read = [commit for commit in found if key_of(commit) not in given]
        taken, self._read = self._read[:limit], self._read[limit:]
        if self._more and not self._read:
            self._ahead = self._reader.submit(self._look, PAGE * limit + self._still_marked() + len(taken))
        return taken

    def _still_marked(self) -> int:
        """So many at most."""
        return sum(len(batch.keys) for batch in self._batches)

    def _look(self, limit: int) -> list[Commit]:
        now = time.monotonic()
        whole = now >= self._whole
        found = self._store.arrivals.first(limit, 0 if whole else self._after)
        self._more = len(found) >= limit
        if whole:
            done = time.monotonic()
            self._whole = done + min(WHOLE_S, WHOLE_SHARE * (done - now))
        if found:
            newest = min(found[-1][0], self._store.arrivals.now())
            self._after = max(self._after, newest - SKEW_NS)
        return [commit for _, commit in found]


def _numbered(commits: Sequence[Commit], last: Batch) -> list[SequencedCommit]:
    position, chain = last.position, last.chain
    numbered: list[SequencedCommit] = []
    for commit in commits:
        numbered.append(sequenced(commit, position + 1, chain))
        position, chain = position + 1, numbered[-1].chain
    return numbered
