"""`python -m tools.drill.run_round ROUND …`: one round with its check, in a process whose environment is the site's.

Settings are read once a process, so each round has one of its own; `bin/drill` starts it.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
from kafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

import bootstrap
from domain import account, ids
from domain.bus import operator
from readmodel.engine import progress
from readmodel.generations.generations import Generations

from . import ledger
from .browser import Browser
from .catch_up import all_commits, wait_until_caught_up
from .checker import check
from .dropped_responses import DropResponse, start_proxies
from .erased_texts import found_in_documents, found_in_files, phrases
from .faults import FaultContext
from .known_posts import KnownPosts
from .processes import Supervisor, wait_until_served
from .reader import Reader
from .rounds import ROUNDS, Round
from .servers import ServersUnavailable
from .topic_faults import DeleteTopic
from .verdict import Outcome
from .volumes import CannotMount, mounted
from .writer import Writer

LOOK_INTERVAL_S = 0.05


class GenerationMonitor(threading.Thread):
    """Looks at the live generation all the time: it must be there, and the projector's offsets in it may only rise.

    A new topic begins at offset 0, which may.
    """

    def __init__(self, generations: Generations, recreates_topic: bool) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.offset_regressions: list[str] = []
        self.generations_lost: list[str] = []
        self._generations = generations
        self._recreates_topic = recreates_topic

    def run(self) -> None:
        before: dict[tuple[int, int], tuple[int, int]] = {}
        while not self.stopping.wait(LOOK_INTERVAL_S):
            live = self._generations.live()
            try:
                with live.read() as connection:
                    offsets = progress.offsets(connection)
            except SQLAlchemyError as error:
                # It may have been dropped since it was looked up, as one that isn't live any more.
                if self._generations.live().number == live.number:
                    self.generations_lost.append(f"generation {live.number} is live and can't be read: {error}")
                continue
            now = {(live.number, partition): offset for partition, offset in offsets.items()}
            self.offset_regressions += [
                f"generation {key[0]}, partition {key[1]} went back from {before[key]} to {offset}"
                for key, offset in now.items()
                if key in before and self._is_regression(before[key], offset)
            ]
            before |= now

    def _is_regression(self, before: tuple[int, int], now: tuple[int, int]) -> bool:
        return now[1] < before[1] or (now[0] < before[0] and not self._recreates_topic)


class People:
    """All writers and readers of a round, and what they know of."""

    def __init__(self, played: Round, count: int, port: int, folder: Path, rng: random.Random) -> None:
        known = KnownPosts()
        self._played = played
        self.writers = [
            Writer(
                name, Browser(port), known, ledger.Ledger(folder / f"{name}.jsonl"), played.habits,
                random.Random(rng.random()), played.patience_s,
            )
            for name in [f"writer-{number}" for number in range(1, count + 1)]
        ]  # fmt: skip
        self.readers = [Reader(port, known, random.Random(rng.random())) for _ in range(played.readers)]

    def start(self, context: FaultContext) -> None:
        for writer in self.writers:
            writer.start()
        for writer in self.writers:
            writer.ready.wait()
            if self._played.habits.erases:
                bus = bootstrap.command_bus(context.store)
                bus.send(account.GrantRole(handle=writer.name, role="admin"), operator(ids.now()))
        for reader in self.readers:
            reader.start()

    def stop(self) -> None:
        people: list[Writer | Reader] = [*self.writers, *self.readers]
        for person in people:
            person.stopping.set()
        for person in people:
            person.join(self._played.patience_s * 3)


def run(played: Round, asked: argparse.Namespace, rng: random.Random) -> Outcome:
    """Runs a round to its end and checks the site. The folder gets logs and ledgers."""
    context = _context(played, asked, rng)
    monitor = GenerationMonitor(context.generations, any(isinstance(one, DeleteTopic) for one in played.faults))
    port = bootstrap.settings().port
    people = People(played, asked.writers, port, asked.folder, rng)
    context.supervisor.start()
    try:
        wait_until_served(port, played.patience_s)
        monitor.start()
        people.start(context)
        faults_injected = inject_faults(played, context, time.monotonic() + asked.seconds)
        for fault in played.faults:
            fault.undo(context)
        people.stop()
        monitor.stopping.set()
        monitor.join()
        ledgers = ledger.read(asked.folder)
        behind = wait_until_caught_up(ledgers, context.store, context.generations, played.patience_s)
    finally:
        unclean_exits = context.supervisor.stop()
    others = {*context.moderated, *(one.account for one in context.leavers)}
    verdict = check(ledgers, context.store, context.generations, others)
    violations = verdict.violations
    violations["broken"] += monitor.offset_regressions + context.failures
    violations["generations_lost"] += monitor.generations_lost
    violations["stale_reads"] += [sentence for reader in people.readers for sentence in reader.stale_reads]
    violations["stuck"] += [*behind, *(f"{name} didn't end as it should when asked to" for name in unclean_exits)]
    violations["erased_found"] += _erased_found(context, ledgers)
    return Outcome(verdict=verdict, faults=dict(context.injected), faults_injected=faults_injected)


def _context(played: Round, asked: argparse.Namespace, rng: random.Random) -> FaultContext:
    generations = bootstrap.generations()
    generations.migrate()
    drops_responses = any(isinstance(one, DropResponse) for one in played.faults)
    environment, proxies = start_proxies() if drops_responses else ({}, {})
    return FaultContext(
        supervisor=Supervisor(played.processes, asked.folder, environment),
        store=bootstrap.event_store(),
        generations=generations,
        data_dir=bootstrap.settings().data_dir,
        volumes={name: asked.folder / name for name in played.volumes},
        rng=rng,
        injected=Counter(),
        failures=[],
        outage_s=asked.away,
        proxies=proxies,
    )


def _erased_found(context: FaultContext, ledgers: ledger.Ledgers) -> list[str]:
    """Looks through files when nothing is open any more: what SQLite's own logs hold counts as well."""
    erased = [*phrases(ledgers, all_commits(context.store)), *(one.phrase for one in context.leavers)]
    in_documents = list(found_in_documents(context.store, erased))
    context.store.close()
    context.generations.close()
    return [*in_documents, *found_in_files(context.data_dir, erased)]


def inject_faults(played: Round, context: FaultContext, until: float) -> int:
    """All faults of a round again and again until the time is over; each must take effect the first time.

    Gives how often one took effect.
    """
    injected, first = 0, True
    while first or time.monotonic() < until:
        for fault in played.faults if played.in_turn else context.rng.sample(played.faults, len(played.faults)):
            if first or time.monotonic() < until:
                time.sleep(context.rng.uniform(*played.pauses_s))
                before = context.injected.total()
                try:
                    fault.inject(context)
                except (KafkaError, ServersUnavailable) as error:
                    context.failures.append(f"{fault.label}: {error!r}")
                injected += (took_effect := context.injected.total() > before)
                if first and not took_effect:
                    context.failures.append(f"{fault.label} had no effect")
        first = False
    return injected


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.drill.run_round")
    parser.add_argument("round", choices=ROUNDS)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--away", type=float, required=True)
    parser.add_argument("--writers", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    played, rng = ROUNDS[asked.round], random.Random(f"{asked.seed} {asked.round}")
    try:
        with mounted(asked.folder, played.volumes):
            outcome = run(played, asked, rng)
    except CannotMount as reason:
        rest = played.without_volumes()
        outcome = run(rest, asked, rng) if rest.faults else Outcome()
        outcome.skipped = f"no disk was filled, which needs a small file system of its own ({reason})"
    (asked.folder / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
