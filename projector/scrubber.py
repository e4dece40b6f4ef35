"""Scrubs erased texts from every place that a fold of the log doesn't reach.

The store takes texts out of their documents, and the projector out of the live generation. They are still in SQLite's
write-ahead logs and in pages that were split, in generations that are kept for a way back, in drafts, in takeouts, and
in what receivers of webhooks have answered. See docs/decisions/0036.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import chain
from threading import Event
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain.commit import Commit, sequenced_only
from domain.errors import Damaged, Unavailable, first_line
from domain.ports import EventStore
from operational import drafts, takeouts, webhook_deliveries
from readmodel.engine import progress
from readmodel.generations import scrubbing, store_match
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations
from takeout.ownership import holders_of

from .folding import CommitFolder
from .pending_erasures import Erasure, ErasureIndex

STEP_INTERVAL_S = 2.0
REWRITE_INTERVAL_S = 15.0
"""Between two rewritings of one file: erasures that come one after the other share one."""
NOTE_INTERVAL_POSITIONS = 10_000
"""So many positions without an erasure are noted as looked at, so that the next start needn't read them again."""
MAX_ATTEMPTS = 3
"""So often a kept generation is folded in vain before it is dropped."""
STORE, CONTROL = "store", "control"

log = structlog.get_logger("scrubber")


class ScrubbedStore(EventStore, Protocol):
    def scrub(self) -> bool:
        """Whether what was erased is nowhere in the store any more; False where that has to be tried again."""


