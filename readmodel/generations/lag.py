"""How far the lists are behind: what is stored, and so was acknowledged, and not shown yet.

Counted by streams, since several partitions each get on at their own pace: the newest position that one of them has
reached says nothing of the others.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from threading import Lock

import msgspec
from sqlalchemy import Connection

from domain.commit import SequencedCommit
from domain.ports import EventStore
from readmodel.engine import progress

MAX_PENDING_COMMITS = 5_000
"""Commits that one look keeps in mind; of those after them it is only said that they are there."""
PAGE_COMMITS = 1_000
PartitionOf = Callable[[str, int], int]
"""partition_of(key, number of partitions)"""


class PartitionLag(msgspec.Struct, frozen=True, kw_only=True):
    """Of one partition of the log: commits not shown yet, and seconds since the oldest of them was stored."""

    partition: int
    commits: int
    seconds: float


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """commits and seconds as in PartitionLag, over everything; unsequenced: how many of them have no position yet.

    shown_before: everything below this position is shown, but for parked streams.
    """

    commits: int
    seconds: float
    unsequenced: int
    shown_before: int
    partitions: tuple[PartitionLag, ...]


class Pending(msgspec.Struct, frozen=True, gc=False):
    """A commit that wasn't shown when it was last looked at."""

    position: int
    stream: str
    last: int
    key: str
    at: str


class LagMeter:
    """Looks on from where it was, so that a probe each second costs little. Safe to share between threads."""

    def __init__(
        self, store: EventStore, connect: Callable[[], AbstractContextManager[Connection]], partition_of: PartitionOf
    ) -> None:
        self._store = store
        self._connect = connect
        self._partition_of = partition_of
        self._lock = Lock()
        self._pending: list[Pending] = []
        self._read_upto: int | None = None
        self._chain = ""

    def measure(self) -> Lag:
        """Raises Unavailable, and SQLAlchemyError, where one of the two can't be read."""
        with self._lock, self._connect() as connection:
            backlog = self._store.unsequenced()
            head = self._store.head()[0]
            offsets = progress.offsets(connection)
            self._read_on(head, offsets)
            self._pending = self._not_shown(connection)
            return self._lag(head, backlog.commits, backlog.oldest_at, 1 + max(offsets, default=0))

    def _read_on(self, head: int, offsets: dict[int, tuple[int, int]]) -> None:
        if self._read_upto is None or self._read_upto > head or self._is_put_back(self._read_upto):
            self._read_upto, self._pending, self._chain = min(head, progress.shown_position(offsets)), [], ""
        while self._read_upto < head and len(self._pending) < MAX_PENDING_COMMITS:
            page = self._store.read(self._read_upto, min(PAGE_COMMITS, head - self._read_upto))
            if not page:
                return
            self._pending += [_pending(commit) for commit in page]
            self._read_upto, self._chain = page[-1].position, page[-1].chain

    def _is_put_back(self, read_upto: int) -> bool:
        """Whether the store has another commit there than it had: it was put back, and has grown again."""
        return bool(self._chain) and self._store.chains([read_upto]).get(read_upto) != self._chain

    def _not_shown(self, connection: Connection) -> list[Pending]:
        """What is parked isn't waited for: it is reported as a dead letter."""
        shown = progress.versions(connection, {one.stream for one in self._pending})
        parked = progress.parked_streams(connection) if self._pending else frozenset()
        return [one for one in self._pending if one.last > shown.get(one.stream, 0) and one.stream not in parked]

    def _lag(self, head: int, unsequenced: int, oldest_at: str | None, partitions: int) -> Lag:
        now = datetime.now(UTC)
        of_each: dict[int, list[Pending]] = defaultdict(list)
        for one in self._pending:
            of_each[self._partition_of(one.key, max(1, partitions))].append(one)
        oldest = min([one.at for one in self._pending] + ([oldest_at] if oldest_at else []), default=None)
        return Lag(
            commits=len(self._pending) + head - (self._read_upto or 0) + unsequenced,
            seconds=_since(oldest, now),
            unsequenced=unsequenced,
            shown_before=min((one.position for one in self._pending), default=(self._read_upto or 0) + 1),
            partitions=tuple(
                PartitionLag(partition=number, commits=len(some), seconds=_since(min(one.at for one in some), now))
                for number, some in sorted(of_each.items())
            ),
        )


def _pending(commit: SequencedCommit) -> Pending:
    return Pending(commit.position, commit.stream, commit.last, commit.key, commit.at)


def _since(at: str | None, now: datetime) -> float:
    """Never negative: the host that stamped it may be ahead."""
    if at is None:
        return 0.0
    return max(0.0, round((now - datetime.fromisoformat(at)).total_seconds(), 3))
