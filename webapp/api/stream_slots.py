"""How many calls may wait or stream at once: each holds one of the server's threads, and others need some too."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.errors import Unavailable

SHARE = 4
"""One thread in so many may be taken by those who wait."""


class Places:
    """Counts who waits. threads: how many threads serve now."""

    def __init__(self, threads: Callable[[], int]) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._taken = 0

    def take(self) -> None:
        """Raises Unavailable where none is free."""
        with self._lock:
            if self._taken >= max(1, self._threads() // SHARE):
                raise Unavailable("As many wait for events as can. Ask without waiting, or try again in a while.")
            self._taken += 1

    def leave(self) -> None:
        with self._lock:
            self._taken -= 1

    @contextmanager
    def taken(self, *, needed: bool) -> Iterator[None]:
        """A place for as long as the block runs, where one is needed."""
        if not needed:
            yield
            return
        self.take()
        try:
            yield
        finally:
            self.leave()
