"""How often something happened in its window of time, counted by all worker processes of one machine together.

A file of fixed size that each maps into its memory: no server, no lock between processes, nothing that grows.
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

PLACES = 65_536
"""Things counted at a time. When a neighbourhood is full, what was counted least is forgotten."""
NEIGHBOURS = 8
_NAME = struct.Struct("<Q")
_PLACE = struct.Struct("<QII")
_NEIGHBOURHOOD = struct.Struct("<" + "QII" * NEIGHBOURS)


class Limit(msgspec.Struct, frozen=True):
    """So many in a window of so many seconds, which begins with the first."""

    amount: int
    seconds: int


class Window(msgspec.Struct, frozen=True):
    """What is left of a limit, and in how many seconds it is whole again. over: this one was too much."""

    limit: int
    remaining: int
    reset_s: int
    over: bool


class Counts:
    """path None: counted by this process alone. secret keeps others from choosing keys that meet in one place."""

    def __init__(self, path: Path | None, secret: str) -> None:
        self._key = hashlib.sha256(b"counts\0" + secret.encode()).digest()
        self._lock = threading.Lock()
        self._memory = _mapped(path)

    def hit(self, limit: Limit, who: str) -> Window:
        """Counts one more for whoever this is, and says how they stand."""
        digest = hashlib.blake2b(who.encode(errors="replace"), digest_size=8, key=self._key).digest()
        name = _NAME.unpack(digest)[0] or 1
        now = int(time.time())
        with self._lock:
            at, ends, count = self._place(name, now)
            if not count:
                ends = now + limit.seconds
            _PLACE.pack_into(self._memory, at, name, ends, min(count + 1, 2**32 - 1))
        return Window(limit.amount, max(0, limit.amount - count - 1), max(1, ends - now), count >= limit.amount)

    def look(self, limit: Limit, who: str) -> Window:
        """How they stand, without counting."""
        digest = hashlib.blake2b(who.encode(errors="replace"), digest_size=8, key=self._key).digest()
        now = int(time.time())
        with self._lock:
            _, ends, count = self._place(_NAME.unpack(digest)[0] or 1, now)
        return Window(limit.amount, max(0, limit.amount - count), max(1, ends - now), count > limit.amount)

    def _place(self, name: int, now: int) -> tuple[int, int, int]:
        """Where it is counted, until when, and what it came to; a count of 0 where its window begins now."""
        start = name % (PLACES // NEIGHBOURS) * _NEIGHBOURHOOD.size
        found = _NEIGHBOURHOOD.unpack_from(self._memory, start)
        names = found[::3]
        if name in names:
            nth = names.index(name)
            ends, count = found[nth * 3 + 1], found[nth * 3 + 2]
            return start + nth * _PLACE.size, ends, count if ends > now else 0
        weights = [count if ends > now else -1 for ends, count in zip(found[1::3], found[2::3], strict=True)]
        return start + weights.index(min(weights)) * _PLACE.size, 0, 0


def _mapped(path: Path | None) -> mmap.mmap:
    size = PLACES * _PLACE.size
    if path is None:
        return mmap.mmap(-1, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)
