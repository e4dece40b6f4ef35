"""Steps of carrying out that somebody left: where the next one goes on, and that one can't be done yet."""

from datetime import timedelta
from typing import Any

import msgspec

RETRY_AFTER = timedelta(seconds=10)


class Wait(Exception):
    """The step can't be done now; it is tried again in a while. The message says what it waits for."""

    def __init__(self, reason: str, pause: timedelta = RETRY_AFTER) -> None:
        super().__init__(reason)
        self.pause = pause


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where erasing goes on: in which stage, behind what of it. unreadable: what couldn't be erased, as of Subject."""

    stage: int = 0
    after: list[Any] | None = None
    unreadable: list[str] = []
