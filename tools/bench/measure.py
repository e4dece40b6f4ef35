"""Ratios that hold on a busy machine: ours and the floor are run alternately, and each turn gives one ratio."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

Item = TypeVar("Item")
Timed = Callable[[], float]
"""Does one turn's work and gives the seconds that its measured part took."""
Shown = Callable[[float], str]
"""Says a turn's seconds as a figure with its unit."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. ours and floor are figures with their unit; value is what the target is about.

    ok is None where there is no target. What was measured stands in the docstring of the suite's module.
    """

    name: str
    ours: str
    floor: str = ""
    value: str
    target: str = ""
    ok: bool | None = None


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds of each turn, in the order in which they were taken."""

    ours: list[float]
    floor: list[float]

    @property
    def speed_ratios(self) -> list[float]:
        """Our speed as a part of the floor's, a turn each: 1 is as fast, 0.5 half as fast."""
        return [floor / ours for ours, floor in zip(self.ours, self.floor, strict=True)]


Suite = Callable[[Path, int | None], Iterable[Row]]
"""suite(folder, size) measures in a scratch folder; size None means the suite's own."""


def timed(
    work: Callable[[Item], object], items: Callable[[], Iterable[Item]], clock: Callable[[], float] = time.perf_counter
) -> Timed:
    """Turns of that work on fresh items, which are made before the time counts."""

    def turn() -> float:
        made = list(items())
        with stopwatch(clock) as seconds:
            for item in made:
                work(item)
        return seconds[0]

    return turn


def alternate(ours: Timed, floor: Timed, turns: int) -> Samples:
    """Runs both so many times; each goes first in every other turn."""
    seconds: dict[Timed, list[float]] = {ours: [], floor: []}
    for turn in range(turns):
        for timed in (ours, floor) if turn % 2 else (floor, ours):
            seconds[timed].append(timed())
    return Samples(ours=seconds[ours], floor=seconds[floor])


def speed_row(name: str, samples: Samples, shown: Shown, least: float) -> Row:
    """Compares two speeds. least: the part of the floor's that ours must reach."""
    return Row(
        name=name,
        ours=shown(statistics.median(samples.ours)),
        floor=shown(statistics.median(samples.floor)),
        value=_with_range(samples.speed_ratios),
        target=f"≥ {least:g}",
        ok=statistics.median(samples.speed_ratios) >= least,
    )


def ratio_row(name: str, samples: Samples, shown: Shown) -> Row:
    """Two speeds side by side, without a target."""
    return Row(
        name=name,
        ours=shown(statistics.median(samples.ours)),
        floor=shown(statistics.median(samples.floor)),
        value=_with_range(samples.speed_ratios),
    )


def cost_row(name: str, samples: Samples, shown: Shown, most: float) -> Row:
    """Compares two times. most: how many times the floor's ours may take."""
    costs = [1 / ratio for ratio in samples.speed_ratios]
    return Row(
        name=name,
        ours=shown(statistics.median(samples.ours)),
        floor=shown(statistics.median(samples.floor)),
        value=f"× {_with_range(costs)}",
        target=f"≤ × {most:g}",
        ok=statistics.median(costs) <= most,
    )


def per_call(calls: int) -> Shown:
    """The time of one call, where each turn does so many."""
    return lambda seconds: f"{1e6 * seconds / calls:,.0f} µs"


def per_second(count: int, unit: str) -> Shown:
    """How many a second, where each turn does so many."""
    return lambda seconds: f"{count / seconds:,.0f} {unit}/s"


def _with_range(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


@contextmanager
def stopwatch(clock: Callable[[], float] = time.perf_counter) -> Iterator[list[float]]:
    """Appends the seconds that the block took, by this clock, to the list that it gives."""
    taken: list[float] = []
    began = clock()
    yield taken
    taken.append(clock() - began)


def percentile(values: list[float], hundredth: int) -> float:
    """The smallest of the values that so many hundredths of them don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * hundredth // 100) - 1))]


def latency(seconds: list[float]) -> str:
    return f"p50 {percentile(seconds, 50) * 1000:.1f} ms, p99 {percentile(seconds, 99) * 1000:.1f} ms"


def error_count(errors: list[str]) -> str:
    """How many there were, and what the first kinds of them say."""
    return "; ".join([f"{len(errors)} errors", *sorted(set(errors))[:3]])
