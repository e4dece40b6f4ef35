"""What can go wrong, one class each. A new fault is a class with strike and heal, and a line in rounds.py."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from sqlalchemy import select, text

from domain.ports import EventStore
from readmodel.engine.progress import checkpoints
from readmodel.generations.generations import Generations

from .assignment import assign
from .processes import ROOT, Keeper, hurt, python
from .wire import Wire

STORE_POLL_INTERVAL_S, SEARCH_S = 0.01, 0.2
BACK_S = 10.0
TAKEN_OVER_S = 90.0
"""So long a start, and a take-over, may take on a machine that has much else to do."""


class Scene(msgspec.Struct, frozen=True):
    """What faults work on, and what they tell.

    places: name → the folder of a small file system of its own, where a round has one; done: how often what was done;
    failed: a sentence for each thing that should have worked all the same; away_s: how long a server stays away;
    wires: server's name → the wire that the site has to it, where a round has wires.
    """

    keeper: Keeper
    store: EventStore
    generations: Generations
    places: dict[str, Path]
    dice: random.Random
    done: Counter[str]
    failed: list[str]
    away_s: float
    wires: Mapping[str, Wire] = {}


class Fault(Protocol):
    def strike(self, scene: Scene) -> None:
        """Does its harm once, and returns when it is done or left to be healed."""

    def heal(self, scene: Scene) -> None:
        """Takes back what is still wrong at the end of a round."""


class Kill(msgspec.Struct, frozen=True):
    """SIGKILL to one process of a definition: its own, or one of its workers."""

    name: str
    worker: bool = False

    def strike(self, scene: Scene) -> None:
        # After an earlier kill there may be nobody yet.
        within(BACK_S, lambda: bool(self._victims(scene)))
        victims = self._victims(scene)
        if victims and hurt(scene.dice.choice(victims), signal.SIGKILL):
            scene.done[f"killed {self.name}{' worker' if self.worker else ''}"] += 1

    def _victims(self, scene: Scene) -> list[int]:
        main = scene.keeper.main(self.name)
        return scene.keeper.workers(self.name) if self.worker else [main] if main else []

    def heal(self, scene: Scene) -> None:
        """The keeper does."""


class Freeze(msgspec.Struct, frozen=True):
    """SIGSTOP to a process, while another takes its work over; then SIGCONT, and the two meet."""

    name: str
    successor: str
    longest_s: float = 10.0
    together_s: float = 1.0

    def strike(self, scene: Scene) -> None:
        if (frozen := scene.keeper.awaited(self.name)) is None or not hurt(frozen, signal.SIGSTOP):
            return
        before = epoch(scene.generations)
        scene.keeper.want(self.successor)
        if within(self.longest_s, lambda: epoch(scene.generations) > before):
            scene.done["taken over from the frozen"] += 1
        time.sleep(scene.dice.uniform(0.0, 0.3))
        hurt(frozen, signal.SIGCONT)
        scene.done[f"frozen {self.name}"] += 1
        time.sleep(scene.dice.uniform(0.2, self.together_s))
        scene.keeper.dismiss(self.successor)

    def heal(self, scene: Scene) -> None:
        if (pid := scene.keeper.main(self.name)) is not None:
            hurt(pid, signal.SIGCONT)
        scene.keeper.dismiss(self.successor)


class FillDisk(msgspec.Struct, frozen=True):
    """Fills a place to the last byte for a while, and at least until one of some processes says that it is full."""

    place: str
    felt_by: tuple[str, ...] = ()
    longest_s: float = 1.5

    def strike(self, scene: Scene) -> None:
        before = self._told(scene)
        # What SQLite's log of the read model has taken already would hold much more before the full disk shows.
        _empty_log(scene)
        _fill(self._ballast(scene))
        scene.done[f"filled {self.place}"] += 1
        time.sleep(scene.dice.uniform(0.3, self.longest_s))
        if self.felt_by and not within(TAKEN_OVER_S, lambda: self._told(scene) > before, SEARCH_S):
            scene.failed.append(f"{self.place} was full, and none of {', '.join(self.felt_by)} said so")
        self.heal(scene)

    def heal(self, scene: Scene) -> None:
        self._ballast(scene).unlink(missing_ok=True)

    def _told(self, scene: Scene) -> int:
        return sum(scene.keeper.log(name).read_bytes().count(b"disk is full") for name in self.felt_by)

    def _ballast(self, scene: Scene) -> Path:
        return scene.places[self.place] / "ballast"


class Operate(msgspec.Struct, frozen=True):
    """What an operator does meanwhile, `bin/verbatim` with these words. It has to work."""

    words: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        done = subprocess.run(python("cli", *self.words), cwd=ROOT, capture_output=True, text=True, check=False)
        scene.done[" ".join(self.words)] += 1
        if done.returncode:
            scene.failed.append(f"{' '.join(self.words)} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def heal(self, scene: Scene) -> None:
        """Nothing is left behind."""


class Rebalance(msgspec.Struct, frozen=True):
    """Deals the log's partitions out anew among some projectors."""

    members: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        assign(scene.places["data"], self.members, scene.dice)
        scene.done["rebalanced"] += 1

    def heal(self, scene: Scene) -> None:
        assign(scene.places["data"], self.members, scene.dice)


def within(seconds: float, holds: "Holds", look_s: float = STORE_POLL_INTERVAL_S) -> bool:
    until = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(look_s)
    return held


class Holds(Protocol):
    def __call__(self) -> bool: ...


def epoch(generations: Generations) -> int:
    """Rises with every take-over."""
    with generations.connect() as connection:
        return sum(connection.execute(select(checkpoints.c.epoch)).scalars())


def wake(scene: Scene, names: Sequence[str]) -> None:
    """SIGCONT to all of them."""
    for pid in map(scene.keeper.main, names):
        if pid is not None:
            hurt(pid, signal.SIGCONT)


def _empty_log(scene: Scene) -> None:
    with scene.generations.live().read() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _fill(ballast: Path) -> None:
    """Writes until not even a byte fits."""
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    os.write(descriptor, b"\0" * size)
            except OSError:
                continue
    finally:
        os.close(descriptor)
