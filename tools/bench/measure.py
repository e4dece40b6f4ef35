"""Ratios that mean something on a busy machine: ours and the floor take turns, and each turn gives one ratio."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

Timed = Callable[[], float]
"""Does one turn's work and gives the seconds that the measured part of it took."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. ours and floor are figures with their unit; value is what the target is about.

    ok is None where there is no target. how says what was measured, for somebody who wants to repeat it.
    """

    what: str
    ours: str
    floor: str = ""
    value: str
    target: str = ""
    ok: bool | None = None
    how: str


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds of each turn, in the order they were taken."""

    ours: list[float]
    floor: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours as a part of the floor's speed, a turn each: 1 is as fast, 0.5 half as fast."""
        return [floor / ours for ours, floor in zip(self.ours, self.floor, strict=True)]


Suite = Callable[[Path, int | None], Iterable[Row]]
"""suite(folder, size): measures in a scratch folder; size None is the suite's own."""


def in_turns(ours: Timed, floor: Timed, turns: int) -> Turns:
    """Runs both so many times, each going first in every other turn."""
    seconds: dict[Timed, list[float]] = {ours: [], floor: []}
    for turn in range(turns):
        for timed in (ours, floor) if turn % 2 else (floor, ours):
            seconds[timed].append(timed())
    return Turns(ours=seconds[ours], floor=seconds[floor])


def compared(what: str, turns: Turns, *, units: int, unit: str, how: str, target: float | None = None) -> Row:
    """The row of a rate: units is how many of them one turn makes."""
    ratio = statistics.median(turns.ratios)
    return Row(
        what=what,
        ours=rate(units / statistics.median(turns.ours), unit),
        floor=rate(units / statistics.median(turns.floor), unit),
        value=f"{ratio:.2f} ({min(turns.ratios):.2f}–{max(turns.ratios):.2f})",
        target="" if target is None else f"≥ {target:g}",
        ok=None if target is None else ratio >= target,
        how=f"{how} Median of {len(turns.ratios)} turns (least–most).",
    )


def rate(number: float, unit: str) -> str:
    return f"{number:,.0f} {unit}/s"


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Appends the seconds that the block took to the list that it gives."""
    taken: list[float] = []
    began = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - began)


def percentile(values: list[float], hundredth: int) -> float:
    """The smallest of the values that so many hundredths of them don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * hundredth // 100) - 1))]


def spread(seconds: list[float]) -> str:
    return f"p50 {percentile(seconds, 50) * 1000:.1f} ms, p99 {percentile(seconds, 99) * 1000:.1f} ms"
