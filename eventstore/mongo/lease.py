"""Leader election by a lease: a document that the leader keeps updating, and a fencing term that rises with each one.

No clocks are compared: whoever waits watches, by a clock of its own, whether the document still changes. The term is
what writes are checked against; that two may think they lead for a moment is expected, and does no harm.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.errors import Unavailable

from .connection import translating_errors
from .documents import Document

LEASE_TIMEOUT_S = 3.0
"""A leader whose document hasn't changed for so long counts as dead; it counts itself so too."""
HEARTBEAT_INTERVAL_S = 0.6


class Lease:
    """One process's side of the lease. holder: the process's name, for people."""

    def __init__(
        self, documents: Collection[Document], holder: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._documents = documents
        self._holder = holder
        self._clock = clock
        self._seen: tuple[int, int] = (-1, -1)
        self._since = 0.0
        self._renewed = 0.0
        self.term = 0

    def take(self) -> bool:
        """Tries to become the leader; returns whether it did. Called repeatedly, takes over from a silent one."""
        with translating_errors():
            found = self._documents.find_one({"_id": "leader"})
            if found is None:
                return self._first()
            seen = (found["term"], found["beat"])
            if seen != self._seen:
                self._seen, self._since = seen, self._clock()
            if found["holder"] is not None and self._clock() - self._since < LEASE_TIMEOUT_S:
                return False
            return self._succeed(found)

    def renew(self) -> bool:
        """Whether the lease is still this process's; it lives LEASE_TIMEOUT_S from now."""
        asked = self._clock()
        mine = {"_id": "leader", "term": self.term, "holder": self._holder}
        with translating_errors():
            renewing = self._documents.update_one(mine, {"$inc": {"beat": 1}}).matched_count == 1
        if renewing:
            self._renewed = asked
        return renewing

    @property
    def alive(self) -> bool:
        """Whether it can't have been taken over yet, as far as this process's clock tells."""
        return self._clock() - self._renewed < LEASE_TIMEOUT_S

    def release(self) -> None:
        """Lets the next one lead at once."""
        mine = {"_id": "leader", "term": self.term, "holder": self._holder}
        with translating_errors():
            self._documents.update_one(mine, {"$set": {"holder": None}})

    @contextmanager
    def renewing(self) -> Iterator[Event]:
        """Renews in the background while the block runs; the event is set once the lease is lost."""
        lost, done = Event(), Event()
        thread = Thread(target=self._renew_until, args=(lost, done), name="lease", daemon=True)
        thread.start()
        try:
            yield lost
        finally:
            done.set()
            thread.join()

    def _renew_until(self, lost: Event, done: Event) -> None:
        while not done.wait(HEARTBEAT_INTERVAL_S):
            try:
                if not self.renew():
                    break
            except Unavailable:
                if not self.alive:
                    break
        else:
            return
        lost.set()

    def _first(self) -> bool:
        try:
            self._documents.insert_one({"_id": "leader", "term": 1, "beat": 0, "holder": self._holder})
        except DuplicateKeyError:
            return False
        return self._leading(1)

    def _succeed(self, found: Document) -> bool:
        """Compare and set: of several who find the lease run out, one gets it."""
        taken = self._documents.find_one_and_update(
            {"_id": "leader", "term": found["term"], "beat": found["beat"]},
            {"$set": {"holder": self._holder, "beat": 0}, "$inc": {"term": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return taken is not None and taken["holder"] == self._holder and self._leading(taken["term"])

    def _leading(self, term: int) -> bool:
        self.term, self._renewed = term, self._clock()
        return True
