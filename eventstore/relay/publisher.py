"""Filling the log: in order, at least once, from the checkpoint on.

The checkpoint is written after the acknowledgement, so after a crash some commits are sent again, and none is left out.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from domain.commit import SequencedCommit
from domain.errors import Unavailable
from eventstore.mongo.checkpoint import Checkpoint, Filled
from eventstore.mongo.store import MongoEventStore

BATCH = 1_000
CHECK_S = 5.0
"""How often the topic is looked at, and erasures that a crash left are finished."""
STORE_CHECK_S = 1.0
"""How often the store is asked whether it still has what was sent last."""
LOOK_S = 0.1
"""How often the store is asked for what somebody else has numbered."""
SETTLE_S = 0.1
"""How often, while more comes, acknowledgements are waited for: of what was on its way the last time."""
SEARCHED = 20
"""Of a new topic's commits, so many pages are searched backwards for the last one of each partition."""

Take = Callable[[float], list[SequencedCommit]]
"""take(timeout_s): what was just numbered, in order, though some may be left out; empty after timeout_s."""

log = structlog.get_logger("relay")


class Outlet(Protocol):
    """Where commits go. eventstore.kafka has one."""

    @property
    def topic_id(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    def partition_of(self, commit: SequencedCommit) -> int: ...

    def send(self, commit: SequencedCommit, previous: int) -> None: ...

    def acknowledged(self, leave: int = 0) -> None: ...

    def same_topic(self) -> bool: ...

    def close(self) -> None: ...


class Feed:
    """From one opening of the log to its first failure."""

    def __init__(self, store: MongoEventStore, take: Take, outlet: Outlet, checkpoint: Checkpoint) -> None:
        self._store = store
        self._take = take
        self._outlet = outlet
        self._checkpoint = checkpoint
        filled = checkpoint.claim()
        self._sent, self._chain = filled.sent, filled.chain
        if not (belongs := self._is_of_store()):
            self._sent, self._chain = store.head()
            log.warning("the event store was put back to an earlier state", sent=filled.sent, head=self._sent)
        self._saved = self._sent
        known = belongs and len(filled.lasts) == outlet.partitions
        self._lasts = list(filled.lasts) if known else [self._sent] * outlet.partitions
        self._noted = self._filled()
        self._look = self._settle = 0.0
        self._check = time.monotonic() + CHECK_S
        self._store_check = time.monotonic() + STORE_CHECK_S
        if filled.topic != outlet.topic_id or not belongs:
            self._begin_topic(again=bool(filled.topic))

    def step(self, timeout_s: float) -> bool:
        """Sends what comes next, and settles what was sent once there is a pause, or much of it.

        Gives whether there was anything to do; looks for it for so many seconds.
        """
        if time.monotonic() >= self._store_check:
            self._check_store()
        on_its_way = self._sent != self._saved
        due = self._due(self._take(0.0 if on_its_way else timeout_s))
        if not due:
            self.settle()
        elif self._sent - self._noted.sent >= BATCH or time.monotonic() >= self._settle:
            self._settle_before()
        for commit in due:
            self._send(commit)
        if time.monotonic() >= self._check:
            self._look_after()
        return on_its_way or bool(due)

    def settle(self) -> None:
        """What was sent is acknowledged, and the checkpoint says so."""
        self._outlet.acknowledged()
        if self._sent != self._saved:
            self._save(self._filled())

    def _settle_before(self) -> None:
        """Settles what was on its way the last time; what was sent since then is on its way meanwhile."""
        before, self._noted = self._noted, self._filled()
        self._outlet.acknowledged(leave=self._sent - before.sent)
        if before.sent > self._saved:
            self._save(before)
        self._settle = time.monotonic() + SETTLE_S

    def _due(self, numbered: Sequence[SequencedCommit]) -> Sequence[SequencedCommit]:
        """What comes next: what was just numbered, or, where that isn't next or nobody knows, what the store has."""
        numbered = [commit for commit in numbered if commit.position > self._sent]
        now = time.monotonic()
        if numbered and numbered[0].position == self._sent + 1 and numbered[-1].position == self._sent + len(numbered):
            self._look = now + LOOK_S
            return numbered
        if not numbered and now < self._look:
            return []
        found = self._store.read(self._sent, BATCH)
        if found and found[0].position != self._sent + 1:
            log.error("the store has lost commits", after=self._sent, before=found[0].position)
        self._look = now if len(found) == BATCH else now + LOOK_S
        return found

    def _send(self, commit: SequencedCommit) -> None:
        partition, position = self._outlet.partition_of(commit), commit.position
        self._outlet.send(commit, self._lasts[partition])
        self._lasts[partition] = self._sent = position
        self._chain = commit.chain

    def _check_store(self) -> None:
        """Where it was put back, everything begins anew, from what it knows."""
        self._store_check = time.monotonic() + STORE_CHECK_S
        if not self._is_of_store():
            raise Unavailable("The event store was put back to an earlier state.")

    def _is_of_store(self) -> bool:
        """Whether what was sent last is what the store has at its position."""
        if self._sent == 0:
            return True
        found = self._store.chains([self._sent]).get(self._sent)
        return found is not None and (found == self._chain or not self._chain)

    def _filled(self) -> Filled:
        return Filled(sent=self._sent, topic=self._outlet.topic_id, lasts=tuple(self._lasts), chain=self._chain)

    def _save(self, filled: Filled) -> None:
        self._checkpoint.save(filled)
        self._saved = filled.sent

    def _begin_topic(self, *, again: bool) -> None:
        """In a topic made again, or under a store put back, the last commit of each partition tells readers how much
        they may have missed.

        They fetch it from the store; sending everything again would tell them no more.
        """
        if again:
            log.warning("the topic begins anew")
            found = self._last_of_each()
            for commit in sorted(found, key=lambda commit: commit.position):
                self._outlet.send(commit, commit.position - 1)
            self._outlet.acknowledged()
        self._save(self._filled())

    def _last_of_each(self) -> list[SequencedCommit]:
        found: dict[int, SequencedCommit] = {}
        upto = self._sent
        for _ in range(SEARCHED):
            if upto <= 0 or len(found) == self._outlet.partitions:
                break
            after = max(0, upto - BATCH)
            for commit in reversed(self._store.read(after, upto - after)):
                found.setdefault(self._outlet.partition_of(commit), commit)
            upto = after
        return list(found.values())

    def _look_after(self) -> None:
        self._check = time.monotonic() + CHECK_S
        self._store.finish_erasures()
        if not self._outlet.same_topic():
            raise Unavailable("The topic isn't the one it was.")
