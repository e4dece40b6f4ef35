"""Rebuilding: a new generation is filled from the store while the old one serves, compared, and switched to.

Whoever does it holds the new generation by a lease: see docs/decisions/0037.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Event

import msgspec
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Conflict, Unavailable
from domain.ports import EventStore
from eventstore.erasures import Erasures
from eventstore.log.partitions import PartitionOf, Partitions
from readmodel.engine import progress
from readmodel.generations import scrubbing, store_match
from readmodel.generations.errors import GenerationGone
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations
from readmodel.generations.leases import LeaseLost
from readmodel.generations.scratch import scratch
from readmodel.generations.store_match import Mismatch

from .comparison import Checksum, Difference, checksums
from .folding import CommitFolder
from .generation_fill import BATCH_COMMITS, GenerationFill, Progress, Report, silent
from .pending_erasures import ErasureIndex, comparable
from .required_progress import RequiredProgress
from .switchover import Switchover

MAX_DIFFERENCES = 20
MAX_COMPARISONS = 3

log = structlog.get_logger("projector")


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The live generation beside a fresh fold up to the same position.

    differences: the first MAX_DIFFERENCES. erasure_pending: streams left out, since the store has erased words of
    theirs and the live generation hasn't come to that yet.
    """

    position: int
    live: dict[str, Checksum]
    fresh: dict[str, Checksum]
    same: bool
    differences: list[Difference]
    erasure_pending: frozenset[str] = frozenset()


Begun = Callable[[int], None]


def _nothing_more(_number: int) -> None:
    return None


