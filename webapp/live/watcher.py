"""The watcher: one thread a process polls the read model for all live pages, one query a change, not one a reader.

It runs only while there are streams. These are limited, since each holds a thread of the server.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from readmodel import fingerprints as thread_fingerprints
from readmodel.accounts import suspended_among
from readmodel.notifications import mentioned
from webapp.site.site import Site

FEED = "feed"
INBOX = "@"
"""What the topic of somebody's notifications begins with; their account id and handle follow."""
POLL_INTERVAL_S = 0.1
PAUSES_PER_POLL = 4
"""The watcher sleeps this many times as long as its last poll took: polling takes a fifth of the time at most."""

log = logging.getLogger(__name__)


class Reader(NamedTuple):
    """Whoever was logged in when a stream was opened, by which session, and whether they were suspended already."""

    account: str
    handle: str
    session: str
    suspended: bool


class Watch:
    """One stream's subscription to a topic and to its reader's inbox.

    fingerprint: the topic's, as its page shows it; "" for unknown. told, inbox_told: what the stream has sent last.
    is_over: its reader's session has ended, or they were suspended meanwhile, so nothing more may be told.
    """

    def __init__(self, topic: str, fingerprint: str, reader: Reader | None = None) -> None:
        self.topic = topic
        self.fingerprint = self.told = fingerprint
        self.reader = reader
        self.is_over = False
        self.inbox = f"{INBOX}{reader.account} {reader.handle}" if reader else ""
        self.inbox_fingerprint = self.inbox_told = ""
        self._due = threading.Event()

    @property
    def topics(self) -> set[str]:
        return {self.topic, self.inbox} if self.inbox else {self.topic}

    def wait(self, timeout_s: float) -> bool:
        """Waits for a change. Returns whether there was one in time, or before the call."""
        due = self._due.wait(timeout_s)
        self._due.clear()
        return due

    def update(self, seen: Mapping[str, str]) -> None:
        """Sets the fingerprints out of topic → fingerprint, and wakes the stream where one is another than was told.

        The first of an inbox tells nothing: the page came with its count.
        """
        self.fingerprint = seen[self.topic]
        if self.inbox:
            self.inbox_told = self.inbox_told or seen[self.inbox]
            self.inbox_fingerprint = seen[self.inbox]
        if (self.fingerprint, self.inbox_fingerprint) != (self.told, self.inbox_told):
            self._due.set()

    def end(self) -> None:
        self.is_over = True
        self._due.set()

    def wake(self) -> None:
        self._due.set()


class Watcher:
    """Polls the topics that streams watch. max_streams: how many there may be at once."""

    def __init__(self, site: Callable[[], Site], stopping: Callable[[], bool], max_streams: Callable[[], int]) -> None:
        self._site = site
        self.stopping = stopping
        self._max_streams = max_streams
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._new: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._seen_token: Hashable = None

    @property
    def is_running(self) -> bool:
        """Whether the polling thread runs: as long as there are streams."""
        return self._thread is not None

    def open(self, topic: str, fingerprint: str, reader: Reader | None = None) -> Watch | None:
        """Adds a watch, which has to be closed again; None at max_streams."""
        watch = Watch(topic, fingerprint, reader)
        with self._lock:
            if len(self._watches) >= self._max_streams() or self.stopping():
                return None
            self._watches.add(watch)
            self._new.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
                self._thread.start()
        return watch

    def close(self, watch: Watch) -> None:
        """Removes a watch. Idempotent."""
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
                self._poll()
                failing = False
            except Exception:  # the thread's outermost loop: pages would never be told again
                if not failing:
                    log.warning("live pages: the read model can't be read, no page is told of changes", exc_info=True)
                failing = True
            time.sleep(max(POLL_INTERVAL_S, PAUSES_PER_POLL * (time.monotonic() - began)))

    def _ended(self) -> bool:
        """Whether the thread has to end: no streams are left, or the process stops. All streams are woken then."""
        stopping = self.stopping()
        with self._lock:
            if self._watches and not stopping:
                return False
            for watch in self._watches:
                watch.wake()
            self._thread, self._seen_token = None, None
            return True

    def _poll(self) -> None:
        live = self._site().live
        with self._lock:
            watches, new = set(self._watches), set(self._new)
        # Before the look: what is committed during it is looked at the next time.
        token = live.change_token()
        if token == self._seen_token and not new:
            return
        with live.connect() as connection:
            seen = fingerprints(connection, {topic for watch in watches for topic in watch.topics})
            ended = self._ended_readers(connection, {watch.reader for watch in watches if watch.reader})
        for watch in watches:
            if watch.reader in ended:
                watch.end()
            else:
                watch.update(seen)
        self._seen_token = token
        with self._lock:
            self._new -= new

    def _ended_readers(self, connection: Connection, readers: set[Reader]) -> set[Reader]:
        """Whose streams have to end: one look at the accounts of all, and one at the sessions."""
        if not readers:
            return set()
        suspended = suspended_among(connection, sorted({reader.account for reader in readers}))
        closed = self._site().sessions.ended({reader.session for reader in readers})
        return {one for one in readers if one.session in closed or (one.account in suspended and not one.suspended)}


def fingerprints(connection: Connection, topics: set[str]) -> dict[str, str]:
    """Topic (a post's id, FEED, or INBOX with an account) → hex that changes with what its pages show."""
    inboxes = {topic: _recipients(topic) for topic in topics if topic.startswith(INBOX)}
    threads = sorted(topics - {FEED, *inboxes})
    seen = thread_fingerprints.of_threads(connection, threads) if threads else {}
    feed = {FEED: thread_fingerprints.newest(connection)} if FEED in topics else {}
    recipients = sorted({one for some in inboxes.values() for one in some})
    newest = thread_fingerprints.of_inboxes(connection, recipients) if recipients else {}
    told = {topic: " ".join(newest.get(one, "") for one in some).strip() for topic, some in inboxes.items()}
    return {topic: _digest(text) for topic, text in (dict.fromkeys(topics, "") | seen | feed | told).items()}


def _recipients(inbox: str) -> tuple[str, str]:
    """What notifications of an inbox's owner are addressed to: the account, and a mention of its handle."""
    account, _, handle = inbox.removeprefix(INBOX).partition(" ")
    return account, mentioned(handle)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
