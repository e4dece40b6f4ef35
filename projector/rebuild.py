"""Rebuilding: a new generation is filled from the store while the old one serves, compared, and switched to."""

import time
from collections.abc import Callable, Sequence

import msgspec
import structlog
from sqlalchemy import Connection

from domain.commit import SequencedCommit
from domain.errors import Conflict
from domain.ports import EventStore
from eventstore.pages import pages
from readmodel import progress
from readmodel.generations import Generation, Generations
from readmodel.progress import STORE, Claim, surely_shown
from readmodel.scratch import scratch

from .comparing import Checksum, Difference, checksums, differences
from .folding import Folder

BATCH = 5_000
SHOWN = 20
TRIES = 3


log = structlog.get_logger("projector")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How a fill stands: positions done and to do, seconds so far."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Commits a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float:
        return (self.total - self.done) / self.rate if self.rate else 0.0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The live generation beside a fresh fold up to the same position. differences holds the first SHOWN."""

    position: int
    live: dict[str, Checksum]
    fresh: dict[str, Checksum]
    differences: list[Difference]

    @property
    def same(self) -> bool:
        return self.live == self.fresh


Report = Callable[[Progress], None]


class Rebuilder:
    """Makes fresh generations. Reads the store; never touches the live generation."""

    def __init__(self, generations: Generations, store: EventStore, folder: Folder) -> None:
        self._generations = generations
        self._store = store
        self._folder = folder

    def fill(self, report: Report) -> tuple[Generation, Comparison | None]:
        """A new generation, filled from the store and compared with the live one where both can be read.

        The comparison is made at one moment of the live generation, a snapshot: against a fold of just the commits
        that it shows, by the version of each stream. See docs/decisions/0017.
        """
        if (number := self._generations.under_way()) is not None:
            raise Conflict(
                f"A rebuild is under way already (generation {number}). Wait for it, or for a minute if it died."
            )
        self._generations.drop_old()
        live = self._generations.live()
        starts = _offsets(live)
        fresh = self._generations.create()
        filling = _Filling(fresh, self._store, self._folder, self._noting(fresh, report))
        filling.upto(surely_shown(starts) if _several(starts) else self._store.head()[0])
        comparison = self._compare(live, filling)
        filling.upto(max(self._store.head()[0], *(position for _, position in starts.values()), 0))
        _start_from(fresh, starts)
        self._generations.note(fresh.number, "ready", filling.position)
        return fresh, comparison

    def verify(self, report: Report) -> Comparison:
        """The live generation beside a fold of its own kind: in SQLite, and so by another driver than SQL Server's.

        No generation is made for it, so it is in nobody's way.
        """
        live = self._generations.live()
        starts = _offsets(live)
        with scratch() as fresh:
            filling = _Filling(fresh, self._store, self._folder, report)
            filling.upto(surely_shown(starts) if _several(starts) else self._store.head()[0])
            return self._compare(live, filling)

    def switch(self, generation: Generation) -> int | None:
        """Makes a filled generation live; the projector follows by itself. Gives the number of the one before."""
        return self._generations.switch(generation.number)

    def back(self) -> int:
        """Switches back to the generation before, which the projector then brings up to date."""
        before = self._generations.previous()
        if before is None:
            raise Conflict("There is no earlier generation to go back to.")
        self._generations.switch(before)
        return before

    def discard(self, generation: Generation) -> None:
        """Takes a generation that was only for comparing away again."""
        self._generations.drop(generation.number)

    def _noting(self, generation: Generation, report: Report) -> Report:
        """Writes each step down too, for `status` and so that nobody starts a second one."""

        def noted(progress: Progress) -> None:
            self._generations.note(generation.number, "building", progress.done, f"of {progress.total}")
            report(progress)

        return noted

    def _compare(self, live: Generation, filling: "_Filling") -> Comparison:
        for _ in range(TRIES):
            comparison = self._compare_once(live, filling)
            # Where the database gives no snapshot, the live one may have moved between two of the questions.
            if comparison.same or live.snapshots:
                break
        return comparison

    def _compare_once(self, live: Generation, filling: "_Filling") -> Comparison:
        with live.snapshot() as before:
            position = progress.position(before)
            if _several(progress.offsets(before)):
                filling.upto(position, before)
            elif position < filling.position:
                return self._compare_behind(before, position)
            else:
                filling.upto(position)
            with filling.generation.snapshot() as after:
                return _comparison(before, after, position)

    def _compare_behind(self, before: Connection, position: int) -> Comparison:
        """The live one lags: a second fold, only as far as it has got, is what it must equal."""
        with scratch() as behind:
            _Filling(behind, self._store, self._folder, _silent).upto(position)
            with behind.snapshot() as after:
                return _comparison(before, after, position)


class _Filling:
    """One generation on its way, in bounded memory: BATCH commits a transaction."""

    def __init__(self, generation: Generation, store: EventStore, folder: Folder, report: Report) -> None:
        self.generation = generation
        self.position = 0
        self._store = store
        self._folder = folder
        self._report = report
        self._began = time.monotonic()
        with generation.write() as connection:
            self._claim = progress.claim(connection, STORE, 1)

    def upto(self, target: int, shown: Connection | None = None) -> None:
        """Applies commits up to and including position target.

        Where `shown` is given, only those that it shows; the next call begins with the first that was left out, and
        what it meets again is skipped by its version.
        """
        left_out: int | None = None
        while self.position < target:
            commits = self._next(target)
            if not commits:
                break
            due = commits if shown is None else _among(commits, shown)
            if left_out is None and len(due) < len(commits):
                taken = {commit.id for commit in due}
                left_out = next(commit.position for commit in commits if commit.id not in taken)
            with self.generation.write() as connection:
                self._claim = self._advanced(connection, commits[-1].position)
                self._folder.fold(connection, due)
            self.position = commits[-1].position
            self._report(Progress(done=self.position, total=target, seconds=time.monotonic() - self._began))
        if left_out is not None:
            self.position = left_out - 1

    def _next(self, target: int) -> list[SequencedCommit]:
        """None where the store ends before, as an older backup does. Raises Damaged where a commit is missing."""
        upto = min(target, self._store.head()[0], self.position + BATCH)
        if upto <= self.position:
            log.warning("the store ends before", known=target, shown=self.position)
        return next(pages(self._store, self.position, upto, BATCH), [])

    def _advanced(self, connection: Connection, position: int) -> Claim:
        return progress.advance(connection, self._claim, position + 1, position)


def _among(commits: Sequence[SequencedCommit], shown: Connection) -> list[SequencedCommit]:
    """The commits that a generation shows: those up to its version of their stream."""
    versions = progress.versions(shown, {commit.stream for commit in commits})
    return [commit for commit in commits if commit.last <= versions.get(commit.stream, 0)]


def _comparison(live: Connection, fresh: Connection, position: int) -> Comparison:
    ours, theirs = checksums(live), checksums(fresh)
    found = [] if ours == theirs else [one for one, _ in zip(differences(live, fresh), range(SHOWN), strict=False)]
    return Comparison(position=position, live=ours, fresh=theirs, differences=found)


def _offsets(live: Generation) -> dict[int, tuple[int, int]]:
    """Where the log stood before the fill began: all before it is in the store, so in the fill too."""
    with live.read() as connection:
        return progress.offsets(connection)


def _start_from(fresh: Generation, starts: dict[int, tuple[int, int]]) -> None:
    with fresh.write() as connection:
        progress.start_from(connection, {p: at for p, at in starts.items() if p != STORE})


def _several(offsets: dict[int, tuple[int, int]]) -> bool:
    """Whether the log has several partitions, each as far as it got: what is shown is no beginning of the log then."""
    return len(offsets.keys() - {STORE}) > 1


def _silent(_progress: Progress) -> None:
    return None
