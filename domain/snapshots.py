"""States of aggregates that are kept between decisions, so that a long stream isn't folded again for each.

A snapshot is never believed by itself: whoever uses it asks the store for the commit that it ends with. It holds words
that people wrote, so it lives in memory alone, and what is folded into it later takes erased ones away. See
docs/decisions/0034.
"""

import sys
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec

MAX_SNAPSHOTS = 10_000
MAX_BYTES = 32 << 20
SNAPSHOT_OVERHEAD_BYTES = 500
"""A snapshot without its state, its key and its place among the others."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The state after a stream's commits up to one of them. first and commit: its first version, its id."""

    first: int
    commit: str
    state: Any

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return SNAPSHOT_OVERHEAD_BYTES + size_of(self.state)


class Snapshots:
    """The ones used last, by stream. Safe to share between threads: states that are kept are never changed."""

    def __init__(self, most: int = MAX_SNAPSHOTS, most_bytes: int = MAX_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, tuple[Snapshot, int]] = OrderedDict()
        self.bytes_held = 0
        self._lock = Lock()

    def find(self, stream: str) -> Snapshot | None:
        with self._lock:
            if stream not in self._kept:
                return None
            self._kept.move_to_end(stream)
            return self._kept[stream][0]

    def keep(self, stream: str, snapshot: Snapshot) -> None:
        """In place of an older one; the newer of two that threads have made at once stays."""
        size = snapshot.size
        with self._lock:
            before = self._kept.get(stream)
            if before is not None and before[0].first > snapshot.first:
                return
            self._forget(stream)
            self._kept[stream] = (snapshot, size)
            self.bytes_held += size
            while len(self._kept) > self._most or self.bytes_held > self._most_bytes:
                self._forget(next(iter(self._kept)))

    def drop(self, stream: str, snapshot: Snapshot) -> None:
        """Takes away this one, which doesn't belong to the store, and no other that came since."""
        with self._lock:
            if stream in self._kept and self._kept[stream][0] is snapshot:
                self._forget(stream)

    def _forget(self, stream: str) -> None:
        if stream in self._kept:
            self.bytes_held -= self._kept.pop(stream)[1]


def size_of(value: Any) -> int:
    """Bytes that a state and what it holds take, about. What several hold is counted for each."""
    size = sys.getsizeof(value)
    if isinstance(value, msgspec.Struct):
        return size + sum(size_of(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, Mapping):
        return size + sum(size_of(key) + size_of(each) for key, each in value.items())
    if isinstance(value, tuple | frozenset):
        return size + sum(map(size_of, value))
    return size
