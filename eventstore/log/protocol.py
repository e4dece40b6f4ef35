"""The log that projectors follow, and the embedded one: the store itself, one partition, offset = position."""

import time
from collections.abc import Iterable
from typing import Protocol

import msgspec

from domain.commit import SequencedCommit
from eventstore.sqlite.store import SqliteEventStore

from .reader_lease import ReaderLease

FROM_STORE_OFFSET = -1
"""The offset of a delivery that comes from the store, in place of a message that is missing."""
MAX_POSITION = 1 << 62
"""A position after all that there is."""


class Delivery(msgspec.Struct, frozen=True):
    """One message of the log. offset is its own; the next one to read is offset + 1.

    previous: up to this position everything of the partition went before it; None where the log doesn't say.
    """

    partition: int
    offset: int
    commit: SequencedCommit
    previous: int | None = None


class Log(Protocol):
    """What a projector reads. Delivery is at least once and in order within a partition."""

    def assigned(self) -> frozenset[int]:
        """The partitions that this reader owns now; may change with every poll.

        One that was taken away and given again since the last call is left out once, so that whoever asks lets
        go of it first.
        """

    def beginning(self, partition: int) -> int:
        """The first offset that the log still has of a partition."""

    def seek(self, partition: int, offset: int) -> int:
        """Reads an assigned partition from this offset on; a partition not sought yet gives nothing.

        Gives where it really begins: at the partition's beginning, where the log doesn't reach to that offset. Where
        nothing is to come, the message before it may come once more: it shows whether the log was made anew.
        """

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        """Up to limit messages, as soon as there is one; empty after timeout_s."""

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:
        """A partition's commits with after < position <= upto, from the store, a page at a time."""

    def close(self) -> None: ...


class StoreLog:
    """Follows a SQLite event store. PRAGMA data_version tells in microseconds that there may be more."""

    MIN_POLL_INTERVAL_S = 0.002
    MAX_POLL_INTERVAL_S = 0.01
    """Ticks grow longer while nothing comes, which makes a quarter as many of them."""
    STANDBY_POLL_INTERVAL_S = 0.2
    """How often one that stands by looks whether it is its turn."""

    def __init__(self, store: SqliteEventStore, lease: ReaderLease | None = None) -> None:
        """lease: shared with other projectors of the same store; without one this is the only reader."""
        self._store = store
        self._lease = lease
        self._next: int | None = None
        self._seen = -1

    def assigned(self) -> frozenset[int]:
        if self._lease is None or self._lease.held():
            return frozenset({0})
        self._next = None
        return frozenset()

    def beginning(self, partition: int) -> int:  # noqa: ARG002 there is one
        return 1

    def seek(self, partition: int, offset: int) -> int:  # noqa: ARG002
        self._next = offset
        self._seen = -1
        return offset

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:  # noqa: ARG002 never any
        return ()

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        if self._next is None:
            time.sleep(min(timeout_s, self.STANDBY_POLL_INTERVAL_S))
            return []
        until = time.monotonic() + timeout_s
        tick = self.MIN_POLL_INTERVAL_S
        while True:
            seen = self._store.data_version()
            if seen != self._seen and (commits := self._store.read(self._next - 1, limit)):
                self._next = commits[-1].position + 1
                if len(commits) < limit:
                    self._seen = seen
                return [Delivery(0, commit.position, commit) for commit in commits]
            self._seen = seen
            if time.monotonic() >= until:
                return []
            time.sleep(tick)
            tick = min(tick * 1.2, self.MAX_POLL_INTERVAL_S)

    def close(self) -> None:
        if self._lease is not None:
            self._lease.release()
        self._store.close()
