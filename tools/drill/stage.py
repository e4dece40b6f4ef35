"""`python -m tools.drill.stage ROUND …`: one round, played and judged, in a process whose environment is the site's.

A round has a process of its own because settings are read once a process. tools/drill/__main__.py starts it.
"""

import argparse
import random
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import msgspec
from sqlalchemy.exc import SQLAlchemyError

import bootstrap
from domain import account, ids
from domain.bus import operator
from readmodel.engine import progress
from readmodel.generations.generations import Generations

from . import ledger
from .assignment import assign
from .board import Board
from .cuts import wired
from .erased import found_in_documents, found_in_files, phrases
from .faults import Scene
from .judge import judge
from .processes import Keeper
from .reader import Reader
from .round import Round
from .rounds import ROUNDS
from .verdict import Outcome
from .waiting import all_commits, wait_until_shown
from .writer import Writer

STORE_POLL_INTERVAL_S = 0.05


class Watch(threading.Thread):
    """Looks at the live generation all the time: it is there, and the projector's offsets in it may only rise.

    A new topic begins at offset 0, which may.
    """

    def __init__(self, generations: Generations, new_topics: bool) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.fallen: list[str] = []
        self.generations_lost: list[str] = []
        self._generations = generations
        self._new_topics = new_topics

    def run(self) -> None:
        before: dict[tuple[int, int], tuple[int, int]] = {}
        while not self.over.wait(STORE_POLL_INTERVAL_S):
            live = self._generations.live()
            try:
                with live.read() as connection:
                    found = progress.offsets(connection)
            except SQLAlchemyError as error:
                # It may have been dropped since it was looked up, as one that isn't live any more.
                if self._generations.live().number == live.number:
                    self.generations_lost.append(f"generation {live.number} is live and can't be read: {error}")
                continue
            now = {(live.number, partition): at for partition, at in found.items()}
            self.fallen += [
                f"generation {place[0]}, partition {place[1]} went back from {before[place]} to {at}"
                for place, at in now.items()
                if place in before and self._fell(before[place], at)
            ]
            before |= now

    def _fell(self, before: tuple[int, int], now: tuple[int, int]) -> bool:
        return now[1] < before[1] or (now[0] < before[0] and not self._new_topics)


def play(
    played: Round,
    *,
    seconds: float,
    away_s: float,
    writers: int,
    dice: random.Random,
    folder: Path,
    places: dict[str, Path],
) -> Outcome:
    """Runs a round to its end and judges it. folder gets logs and ledgers."""
    settings = bootstrap.settings()
    generations = bootstrap.generations()
    generations.migrate()
    store = bootstrap.event_store()
    environment, wires = wired() if played.wires else ({}, {})
    keeper = Keeper(played.processes, folder, environment)
    where = {"data": settings.data_dir, **places}
    scene = Scene(keeper, store, generations, where, dice, Counter(), [], away_s, wires)
    _deal(played, scene)
    keeper.start()
    try:
        _wait_until_served(settings.port, played.patience_s)
        board = Board()
        people = _people(played, writers, settings.port, folder, dice, board)
        readers = [Reader(settings.port, board, random.Random(dice.random()), {}) for _ in range(played.readers)]
        blows, watch = _harm(played, scene, people, readers, seconds)
        shown = wait_until_shown(ledger.read(folder), store, generations, played.patience_s)
    finally:
        ill = keeper.stop()
    verdict = judge(ledger.read(folder), store, generations)
    verdict.broken += watch.fallen + scene.failed
    verdict.generations_lost += watch.generations_lost
    verdict.went_backwards += [sentence for reader in readers for sentence in reader.went_backwards]
    verdict.stuck += [f"{name} didn't end when asked to" for name in ill]
    verdict.stuck += [] if shown else [f"the read model hadn't caught up after {played.patience_s:g} s"]
    wanted = phrases(ledger.read(folder), all_commits(store))
    verdict.erased_found += found_in_documents(store, wanted)
    store.close()
    generations.close()
    verdict.erased_found += found_in_files(settings.data_dir, wanted)
    return Outcome(verdict=verdict, done=dict(scene.done), blows=blows)


def _deal(played: Round, scene: Scene) -> None:
    """The first assignment of partitions, for the rounds whose projectors ask for one."""
    members = [one.environment["DRILL_MEMBER"] for one in played.processes if "DRILL_MEMBER" in one.environment]
    if members:
        assign(scene.places["data"], members, scene.dice)


def _wait_until_served(port: int, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/register", timeout=5.0):
                return
        except OSError as error:
            if time.monotonic() > until:
                raise TimeoutError(f"the site doesn't serve within {patience_s:g} s: {error}") from error
        time.sleep(STORE_POLL_INTERVAL_S)


def _people(played: Round, count: int, port: int, folder: Path, dice: random.Random, board: Board) -> list[Writer]:
    return [
        Writer(
            f"writer-{number}",
            port,
            board=board,
            ledger=ledger.Ledger(folder / f"writer-{number}.jsonl"),
            habits=played.habits,
            dice=random.Random(dice.random()),
            patience_s=played.patience_s,
        )
        for number in range(1, count + 1)
    ]


def _harm(
    played: Round, scene: Scene, people: list[Writer], readers: list[Reader], seconds: float
) -> tuple[int, Watch]:
    """People write and read while faults strike. Gives how often one did, and what the watch saw."""
    watch = Watch(scene.generations, played.new_topics)
    watch.start()
    for person in people:
        person.start()
    for person in people:
        person.ready.wait()
        if played.habits.erases:
            bus = bootstrap.command_bus(scene.store)
            bus.send(account.GrantRole(handle=person.name, role="admin"), operator(ids.now()))
    for reader in readers:
        reader.start()
    blows = strike(played, scene, time.monotonic() + seconds)
    for fault in played.faults:
        fault.heal(scene)
    for person in people:
        person.over.set()
    for person in people:
        person.join(played.patience_s * 3)
    looking: list[Watch | Reader] = [watch, *readers]
    for one in looking:
        one.over.set()
        one.join()
    return blows, watch


def strike(played: Round, scene: Scene, until: float) -> int:
    """Turn after turn until the time is over; the first turn is played to its end, and each fault must strike in it.

    Gives how often one did.
    """
    blows, first = 0, True
    while first or time.monotonic() < until:
        for fault in played.faults if played.in_turn else scene.dice.sample(played.faults, len(played.faults)):
            if first or time.monotonic() < until:
                time.sleep(scene.dice.uniform(*played.pauses))
                before = scene.done.total()
                fault.strike(scene)
                blows += (harm := scene.done.total() > before)
                if first and not harm:
                    scene.failed.append(f"{fault} did no harm")
        first = False
    return blows


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.drill.stage")
    parser.add_argument("round", choices=ROUNDS)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--away", type=float, required=True)
    parser.add_argument("--writers", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--place", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--unmounted", action="store_true", help="places are plain folders: no disk is filled")
    asked = parser.parse_args()
    outcome = play(
        ROUNDS[asked.round].unmounted() if asked.unmounted else ROUNDS[asked.round],
        seconds=asked.seconds,
        away_s=asked.away,
        writers=asked.writers,
        dice=random.Random(f"{asked.seed} {asked.round}"),
        folder=asked.folder,
        places={name: Path(place) for name, _, place in (one.partition("=") for one in asked.place)},
    )
    (asked.folder / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
