"""One thread a process that watches the read model for all live pages: one question a change, not one a reader.

It runs only while somebody watches. Streams are counted, since each holds a thread of the server.
"""

import logging
import threading
import time
from collections.abc import Callable

from readmodel import fingerprints
from webapp.site.site import Live

FEED = "feed"
PAUSE_S = 0.1
SHARE = 4
"""Looking may take a fifth of the time: after a look it rests this many times as long as that took."""

log = logging.getLogger(__name__)


class Watch:
    """What one stream watches. since: the mark (see Live.checkpoint) at which its page was made."""

    def __init__(self, topic: str, since: str) -> None:
        self.topic = topic
        self.since = since
        self.version = ""
        self.mark = since
        self._due = threading.Event()

    def wait(self, timeout_s: float) -> bool:
        """Whether it changed within the time, or before it was asked."""
        due = self._due.wait(timeout_s)
        self._due.clear()
        return due

    def tell(self, mark: str, version: str) -> None:
        self.mark, self.version = mark, version
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
        self._mark = ""
        self._seen: dict[str, str] = {}

    def open(self, topic: str, since: str) -> Watch | None:
        """A watch to be closed again; None where there are as many as there may be."""
        watch = Watch(topic, since)
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
            self._thread, self._mark, self._seen = None, "", {}
            return True

    def _look(self) -> None:
        live = self._live()
        with self._lock:
            watches, new = set(self._watches), set(self._new)
        before = str(live.checkpoint())
        if before == self._mark and not new:
            return
        seen = _versions(live, {watch.topic for watch in watches})
        # Whoever joins counts from a mark not older than what was seen; the next look from one not newer.
        after = str(live.checkpoint())
        for watch in watches:
            moved = watch.since != after if watch in new else seen[watch.topic] != self._seen.get(watch.topic)
            if moved:
                watch.tell(after, seen[watch.topic])
        self._mark, self._seen = before, seen
        with self._lock:
            self._new -= new


def _versions(live: Live, topics: set[str]) -> dict[str, str]:
    """Topic (a post's id, or FEED) → its version."""
    threads = sorted(topics - {FEED})
    with live.connect() as connection:
        seen = fingerprints.of_threads(connection, threads) if threads else {}
        feed = {FEED: fingerprints.newest(connection)} if FEED in topics else {}
    return dict.fromkeys(topics, "") | seen | feed
