"""Time that a busy machine doesn't stretch: processor time in a unit that grows with it, and the least of several."""

import gc
import time
from collections.abc import Callable

STEPS = 200_000
"""Of the loop that is the unit: about 10 ms on a quiet machine."""
LOOPS = 10


def cost(call: Callable[[], object]) -> float:
    """How often a plain loop could have run in this thread meanwhile; 100 are about a second on a quiet machine.

    Once only: much that is measured remembers its answers.
    """
    before = _loop_s()
    gc.freeze()  # what other tests have left isn't the call's to look through
    try:
        spent = _seconds(call)
    finally:
        gc.unfreeze()
    return spent / max(before, _loop_s())


def least_seconds(call: Callable[[], object], limit: float, times: int = 5) -> float:
    """The least wall time of some calls, until one stays below the limit: whoever else is busy only adds to it."""
    least = float("inf")
    for _ in range(times):
        start = time.monotonic()
        call()
        least = min(least, time.monotonic() - start)
        if least < limit:
            break
    return least


def _loop_s() -> float:
    """On average, since neighbours on the processor slow the call down on average too."""
    return _seconds(lambda: [_loop() for _ in range(LOOPS)]) / LOOPS


def _loop() -> int:
    total = 0
    for number in range(STEPS):
        total += number
    return total


def _seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
