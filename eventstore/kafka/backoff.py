"""A log that can't be read: told once when it goes and once when it is back, and asked ever more rarely meanwhile."""

import time
from collections.abc import Callable

import structlog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
QUIET_S = 5.0
"""Without a message, so long without a failure means that it is back: one look that finds nothing proves nothing."""

log = structlog.get_logger("log")


class Away:
    """For whoever looks again and again, in one thread."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._since: float | None = None
        self._failed = 0.0
        self._pause = FIRST_PAUSE_S

    def failed(self, error: Exception) -> None:
        """Waits before the next look."""
        if self._since is None:
            self._since = self._clock()
            log.warning("the log is away, trying again", error=str(error))
        self._sleep(self._pause)
        self._failed = self._clock()
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    def went_well(self, something: bool) -> None:
        """A look that didn't fail, and whether it found something."""
        if self._since is None or not (something or self._clock() - self._failed >= QUIET_S):
            return
        log.info("the log is back", away_s=round(self._failed - self._since, 1))
        self._since, self._pause = None, FIRST_PAUSE_S
