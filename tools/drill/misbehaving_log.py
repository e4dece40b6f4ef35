"""`python -m tools.drill.misbehaving_log`: a projector whose log behaves as badly as a log may.

The store's commits come in three partitions that advance apart from each other; some are lost, some delivered again as
after a crash of their sender, and partitions are reassigned at random. DRILL_MEMBER names this projector.
"""

import json
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

PARTITIONS = 3
ASSIGNMENT_FILE = "assignment.json"
OFFSETS_A_POSITION = 64
"""A position's own offset, and those of what is delivered again after it."""
REDELIVERY_PROBABILITY, LOSS_PROBABILITY = 0.3, 0.1
POLL_INTERVAL_S = 0.002


def assign(folder: Path, members: Sequence[str], rng: random.Random) -> None:
    """Gives each partition to a random member. Readers see the old assignment or the new one."""
    assignment: dict[str, list[int]] = {member: [] for member in members}
    for partition in range(PARTITIONS):
        assignment[rng.choice(members)].append(partition)
    draft = folder / f"{ASSIGNMENT_FILE}.new"
    draft.write_text(json.dumps(assignment))
    draft.replace(folder / ASSIGNMENT_FILE)


class MisbehavingLog:
    """Meets eventstore.log.protocol.Log. In order within a partition, at least once, and nothing more than that."""

    def __init__(self, store: EventStore, folder: Path, member: str) -> None:
        self._store = store
        self._assignment = folder / ASSIGNMENT_FILE
        self._member = member
        self._next: dict[int, int] = {}
        self._recent: dict[int, deque[Delivery]] = {}
        self._pending: dict[int, list[Delivery]] = {}

    def assigned(self) -> frozenset[int]:
        assigned = frozenset(json.loads(self._assignment.read_text()).get(self._member, ()))
        for revoked in self._next.keys() - assigned:
            del self._next[revoked]
        return assigned

    def beginning(self, partition: int) -> int:  # noqa: ARG002 - the same for each
        return OFFSETS_A_POSITION

    def seek(self, partition: int, offset: int) -> int:
        self._next[partition] = offset
        self._recent[partition] = deque(maxlen=OFFSETS_A_POSITION // 4)
        self._pending[partition] = []
        return offset

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        deadline = time.monotonic() + timeout_s
        while not (found := self._poll_one_partition(limit)) and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL_S)
        return found

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:
        while after < upto and (page := self._store.read(after, upto - after)):
            yield [commit for commit in page if _partition(commit) == partition]
            after = page[-1].position

    def backlog(self) -> int:
        return 0

    def close(self) -> None:
        self._store.close()

    def _poll_one_partition(self, limit: int) -> list[Delivery]:
        """What one partition has, or nothing: the others have to wait for the next poll."""
        if not self._next:
            return []
        partition = random.choice(list(self._next))
        if pending := self._pending[partition]:
            self._pending[partition] = []
            return pending
        after = (self._next[partition] - 1) // OFFSETS_A_POSITION
        commits = self._store.read(after, random.randint(1, limit))
        return self._deliver(partition, after, commits) if commits else []

    def _deliver(self, partition: int, after: int, commits: Sequence[SequencedCommit]) -> list[Delivery]:
        fresh = self._fresh(partition, after, commits)
        # Also past what belongs to the other partitions.
        self._next[partition] = commits[-1].position * OFFSETS_A_POSITION + 1
        found = fresh + self._redelivered(partition, fresh)
        self._recent[partition].extend(fresh)
        # A batch may end anywhere, also amid what is delivered again.
        end = random.randint(len(fresh), len(found))
        self._pending[partition] = found[end:]
        return found[:end]

    def _fresh(self, partition: int, after: int, commits: Sequence[SequencedCommit]) -> list[Delivery]:
        """A partition's messages, of which some get lost; each says which position was before it."""
        found: list[Delivery] = []
        own = [commit for commit in commits if _partition(commit) == partition]
        for commit in own:
            if commit is own[-1] or random.random() > LOSS_PROBABILITY:
                found.append(Delivery(partition, commit.position * OFFSETS_A_POSITION, commit, after))
            after = commit.position
        return found

    def _redelivered(self, partition: int, fresh: list[Delivery]) -> list[Delivery]:
        """Older messages once more, under offsets of their own, as after a crash between sending and noting it."""
        if not fresh or random.random() > REDELIVERY_PROBABILITY:
            return []
        older = [*self._recent[partition], *fresh][-random.randint(1, OFFSETS_A_POSITION // 4) :]
        return [Delivery(partition, fresh[-1].offset + at, one.commit) for at, one in enumerate(older, 1)]


def _partition(commit: SequencedCommit) -> int:
    return zlib.crc32(commit.key.encode()) % PARTITIONS


def misbehaving_log() -> Log:
    return MisbehavingLog(bootstrap.event_store(), bootstrap.settings().data_dir, os.environ["DRILL_MEMBER"])


if __name__ == "__main__":
    # The projector asks bootstrap for its log; here it gets this one, and is otherwise what it always is.
    bootstrap.event_log = misbehaving_log
    sys.exit(main())
