"""Publishes sequenced commits to the log: in order, at least once, from the checkpoint on.

The checkpoint is saved after the acknowledgement, so a crash re-sends some commits and skips none.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from domain.commit import SequencedCommit
from domain.errors import Unavailable
from eventstore.chain import follows
from eventstore.mongo.checkpoint import Checkpoint, CheckpointState
from eventstore.mongo.store import MongoEventStore

MAX_UNFLUSHED_COMMITS = 1_000
TOPIC_CHECK_INTERVAL_S = 5.0
"""How often the topic is verified, and erasures that a crash left are finished."""
STORE_CHECK_INTERVAL_S = 1.0
"""How often the store is asked whether it still has the last published commit."""
STORE_POLL_INTERVAL_S = 0.1
"""How often the store is polled for commits that another relay has sequenced."""
FLUSH_INTERVAL_S = 0.1
"""How often, while more commits come, the acknowledgements of the previous ones are waited for."""
MAX_PAGES_SEARCHED = 20
"""For a new topic, so many pages are searched backwards for the last commit of each partition."""
RESTORED = "The event store was restored to an earlier state."

Take = Callable[[float], list[SequencedCommit]]
"""take(timeout_s): commits just sequenced, in order, though some may be left out; empty after timeout_s."""

log = structlog.get_logger("relay")


class TopicProducer(Protocol):
    """Sends commits to the log. eventstore.kafka.producer has one."""

    @property
    def topic_id(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    def partition_of(self, commit: SequencedCommit) -> int: ...

    def send(self, commit: SequencedCommit, previous: int) -> None: ...

    def acknowledged(self, leave: int = 0) -> None: ...

    def is_same_topic(self) -> bool: ...

    def close(self) -> None: ...


class Publisher:
    """Publishes from one opening of the log to its first failure; then a new one starts from the checkpoint."""

    def __init__(self, store: MongoEventStore, take: Take, producer: TopicProducer, checkpoint: Checkpoint) -> None:
        self._store = store
        self._take = take
        self._producer = producer
        self._checkpoint = checkpoint
        filled = checkpoint.claim()
        self._sent, self._chain = filled.sent, filled.chain
        if not (belongs := self._is_of_store()):
            self._sent, self._chain = store.head()
            log.warning("relay: the event store was restored to an earlier state", sent=filled.sent, head=self._sent)
        self._saved = self._sent
        known = belongs and len(filled.lasts) == producer.partitions
        self._lasts = list(filled.lasts) if known else [self._sent] * producer.partitions
        self._noted = self._filled()
        self._store_poll_due = self._flush_due = 0.0
        self._topic_check_due = time.monotonic() + TOPIC_CHECK_INTERVAL_S
        self._store_check_due = time.monotonic() + STORE_CHECK_INTERVAL_S
        if filled.topic != producer.topic_id or not belongs:
            self._begin_topic(again=bool(filled.topic))

    def step(self, timeout_s: float) -> bool:
        """Sends the next commits; flushes in a pause, or once many are unacknowledged.

        Returns whether there was anything to do; waits for it up to timeout_s. Raises Unavailable where what comes next
        doesn't follow what was sent: the store was restored, and has grown as long again since the last check.
        """
        if time.monotonic() >= self._store_check_due:
            self._check_store()
        on_its_way = self._sent != self._saved
        due = self._due(self._take(0.0 if on_its_way else timeout_s))
        if not due:
            self.flush()
        elif self._sent - self._noted.sent >= MAX_UNFLUSHED_COMMITS or time.monotonic() >= self._flush_due:
            self._flush_previous()
        if due and due[0].position == self._sent + 1 and not follows(self._chain, due[0]):
            raise Unavailable(RESTORED)
        for commit in due:
            self._send(commit)
        if time.monotonic() >= self._topic_check_due:
            self._check_topic()
        return on_its_way or bool(due)

    def flush(self) -> None:
        """Waits until everything sent is acknowledged, and saves the checkpoint."""
        self._producer.acknowledged()
        if self._sent != self._saved:
            self._save(self._filled())

    def _flush_previous(self) -> None:
        """Flushes what was sent before the last flush point; what was sent since stays in flight."""
        before, self._noted = self._noted, self._filled()
        self._producer.acknowledged(leave=self._sent - before.sent)
        if before.sent > self._saved:
            self._save(before)
        self._flush_due = time.monotonic() + FLUSH_INTERVAL_S

    def _due(self, numbered: Sequence[SequencedCommit]) -> Sequence[SequencedCommit]:
        """The commits to send next: those just sequenced, or, where they don't continue what was sent, the store's."""
        numbered = [commit for commit in numbered if commit.position > self._sent]
        now = time.monotonic()
        if numbered and numbered[0].position == self._sent + 1 and numbered[-1].position == self._sent + len(numbered):
            self._store_poll_due = now + STORE_POLL_INTERVAL_S
            return numbered
        if not numbered and now < self._store_poll_due:
            return []
        found = self._store.read(self._sent, MAX_UNFLUSHED_COMMITS)
        if found and found[0].position != self._sent + 1:
            log.error("relay: the store has lost commits", after=self._sent, before=found[0].position)
        self._store_poll_due = now if len(found) == MAX_UNFLUSHED_COMMITS else now + STORE_POLL_INTERVAL_S
        return found

    def _send(self, commit: SequencedCommit) -> None:
        partition, position = self._producer.partition_of(commit), commit.position
        self._producer.send(commit, self._lasts[partition])
        self._lasts[partition] = self._sent = position
        self._chain = commit.chain

    def _check_store(self) -> None:
        """Raises Unavailable where the store was restored to an earlier state: publishing starts over from its head."""
        self._store_check_due = time.monotonic() + STORE_CHECK_INTERVAL_S
        if not self._is_of_store():
            raise Unavailable(RESTORED)

    def _is_of_store(self) -> bool:
        """Whether the last published commit is the one that the store has at that position."""
        if self._sent == 0:
            return True
        found = self._store.chains([self._sent]).get(self._sent)
        return found is not None and (found == self._chain or not self._chain)

    def _filled(self) -> CheckpointState:
        return CheckpointState(
            sent=self._sent, topic=self._producer.topic_id, lasts=tuple(self._lasts), chain=self._chain
        )

    def _save(self, filled: CheckpointState) -> None:
        self._checkpoint.save(filled)
        self._saved = filled.sent

    def _begin_topic(self, *, again: bool) -> None:
        """In a recreated topic, or after a restore, sends each partition's last commit: it tells consumers how much
        they may have missed, and they fetch that from the store.
        """
        if again:
            log.warning("relay: the topic was recreated")
            found = self._last_of_each()
            for commit in sorted(found, key=lambda commit: commit.position):
                self._producer.send(commit, commit.position - 1)
            self._producer.acknowledged()
        self._save(self._filled())

    def _last_of_each(self) -> list[SequencedCommit]:
        found: dict[int, SequencedCommit] = {}
        upto = self._sent
        for _ in range(MAX_PAGES_SEARCHED):
            if upto <= 0 or len(found) == self._producer.partitions:
                break
            after = max(0, upto - MAX_UNFLUSHED_COMMITS)
            for commit in reversed(self._store.read(after, upto - after)):
                found.setdefault(self._producer.partition_of(commit), commit)
            upto = after
        return list(found.values())

    def _check_topic(self) -> None:
        self._topic_check_due = time.monotonic() + TOPIC_CHECK_INTERVAL_S
        self._store.finish_erasures()
        if not self._producer.is_same_topic():
            raise Unavailable("The topic isn't the one it was.")
