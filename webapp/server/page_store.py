"""Cached pages in memory, bounded in bytes, least recently used first out.

In two segments: a page is on probation until it is asked for a second time, and those on probation have a quarter of
the room. So a flood of addresses that nobody asks for twice pushes out nothing but itself.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from .cached_page import CachedPage

MAX_BYTES = 32 << 20
PROBATION_SHARE = 4
"""Pages asked for once have the fourth part of the room."""


class PageStore:
    """Key → page. Thread-safe."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._probation = _Segment(max_bytes // PROBATION_SHARE)
        self._protected = _Segment(max_bytes - max_bytes // PROBATION_SHARE)

    @property
    def size_bytes(self) -> int:
        return self._probation.size_bytes + self._protected.size_bytes

    def __len__(self) -> int:
        return len(self._probation) + len(self._protected)

    def get(self, key: Hashable) -> CachedPage | None:
        with self._lock:
            if (page := self._protected.get(key)) is None and (page := self._probation.pop(key)) is not None:
                self._protected.put(key, page)
            return page

    def put(self, key: Hashable, page: CachedPage) -> None:
        """Also again, when a page has grown. One that is larger than its segment isn't kept."""
        with self._lock:
            segment = self._protected if key in self._protected else self._probation
            segment.put(key, page)

    def clear(self) -> None:
        with self._lock:
            self._probation.clear()
            self._protected.clear()

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._probation.pop(key)
            self._protected.pop(key)


class _Segment:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pages: OrderedDict[Hashable, tuple[CachedPage, int]] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._pages)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._pages

    def get(self, key: Hashable) -> CachedPage | None:
        if key not in self._pages:
            return None
        self._pages.move_to_end(key)
        return self._pages[key][0]

    def put(self, key: Hashable, page: CachedPage) -> None:
        self.pop(key)
        self._pages[key] = page, page.size_bytes
        self.size_bytes += self._pages[key][1]
        while self.size_bytes > self._max_bytes:
            self.size_bytes -= self._pages.popitem(last=False)[1][1]

    def clear(self) -> None:
        self._pages.clear()
        self.size_bytes = 0

    def pop(self, key: Hashable) -> CachedPage | None:
        page, size = self._pages.pop(key, (None, 0))
        self.size_bytes -= size
        return page
