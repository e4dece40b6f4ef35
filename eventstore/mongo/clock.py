"""The time of the MongoDB server, so that commits are ordered by one clock and by no host's own."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from pymongo.errors import PyMongoError

MEASURE_INTERVAL_S = 30.0
"""How long this process's monotonic clock is trusted to go at the server's pace."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ServerClock:
    """Nanoseconds since 1970 by the server's clock. Safe to share between threads.

    ask: gives what the server says its time is (`localTime`), to the millisecond. Between two questions time goes on by
    this process's monotonic clock, so nobody who sets a host's clock moves it.
    """

    def __init__(self, ask: Callable[[], datetime], monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._ask = ask
        self._monotonic_ns = monotonic_ns
        self._lock = Lock()
        self._offset: int | None = None
        self._measured = 0
        self._last_stamp = 0

    def now(self) -> int:
        """Raises PyMongoError at the first call alone; where the server is away later, the last measurement serves."""
        asked = self._monotonic_ns()
        with self._lock:
            offset = self._offset
            due = offset is None or asked - self._measured > MEASURE_INTERVAL_S * 1e9
            if due:
                self._measured = asked
        if due:
            offset = self._measure(offset)
        return self._monotonic_ns() + (offset or 0)

    def stamp(self) -> int:
        """Like now, and higher than any stamp of this process before."""
        now = self.now()
        with self._lock:
            self._last_stamp = max(now, self._last_stamp + 1)
            return self._last_stamp

    def _measure(self, known: int | None) -> int:
        sent = self._monotonic_ns()
        try:
            said = self._ask()
        except PyMongoError:
            if known is None:
                raise
            return known
        middle = (sent + self._monotonic_ns()) // 2
        offset = int((said.replace(tzinfo=UTC) - _EPOCH).total_seconds() * 1e9) - middle
        with self._lock:
            self._offset = offset
        return offset
