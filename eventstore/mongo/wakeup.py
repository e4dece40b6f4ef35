"""Waits for the next commit: woken by the server's change stream where it has them, else by polling.

A stream is opened before the last look that finds nothing, and closed by the first change: what came between look and
stream wakes too, and no changes pile up that were numbered long ago.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from pymongo.errors import OperationFailure, PyMongoError

CHANGE_STREAM_WAIT_MS = 1_000
"""How long the server holds a look at the stream back where nothing changes."""
INSERTED = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]

log = structlog.get_logger("relay")


class CommitWakeup:
    """For one thread. watch: a collection's."""

    def __init__(self, watch: Callable[..., Any]) -> None:
        self._watch = watch
        self._stream: Any = None
        self._insert = False

    def wait(self, seconds: float) -> None:
        """Until there may be something new: so many seconds, or until a change where the server tells of them.

        The first call after a change, or after close, comes back at once: look once more before the next.
        """
        if self._insert:
            time.sleep(seconds)
            return
        try:
            if self._stream is None:
                self._stream = self._watch(INSERTED, max_await_time_ms=CHANGE_STREAM_WAIT_MS)
            elif self._stream.try_next() is not None:
                self.close()
        except PyMongoError as error:
            self._insert = self._stream is None and isinstance(error, OperationFailure)
            log.debug("relay: no change stream, polling instead", error=str(error), for_good=self._insert)
            self.close()
            time.sleep(seconds)

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(PyMongoError):
                stream.close()
