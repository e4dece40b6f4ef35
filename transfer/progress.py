"""Progress of a long transfer: its reports, its end by Ctrl-C between two batches, and its summary."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from types import FrameType
from typing import Protocol

import msgspec


class Progress(Protocol):
    """A callback that reports how many are done, and of how many: an estimate, 0 where there is none yet."""

    def __call__(self, done: int, total: int, /) -> None: ...


class Summary(Protocol):
    """The outcome of an import."""

    @property
    def failed(self) -> bool:
        """Whether something of the file is wrong, or still to be imported."""

    def text(self) -> str:
        """What happened, in a few lines for people, with how to go on."""


class BadRow(Exception):
    """The row can't be sent as a command; the message is the cause."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a file of another site is read.

    zone      of dates that name none
    encoding  what CSV is in, as Python calls it; "" to detect it
    author    whose it is, where the file doesn't say
    strict    whether one rejected row makes the import fail
    now       what is later can't have been yet
    """

    zone: tzinfo | None = None
    encoding: str = ""
    author: str = ""
    strict: bool = False
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


Stopped = Callable[[], bool]


def no_progress(done: int, total: int, /) -> None:
    """Reports no progress."""


def never_stopped() -> bool:
    """Never stops."""
    return False


def estimated(done: int, share: float) -> int:
    """The estimated total, when so many were in this share of the file."""
    return round(done / share) if share > 0 else 0


@contextmanager
def interruptible() -> Iterator[Stopped]:
    """Within the block, the first Ctrl-C asks to stop after the current batch, and a second one stops at once."""
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