class Rebuilder:
    """Makes fresh generations. Reads the store; never changes a row of the live generation."""

    def __init__(
        self, generations: Generations, store: EventStore, folder: CommitFolder, partitions: Partitions
    ) -> None:
        self._generations = generations
        self._store = store
        self._folder = folder
        self._partitions = partitions

    def fill(self, report: Report, begun: Begun = _nothing_more) -> tuple[Generation, Comparison | None]:
        """A new generation, filled from the store and compared with the live one where both can be read.

        begun: is told its number as soon as the lease is held.

        The comparison is made at one moment of the live generation, a snapshot: against a fold of just the commits
        that it must show. See docs/decisions/0017. This process has a lease on the new one, until it is switched to
        or discarded. Raises BuildUnderWay where somebody else has one on another; LeaseLost.
        """
        self._generations.lifecycle.drop_old()
        fresh = self._generations.lifecycle.create()
        with self._leased(fresh):
            begun(fresh.number)
            filling = self._filling(fresh, report)
            comparison = self._compared(filling)
            filling.to_head()
            self._generations.lifecycle.note(fresh.number, "ready", filling.position)
        return fresh, comparison

    def verify(self, report: Report) -> Comparison:
        """The live generation beside a fold of its own kind: in SQLite, and so by another driver than SQL Server's.

        No generation is made for it, so it is in nobody's way. Raises Unavailable where the log can't say how many
        partitions it has.
        """
        live = self._generations.live()
        with scratch() as fresh:
            filling = GenerationFill(fresh, self._store, self._folder, report)
            return self._compare(live, filling, self._partitions.partitioner())

    def replace_live(self, why: str, report: Report = silent, beside: int | None = None) -> Generation:
        """Fills a fresh generation with all that the store has and switches to it, without a comparison.

        For a live one that is known to be wrong, or that is gone. why: for the log and for `status`. beside: which one
        that is. Raises BuildUnderWay where somebody fills another, Superseded where somebody has, LeaseLost, Damaged;
        nothing was switched then.
        """
        self._generations.lifecycle.drop_old()
        fresh = self._generations.lifecycle.create(note=why, beside=beside)
        log.warning("rebuild: filling a fresh generation", why=why)
        with self._leased(fresh):
            filling = self._filling(fresh, report, why)
            filling.to_head()
            self._generations.lifecycle.note(fresh.number, "ready", filling.position, why)
        self.switch(fresh)
        log.warning("rebuild: a fresh generation is live", generation=fresh.number, why=why)
        return fresh

    def switch(self, generation: Generation) -> int | None:
        """Makes a filled generation live, once it shows all that the live one does; the projector follows by itself.

        Gives the number of the one before. Raises LeaseLost, Conflict, Damaged; nothing was switched then.
        """
        with self._leased(generation):
            token = self._generations.lifecycle.lease(generation.number).token
            live = self._live()
            is_astray = live is not None and self._mismatch_of(live) is not None
            filling = GenerationFill(generation, self._store, self._folder, token=token)
            before = Switchover(self._generations, self._partitions, live, is_astray=is_astray).run(filling)
        if is_astray:
            scrubbing.forget(self._generations.control)
        return before

    def mismatch(self) -> Mismatch | None:
        """Why the live generation doesn't belong to the store. Raises GenerationGone."""
        return self._mismatch_of(self._generations.live())

    def switch_back(self) -> int:
        """Switches back to the generation before, when it too shows what the live one does. Raises Conflict."""
        before = self._generations.lifecycle.hold_previous()
        with self._leased(before):
            if (found := self._mismatch_of(before)) is not None:
                raise Conflict(f"There is no way back to generation {before.number}. {found.reason}")
            with before.write() as connection:
                progress.shut(connection, self._generations.lifecycle.lease(before.number).token)
        self.switch(before)
        return before.number

    def discard(self, generation: Generation) -> None:
        """Takes a generation that was only for comparing away again."""
        self._generations.lifecycle.abandon(generation.number, "It was only compared.")

    @contextmanager
    def _leased(self, generation: Generation) -> Iterator[None]:
        """Whatever fails gives the lease back; where it is lost, that is why."""
        lease = self._generations.lifecycle.lease(generation.number)
        try:
            yield
        except LeaseLost:
            self._generations.lifecycle.abandon(generation.number, "")
            raise
        except BaseException as error:
            held = self._generations.lifecycle.abandon(generation.number, f"{type(error).__name__}: {error}")
            if not held and isinstance(error, SQLAlchemyError):
                raise LeaseLost(lease.number) from error
            raise

    def _filling(self, fresh: Generation, report: Report, text: str = "") -> GenerationFill:
        """Writes each step down too, for `status`; so a lease that was lost is noticed."""

        def noted(now: Progress) -> None:
            self._generations.lifecycle.note(
                fresh.number, None, now.done, f"{now.done:,} of {now.total:,}. {text}".strip()
            )
            report(now)

        return GenerationFill(fresh, self._store, self._folder, noted)

    def _mismatch_of(self, generation: Generation) -> Mismatch | None:
        with generation.read() as connection:
            return store_match.mismatch(connection, self._store)

    def _live(self) -> Generation | None:
        try:
            return self._generations.live()
        except GenerationGone:
            return None

    def _compared(self, filling: GenerationFill) -> Comparison | None:
        """None where there is nothing to compare with, or nobody can say what should be there."""
        if (live := self._live()) is None:
            return None
        if (found := self._mismatch_of(live)) is not None:
            log.warning("rebuild: not compared with the live generation", why=found.reason)
            return None
        try:
            partition_of = self._partitions.partitioner()
        except Unavailable as error:
            log.warning("rebuild: not compared with the live generation", error=str(error))
            return None
        return self._compare(live, filling, partition_of)

    def _compare(self, live: Generation, filling: GenerationFill, partition_of: PartitionOf) -> Comparison:
        erasures = ErasureIndex(self._store, self._store.head()[0])
        with live.read() as connection:
            for _ in range(MAX_COMPARISONS):
                shown = RequiredProgress(connection, partition_of)
                if shown.position <= filling.position + BATCH_COMMITS:
                    break
                filling.upto(shown.position, shown)
        for _ in range(MAX_COMPARISONS):
            comparison = _compare_once(live, filling, partition_of, erasures)
            # Where the database gives no snapshot, the live one may have moved between two of the questions.
            if comparison.same or live.snapshots:
                break
        return comparison


def _compare_once(
    live: Generation, filling: GenerationFill, partition_of: PartitionOf, erasures: ErasureIndex
) -> Comparison:
    with live.snapshot() as before:
        shown = RequiredProgress(before, partition_of)
        filling.upto(shown.position, shown)
        filling.take_up_erased(shown)
        with filling.generation.snapshot() as after:
            return _comparison(before, after, shown.position, filling.erasures, erasures)


def _comparison(
    live: Connection, fresh: Connection, position: int, folded: Erasures, meanwhile: ErasureIndex
) -> Comparison:
    """folded: of the commits that the fresh one was folded from. meanwhile: erasures since the comparison began."""
    ours, theirs = checksums(live), checksums(fresh)
    erasure_pending = frozenset(stream for stream, _ in folded.unannounced)
    if ours != theirs:
        # Words that the fresh one was given may have been gone when the live one came to them.
        meanwhile.read_on(Event())
        erasure_pending |= {one.stream for one in meanwhile.after(0)}
    found = [] if ours == theirs else list(islice(comparable(live, fresh, erasure_pending), MAX_DIFFERENCES))
    # Checksums that differ where no row does would be a fault of the comparison itself.
    same = ours == theirs or (bool(erasure_pending) and not found)
    return Comparison(
        position=position, live=ours, fresh=theirs, same=same, differences=found, erasure_pending=erasure_pending
    )
