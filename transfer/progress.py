"""What a long transfer tells while it runs, how Ctrl-C stops it between two batches, and what it says at its end."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Progress(Protocol):
    """Told from time to time how many are done, and of how many: an estimate, 0 where there is none yet."""

    def __call__(self, done: int, total: int, /) -> None: ...


class Summary(Protocol):
    """The outcome of taking a file in."""

    @property
    def failed(self) -> bool:
        """Whether something of the file is left to take in, or wrong."""

    def text(self) -> str:
        """What happened, in a few lines for people, with how to go on."""


Stopped = Callable[[], bool]


def silent(done: int, total: int, /) -> None:
    """For those who don't want to watch."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


def estimated(done: int, share: float) -> int:
    """How many there will be when so many were in this share of the file."""
    return round(done / share) if share > 0 else 0


@contextmanager
def interruptible() -> Iterator[Stopped]:
    """While open, the first Ctrl-C asks to stop at the next batch, and a second one stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
