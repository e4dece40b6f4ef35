"""`python -m tools.drill.unruly`: a projector whose log behaves as badly as a log may.

The store's commits come in three partitions that run apart from each other, get lost now and then, are sent again
as after a crash of whoever sends them, and change hands whenever the drill says so. DRILL_MEMBER names this projector.
"""

import os
import random
import sys
import time
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import bootstrap
from domain.commit import SequencedCommit
from domain.ports import EventStore
from eventstore.log.protocol import Delivery, Log
from projector.__main__ import main

from .assignment import PARTITIONS, assigned

SPREAD = 64
"""Offsets a position takes up: its own, and those of what is sent again after it."""
AGAIN, LOST = 0.3, 0.1
MIN_POLL_INTERVAL_S = 0.002


class UnrulyLog:
    """Meets eventstore.log.protocol.Log. In order within a partition, at least once, and nothing more than that."""

    def __init__(self, store: EventStore, folder: Path, member: str) -> None:
        self._store = store
        self._folder = folder
        self._member = member
        self._next: dict[int, int] = {}
        self._recent: dict[int, deque[Delivery]] = {}
        self._waiting: dict[int, list[Delivery]] = {}

    def assigned(self) -> frozenset[int]:
        mine = assigned(self._folder, self._member)
        for lost in self._next.keys() - mine:
            del self._next[lost]
        return mine

    def beginning(self, partition: int) -> int:  # noqa: ARG002 - the same for each
        return SPREAD

    def seek(self, partition: int, offset: int) -> int:
        self._next[partition] = offset
        self._recent[partition] = deque(maxlen=SPREAD // 4)
        self._waiting[partition] = []
        return offset

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        until = time.monotonic() + timeout_s
        while not (found := self._some(limit)) and time.monotonic() < until:
            time.sleep(MIN_POLL_INTERVAL_S)
        return found

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:
        while after < upto and (page := self._store.read(after, upto - after)):
            yield [commit for commit in page if _partition(commit) == partition]
            after = page[-1].position

    def close(self) -> None:
        self._store.close()

    def _some(self, limit: int) -> list[Delivery]:
        """What one partition has, or nothing: the others have to wait for the next poll."""
        if not self._next:
            return []
        partition = random.choice(list(self._next))
        if rest := self._waiting[partition]:
            self._waiting[partition] = []
            return rest
        return self._read(partition, limit)

    def _read(self, partition: int, limit: int) -> list[Delivery]:
        after = (self._next[partition] - 1) // SPREAD
        commits = self._store.read(after, random.randint(1, limit))
        if not commits:
            return []
        fresh = self._fresh(partition, after, commits)
        # Also past what belongs to the other partitions.
        self._next[partition] = commits[-1].position * SPREAD + 1
        found = fresh + self._again(partition, fresh)
        self._recent[partition].extend(fresh)
        # A batch may end anywhere, also amid what is sent again.
        cut = random.randint(len(fresh), len(found))
        self._waiting[partition] = found[cut:]
        return found[:cut]

    def _fresh(self, partition: int, after: int, commits: Sequence[SequencedCommit]) -> list[Delivery]:
        """A partition's messages, of which some get lost; each says which position was before it."""
        found: list[Delivery] = []
        mine = [commit for commit in commits if _partition(commit) == partition]
        for commit in mine:
            if commit is mine[-1] or random.random() > LOST:
                found.append(Delivery(partition, commit.position * SPREAD, commit, after))
            after = commit.position
        return found

    def _again(self, partition: int, fresh: list[Delivery]) -> list[Delivery]:
        """Older messages once more, under offsets of their own, as after a crash between sending and noting it."""
        if not fresh or random.random() > AGAIN:
            return []
        older = [*self._recent[partition], *fresh][-random.randint(1, SPREAD // 4) :]
        last = fresh[-1].offset
        return [Delivery(partition, last + at, one.commit) for at, one in enumerate(older, 1)]


def _partition(commit: SequencedCommit) -> int:
    return zlib.crc32(commit.key.encode()) % PARTITIONS


def unruly() -> Log:
    settings = bootstrap.settings()
    return UnrulyLog(bootstrap.event_store(), settings.data_dir, os.environ["DRILL_MEMBER"])


if __name__ == "__main__":
    # The projector asks bootstrap for its log; here it gets this one, and is otherwise what it always is.
    bootstrap.event_log = unruly
    sys.exit(main())
