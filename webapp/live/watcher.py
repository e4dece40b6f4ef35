"""One thread a process that watches the read model for all live pages: one question a change, not one a reader.

It runs only while somebody watches. Streams are counted, since each holds a thread of the server.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable

from sqlalchemy import Connection

from readmodel import fingerprints as pulse
from webapp.site.site import Live

FEED = "feed"
PAUSE_S = 0.1
SHARE = 4
"""Looking may take a fifth of the time: after a look it rests this many times as long as that took."""

log = logging.getLogger(__name__)


class Watch:
    """What one stream watches. fingerprint: the topic's, as the stream's page shows it; "" for unknown."""

    def __init__(self, topic: str, fingerprint: str) -> None:
        self.topic = topic
        self.fingerprint = fingerprint
        self._due = threading.Event()

    def wait(self, timeout_s: float) -> bool:
        """Whether it changed within the time, or before it was asked."""
        due = self._due.wait(timeout_s)
        self._due.clear()
        return due

    def tell(self, fingerprint: str) -> None:
        """Nothing, where that is what the page shows."""
        if fingerprint != self.fingerprint:
            self.fingerprint = fingerprint
            self._due.set()

    def wake(self) -> None:
        self._due.set()


class Watcher:
    """most: how many streams there may be at once."""

    def __init__(self, live: Callable[[], Live], stopping: Callable[[], bool], most: Callable[[], int]) -> None:
        self._live = live
        self.stopping = stopping
        self._most = most
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._new: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._seen_at: Hashable = None

    @property
    def is_running(self) -> bool:
        """Whether its thread is there: as long as somebody watches."""
        return self._thread is not None

    def open(self, topic: str, fingerprint: str) -> Watch | None:
        """A watch to be closed again; None where there are as many as there may be."""
        watch = Watch(topic, fingerprint)
        with self._lock:
            if len(self._watches) >= self._most() or self.stopping():
                return None
            self._watches.add(watch)
            self._new.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
                self._thread.start()
        return watch

    def close(self, watch: Watch) -> None:
        """Closing twice is closing once."""
        with self._lock:
            self._watches.discard(watch)
            self._new.discard(watch)

    def __len__(self) -> int:
        return len(self._watches)

    def _run(self) -> None:
        failing = False
        while not self._ended():
            began = time.monotonic()
            try:
                self._look()
                failing = False
            except Exception:  # the thread's outermost loop: pages would never be told again
                if not failing:
                    log.warning("live pages can't be told: the read model can't be asked", exc_info=True)
                failing = True
            time.sleep(max(PAUSE_S, SHARE * (time.monotonic() - began)))

    def _ended(self) -> bool:
        """Whether nobody watches any more, or the process stops: then all streams are woken, to end."""
        stopping = self.stopping()
        with self._lock:
            if self._watches and not stopping:
                return False
            for watch in self._watches:
                watch.wake()
            self._thread, self._seen_at = None, None
            return True

    def _look(self) -> None:
        live = self._live()
        with self._lock:
            watches, new = set(self._watches), set(self._new)
        # Before the look: what is committed during it is looked at the next time.
        token = live.change_token()
        if token == self._seen_at and not new:
            return
        with live.connect() as connection:
            seen = fingerprints(connection, {watch.topic for watch in watches})
        for watch in watches:
            watch.tell(seen[watch.topic])
        self._seen_at = token
        with self._lock:
            self._new -= new


def fingerprints(connection: Connection, topics: set[str]) -> dict[str, str]:
    """Topic (a post's id, or FEED) → hex that changes with what its pages show."""
    threads = sorted(topics - {FEED})
    seen = pulse.of_threads(connection, threads) if threads else {}
    feed = {FEED: pulse.newest(connection)} if FEED in topics else {}
    return {topic: _digest(text) for topic, text in (dict.fromkeys(topics, "") | seen | feed).items()}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
