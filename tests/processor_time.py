"""Processor time of a call, in a unit that grows with it where a machine is slow or busy."""

import time
from collections.abc import Callable

STEPS = 200_000
"""Of the loop that is the unit: about 10 ms on a quiet machine."""


def cost(call: Callable[[], object]) -> float:
    """How often a plain loop could have run in this thread meanwhile; 100 are about a second on a quiet machine."""
    before = _loop_s()
    spent = _seconds(call)
    return spent / max(before, _loop_s())


def _loop_s() -> float:
    return min(_seconds(_loop) for _ in range(5))


def _loop() -> int:
    total = 0
    for number in range(STEPS):
        total += number
    return total


def _seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
