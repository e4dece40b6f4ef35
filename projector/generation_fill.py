"""Fills a generation from the store, in bounded memory: a batch of commits a transaction."""

from collections.abc import Callable
from threading import Event

import msgspec
import structlog
from sqlalchemy import Connection

from domain.commit import SequencedCommit
from domain.errors import Conflict
from domain.ports import EventStore
from eventstore.chain import follows
from eventstore.erasures import Erasures
from eventstore.scan import pages
from readmodel.engine import progress
from readmodel.engine.progress import FILLED_FROM_STORE, Claim
from readmodel.generations import store_match
from readmodel.generations.generation import Generation

from .folding import CommitFolder
from .pending_erasures import ErasureIndex
from .required_progress import RequiredProgress

BATCH_COMMITS = 5_000

log = structlog.get_logger("projector")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How a fill stands: positions done, and to do."""

    done: int
    total: int


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Reports to nobody."""


class GenerationFill:
    """One generation on its way, from where it was filled to before. Everything up to `position` is applied, or parked.

    token: of the lease for which the generation's gate may be shut.
    """

    def __init__(
        self, generation: Generation, store: EventStore, folder: CommitFolder, report: Report = silent, token: str = ""
    ) -> None:
        self.generation = generation
        self.erasures = Erasures()
        """Of the commits that were applied, as they were read."""
        self._store = store
        self._folder = folder
        self._report = report
        self._behind: frozenset[str] = frozenset()
        with generation.write() as connection:
            self._claim = progress.claim(connection, FILLED_FROM_STORE, 1, token)
            store_match.note_store(connection, store)
        self.position = self._claim.position

    @property
    def chain(self) -> str | None:
        """The store's at `position`, where it is known."""
        return self._claim.chain if self._claim.position == self.position else None

    def require_belonging(self) -> None:
        """Raises Conflict where the store isn't any more what the generation was filled from."""
        with self.generation.read() as connection:
            if (found := store_match.mismatch(connection, self._store)) is not None:
                raise Conflict(f"The event store was put back to an earlier state meanwhile. {found.reason}")

    def to_head(self) -> None:
        """Applies all that the store has."""
        self._take_up(self._behind)
        self._behind = frozenset()
        self.upto(self._store.head()[0])

    def upto(self, target: int, shown: RequiredProgress | None = None) -> None:
        """Applies commits up to and including position target.

        Where `shown` is given, only those that it shows; the next call begins with the first that was left out, and
        what it meets again is skipped by its version. Of streams that are parked there what is left out is taken up
        by to_head.
        """
        left_out: int | None = None
        if shown is not None:
            self._take_up(self._behind - shown.parked, shown)
            self._behind |= shown.parked
        while self.position < target:
            commits = self._next(target)
            if not commits:
                break
            due, not_yet = (commits, None) if shown is None else shown.among(commits)
            left_out = left_out or not_yet
            with self.generation.write() as connection:
                self._claim = self._advanced(connection, commits[-1])
                self._folder.fold(connection, due)
            for commit in due:
                self.erasures.see(commit)
            self.position = commits[-1].position
            self._report(Progress(done=self.position, total=target))
        if left_out is not None:
            self.position = left_out - 1

    def take_up_erased(self, shown: RequiredProgress) -> None:
        """Applies erasures that `shown` is ahead by: a clean stop, and whoever scrubs a generation that isn't live any
        more, bring the streams forward that have lost words, and no others."""
        ahead = ErasureIndex(self._store, shown.whole)
        ahead.read_on(Event())
        self._take_up(frozenset(one.stream for one in ahead.after(0)) - shown.parked, shown)

    def _take_up(self, streams: frozenset[str], shown: RequiredProgress | None = None) -> None:
        """Applies what was left out of streams, up to the version that is shown of them."""
        for stream in sorted(streams):
            with self.generation.write() as connection:
                self._folder.replay(connection, stream, None if shown is None else shown.version(stream))

    def _next(self, target: int) -> list[SequencedCommit]:
        """None where the store ends before, as an older backup does. Raises Damaged where a commit is missing."""
        upto = min(target, self._store.head()[0], self.position + BATCH_COMMITS)
        if upto <= self.position:
            log.warning("rebuild: the store ends before the known position", known=target, shown=self.position)
        found = next(pages(self._store, self.position, upto, BATCH_COMMITS), [])
        if found and not follows(self.chain, found[0]):
            self.require_belonging()
        return found

    def _advanced(self, connection: Connection, last: SequencedCommit) -> Claim:
        return progress.advance(connection, self._claim, last.position + 1, last.position, last.chain)
