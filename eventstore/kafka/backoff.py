"""Backoff while the log can't be read: one log line at failure and one at recovery, growing delays."""

import time
from collections.abc import Callable

import structlog

MIN_DELAY_S, MAX_DELAY_S = 0.1, 1.0
RECOVERY_CONFIRMATION_S = 5.0
"""Without a message, so long without a failure counts as recovered: one empty poll proves nothing."""

log = structlog.get_logger("log")


class Backoff:
    """For one polling thread."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._since: float | None = None
        self._failed = 0.0
        self._pause = MIN_DELAY_S

    def record_failure(self, error: Exception) -> None:
        """Waits before the next poll."""
        if self._since is None:
            self._since = self._clock()
            log.warning("log: unavailable, retrying", error=str(error))
        self._sleep(self._pause)
        self._failed = self._clock()
        self._pause = min(2 * self._pause, MAX_DELAY_S)

    def record_success(self, something: bool) -> None:
        """After a poll that didn't fail. something: whether it found a message."""
        if self._since is None or not (something or self._clock() - self._failed >= RECOVERY_CONFIRMATION_S):
            return
        log.info("log: available again", away_s=round(self._failed - self._since, 1))
        self._since, self._pause = None, MIN_DELAY_S
