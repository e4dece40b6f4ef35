"""Numbers what waits. Two who do it at once can't do it wrong: see numbers; the lease only spares them the race."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from domain.commit import Commit

from .codec import sequenced
from .mongo import MongoEventStore
from .numbers import Head

HEAVY = 500_000
"""Bytes of events' data; see kafka.LARGEST."""
PAGE = 8
"""So many steps' worth is read at a time."""
SKEW_NS = 250_000_000
"""A look begins so far before the newest arrival seen, for writers whose clocks are behind."""
WHOLE_S = 1.0
"""How often a look begins at the very beginning, for those that are further behind, or became visible late."""


class Sequencer:
    """Knows the head as long as nobody else moves it. For one thread."""

    def __init__(self, store: MongoEventStore) -> None:
        self._store = store
        self._head: Head | None = None
        self._read: list[Commit] = []
        self._more = False
        self._after = 0
        self._whole = 0.0

    def step(self, limit: int, hand: Callable[[list[Commit]], object] = list) -> list[Commit]:
        """Numbers up to about limit commits and gives them; none where nothing waits or somebody was faster.

        They are handed over as soon as they are promised, while the store doesn't show their positions yet; but where
        one is so large that a log may leave the fetching to its readers, only afterwards.
        Raises Unavailable. What was promised by then is marked by the next step, whoever takes it.
        """
        head, self._head = self._head or self._adopted(), None
        numbered = _numbered(self._next(limit), head)
        if numbered:
            after = head.follows(numbered)
            if not self._store.numbers.promise(head, after):
                return []
            early = not any(map(_heavy, numbered))
            if early:
                hand(numbered)
            self._mark(after, limit)
            if not early:
                hand(numbered)
            head = after
        self._head = head
        return numbered

    def _adopted(self) -> Head:
        """The head as it stands, with its commits marked, so that none of them still waits."""
        self._read, self._whole = [], 0.0
        head = self._store.numbers.promised()
        self._store.numbers.mark(head)
        return head

    def _mark(self, head: Head, limit: int) -> None:
        """Where more waits than could be read at once, what comes next is read meanwhile; it may show what is promised
        and not yet marked, which is left out."""
        if self._read or not self._more:
            self._store.numbers.mark(head)
            return
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(self._look, PAGE * limit)
            self._store.numbers.mark(head)
            promised = frozenset(head.ids)
            self._read = [commit for commit in ahead.result() if commit.id not in promised]

    def _next(self, limit: int) -> list[Commit]:
        """What was read stays as it is while the head does: nobody else can have numbered it."""
        if not self._read:
            self._read = self._look(PAGE * limit)
        taken, self._read = self._read[:limit], self._read[limit:]
        return taken

    def _look(self, limit: int) -> list[Commit]:
        now = time.monotonic()
        whole = now >= self._whole
        found = self._store.arrivals.first(limit, 0 if whole else self._after)
        self._more = len(found) >= limit
        if whole:
            self._whole = now + WHOLE_S
        if found:
            self._after = max(self._after, found[-1][0] - SKEW_NS)
        return [commit for _, commit in found]


def _heavy(commit: Commit) -> bool:
    return sum(len(event.data) for event in commit.events) > HEAVY


def _numbered(commits: Sequence[Commit], head: Head) -> list[Commit]:
    position, chain = head.position, head.chain
    numbered: list[Commit] = []
    for commit in commits:
        numbered.append(sequenced(commit, position + 1, chain))
        position, chain = position + 1, numbered[-1].chain or ""
    return numbered