class Scrubber:
    """Visits each place that may hold erased texts. Every step is idempotent, also between processes."""

    def __init__(self, generations: Generations, store: ScrubbedStore, folder: CommitFolder) -> None:
        self._generations = generations
        self._store = store
        self._folder = folder
        self._erasures: ErasureIndex | None = None
        self._rewritten: dict[str, tuple[int, float]] = {}
        """Place → the newest erasure that its file was rewritten after, and when that was."""
        self._failures: dict[int, int] = {}

    def run(self, stop: Event) -> None:
        """Until stop is set. Whatever goes wrong here is logged and tried again: the projector doesn't depend on it."""
        while not stop.wait(STEP_INTERVAL_S):
            try:
                self.step(stop)
            except (Unavailable, SQLAlchemyError) as error:
                log.warning("scrubber: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("scrubber: failed")

    def step(self, stop: Event) -> None:
        """Looks for erasures, and goes to every place that may still have what they took."""
        done = scrubbing.positions(self._generations.control)
        self._known(done).read_on(stop)
        live = self._generations.live()
        if self._is_astray(live):
            return
        self._scrub_store(done)
        self._scrub_control(done, live)
        for number in scrubbing.kept(self._generations.control):
            self._scrub_kept(number, done)
        for number in scrubbing.abandoned(self._generations.control):
            if self._due(_name(number), done):
                self._generations.lifecycle.drop(number)
        due = self._due(_name(live.number), done)
        if self._shows(live, due, self._parked(live)):
            self._scrub_file(_name(live.number), live.engine, done, due)

    def finish(self) -> None:
        """At a clean stop, when nothing is projected any more: at once, and the live generation isn't waited for."""
        self._rewritten.clear()
        live = self._generations.live()
        done = scrubbing.positions(self._generations.control)
        self._known(done).read_on(Event())
        if not self._is_astray(live):
            self._bring_forward(live, self._due(_name(live.number), done))
        self.step(Event())

    def _known(self, done: dict[str, int]) -> ErasureIndex:
        if self._erasures is None:
            places = (STORE, CONTROL, *map(_name, scrubbing.existing(self._generations.control)))
            self._erasures = ErasureIndex(self._store, min(done.get(place, 0) for place in places))
        return self._erasures

    def _scrub_store(self, done: dict[str, int]) -> None:
        upto = self._position()
        due = self._due(STORE, done)
        if due and not self._store.scrub():
            return
        self._note(STORE, done, upto, due)

    def _scrub_control(self, done: dict[str, int], live: Generation) -> None:
        due = self._due(CONTROL, done)
        control = self._generations.control
        if due:
            streams = self._store.load_many({one.stream for one in due})
            drafts.delete_erased(control, {one.stream: one.version for one in due})
            webhook_deliveries.clear_answers(control, _with_erased_text(chain.from_iterable(streams.values())))
            # They are made from what is shown, so that one that is made before the fold would have it again.
            if not self._shows(live, due, self._parked(live)):
                return
            takeouts.begin_anew(control, holders_of(streams, {(one.stream, one.version) for one in due}))
        self._scrub_file(CONTROL, control, done, due)

    def _scrub_kept(self, number: int, done: dict[str, int]) -> None:
        """Folds what was erased forward in a generation that nobody follows; one that can't be folded is dropped."""
        due = self._due(_name(number), done)
        try:
            with scrubbing.holding_live(self._generations.control) as live:
                if live == number:
                    return
                generation = self._generations.open_kept(number)
                if due and self._is_astray(generation):
                    raise Damaged("It was folded from another event store, or from another state of this one.")
                self._bring_forward(generation, due)
            if not self._shows(generation, due):
                raise Damaged("A stream is parked in it.")
        except (Damaged, SQLAlchemyError, LookupError) as error:
            self._give_up(number, error)
            return
        self._failures.pop(number, None)
        self._scrub_file(_name(number), generation.engine, done, due)

    def _is_astray(self, generation: Generation) -> bool:
        """Then positions mean other commits to it; in place of the live one a fresh one is on its way."""
        with generation.read() as connection:
            return store_match.mismatch(connection, self._store) is not None

    def _bring_forward(self, generation: Generation, due: Sequence[Erasure]) -> None:
        """Folds streams on to their newest version. What the generation hears of them later are duplicates."""
        streams = sorted({one.stream for one in due})
        if not streams:
            return
        with generation.write() as connection:
            progress.lock_partitions(connection)
            for stream in streams:
                shown = progress.version(connection, stream)
                later = [one for one in sequenced_only(self._store.load(stream)) if one.first > shown]
                self._folder.fold(connection, later)

    def _give_up(self, number: int, error: Exception) -> None:
        tries = self._failures[number] = self._failures.get(number, 0) + 1
        if tries < MAX_ATTEMPTS:
            log.warning(
                "scrubber: a kept generation couldn't be folded, retrying", generation=number, error=first_line(error)
            )
            return
        # Raises where it is the database that is away, and not this generation that is broken.
        self._generations.live().position()
        log.error("scrubber: a kept generation with erased text is dropped", generation=number, error=first_line(error))
        self._generations.lifecycle.discard(number, f"It held erased words and couldn't be folded: {first_line(error)}")

    def _shows(self, generation: Generation, due: Sequence[Erasure], but: frozenset[str] = frozenset()) -> bool:
        """Whether all of these are folded there, but those of some streams."""
        with generation.read() as connection:
            shown = progress.versions(connection, {one.stream for one in due})
        return all(one.version <= shown.get(one.stream, 0) or one.stream in but for one in due)

    def _parked(self, generation: Generation) -> frozenset[str]:
        """They wait for their operator, and nothing waits for them."""
        with generation.read() as connection:
            return progress.parked_streams(connection)

    def _scrub_file(self, place: str, engine: Engine, done: dict[str, int], due: Sequence[Erasure]) -> None:
        upto = self._position()
        if due:
            newest, at = self._rewritten.get(place, (0, -REWRITE_INTERVAL_S))
            if newest < due[-1].position:
                if time.monotonic() - at < REWRITE_INTERVAL_S:
                    return
                scrubbing.rewrite(engine)
                self._rewritten[place] = (due[-1].position, time.monotonic())
            if not scrubbing.empty_log(engine):
                return
            log.info("scrubber: done", place=place, erasures=len(due))
        self._note(place, done, upto, due)

    def _note(self, place: str, done: dict[str, int], upto: int, due: Sequence[Erasure]) -> None:
        if due or upto - done.get(place, 0) >= NOTE_INTERVAL_POSITIONS:
            scrubbing.note(self._generations.control, place, upto)

    def _due(self, place: str, done: dict[str, int]) -> list[Erasure]:
        assert self._erasures is not None
        return self._erasures.after(done.get(place, 0))

    def _position(self) -> int:
        assert self._erasures is not None
        return self._erasures.position


def _with_erased_text(commits: Iterable[Commit]) -> list[str]:
    """The ids of the commits that had the words."""
    return [commit.id for commit in commits if any(event.erased for event in commit.events)]


def _name(number: int) -> str:
    return f"generation {number}"
