"""Counters of fixed time windows for rate limits, shared by all worker processes of one machine.

They are a hash table in a file of fixed size that each process maps: no server, no lock between processes, no growth.
docs/decisions/0020-limits-shared-by-a-machine.md says why.
"""

import hashlib
import mmap
import os
import struct
import threading
import time
from pathlib import Path

import msgspec

SLOTS = 65_536
"""Counters at a time. When a bucket is full, its lowest counter is evicted."""
SLOTS_PER_BUCKET = 8
SWEEP_PARTS, SWEEP_INTERVAL_S = 60, 60.0
"""Counters whose window has ended are cleared within this time, a part of the table at once."""
_NAME = struct.Struct("<Q")
_SLOT = struct.Struct("<QII")
_BUCKET = struct.Struct("<" + "QII" * SLOTS_PER_BUCKET)


class Limit(msgspec.Struct, frozen=True):
    """A rate limit: this amount in a window of these seconds, which begins with the first hit."""

    amount: int
    seconds: int


class Window(msgspec.Struct, frozen=True):
    """A client's current window: what remains of so many hits in so many seconds, and in how many seconds it resets.

    over: this hit was too much.
    """

    limit: int
    seconds: int
    remaining: int
    reset_s: int
    over: bool


class Counts:
    """The counters. path None: for this process alone. secret keeps others from choosing keys that share a bucket."""

    def __init__(self, path: Path | None, secret: str) -> None:
        self._key = hashlib.sha256(b"counts\0" + secret.encode()).digest()
        self._lock = threading.Lock()
        self._memory = _mapped(path)

    def hit(self, limit: Limit, who: str) -> Window:
        """Counts one more hit of a client, and returns its window."""
        name, now = self._name(who), int(time.time())
        with self._lock:
            at, ends, count = self._find_slot(name, now)
            if not count:
                ends = now + limit.seconds
            _SLOT.pack_into(self._memory, at, name, ends, min(count + 1, 2**32 - 1))
        return _window(limit, count + 1, ends - now, over=count >= limit.amount)

    def peek(self, limit: Limit, who: str) -> Window:
        """A client's current window, without a hit."""
        now = int(time.time())
        with self._lock:
            _, ends, count = self._find_slot(self._name(who), now)
        return _window(limit, count, ends - now, over=count > limit.amount)

    def sweep(self) -> None:
        """Clears what has ended, in a thread, as long as the process lives: nothing tells who was counted any more."""
        threading.Thread(target=self._sweep, name="counters", daemon=True).start()

    def clear_ended(self) -> None:
        """The whole table at once."""
        for part in range(SWEEP_PARTS):
            self._clear_ended(part)

    def _sweep(self) -> None:
        while True:
            for part in range(SWEEP_PARTS):
                self._clear_ended(part)
                time.sleep(SWEEP_INTERVAL_S / SWEEP_PARTS)

    def _clear_ended(self, part: int) -> None:
        first, last = SLOTS * part // SWEEP_PARTS * _SLOT.size, SLOTS * (part + 1) // SWEEP_PARTS * _SLOT.size
        with self._lock:
            now = int(time.time())
            for nth, (name, ends, _) in enumerate(_SLOT.iter_unpack(self._memory[first:last])):
                if name and ends <= now:
                    _SLOT.pack_into(self._memory, first + nth * _SLOT.size, 0, 0, 0)

    def _name(self, who: str) -> int:
        """A client's number in the table; 0 is a free slot's."""
        digest = hashlib.blake2b(who.encode(errors="replace"), digest_size=8, key=self._key).digest()
        return int(_NAME.unpack(digest)[0]) or 1

    def _find_slot(self, name: int, now: int) -> tuple[int, int, int]:
        """Offset of the slot, end of its window, count; a count of 0 where a window begins now."""
        start = name % (SLOTS // SLOTS_PER_BUCKET) * _BUCKET.size
        found = _BUCKET.unpack_from(self._memory, start)
        names = found[::3]
        if name in names:
            nth = names.index(name)
            ends, count = found[nth * 3 + 1], found[nth * 3 + 2]
            return start + nth * _SLOT.size, ends, count if ends > now else 0
        weights = [count if ends > now else -1 for ends, count in zip(found[1::3], found[2::3], strict=True)]
        return start + weights.index(min(weights)) * _SLOT.size, 0, 0


def _window(limit: Limit, hits: int, left_s: int, *, over: bool) -> Window:
    return Window(limit.amount, limit.seconds, max(0, limit.amount - hits), max(1, left_s), over)


def _mapped(path: Path | None) -> mmap.mmap:
    size = SLOTS * _SLOT.size
    if path is None:
        return mmap.mmap(-1, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)
