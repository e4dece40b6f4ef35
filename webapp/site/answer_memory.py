"""Answers of the read model that are everybody's, remembered for a moment: what many look at is read once.

docs/decisions/0077-answers-are-remembered-while-nothing-changes.md says why what is remembered is true.
"""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from cachetools import TTLCache

MAX_BYTES = 16 << 20
"""Of the answers, encoded; as objects they take about three times as much."""
MAX_AGE_S = 1.0
"""A repaired row changes answers without raising the change token of SQL Server."""
OVERHEAD_BYTES = 512
"""What an entry holds beside its answer. Estimated generously."""

Answer = TypeVar("Answer")


class AnswerMemory:
    """Key → answer, the least recently used out first. Thread-safe. A key holds the change token it is true for."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._lock = threading.Lock()
        self._answers: TTLCache[Hashable, Any] = TTLCache(max_bytes, MAX_AGE_S, getsizeof=_size_bytes)

    @property
    def size_bytes(self) -> int:
        return int(self._answers.currsize)

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer under this key, made where it isn't there. Nobody may change it: others get the same object."""
        with self._lock:
            found = self._answers.get(key, _MISSING)
        if found is not _MISSING:
            return found  # type: ignore[no-any-return]
        answer = make()
        with self._lock, suppress(ValueError):  # larger than all of it
            self._answers[key] = answer
        return answer


_MISSING = object()


def _size_bytes(answer: object) -> int:
    return OVERHEAD_BYTES + len(msgspec.msgpack.encode(answer))
