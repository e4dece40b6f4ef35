"""The projector's loop: take partitions, poll the log, apply in batches, survive what goes wrong."""

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)

from domain.commit import Commit
from domain.errors import Unavailable
from eventstore.log import Delivery, Log
from readmodel import progress
from readmodel.generations import Generation, Generations
from readmodel.progress import Claim, Fenced

from .folding import Folded, Folder, dead_letter

BATCH = 500
POLL_S = 0.5
TRIES = 3
LONGEST_PAUSE_S = 5.0
FENCED_PAUSE_S = 2.0

log = structlog.get_logger("projector")
Result = TypeVar("Result")


class Worker:
    """Follows the log into whatever generation is live."""

    def __init__(self, generations: Generations, source: Log, folder: Folder) -> None:
        self._generations = generations
        self._source = source
        self._folder = folder
        self._generation: Generation | None = None
        self._claims: dict[int, Claim] = {}

    def run(self, stop: Event) -> None:
        """Until stop is set. What can't be done now is tried again; what can't be done at all is parked."""
        while not stop.is_set():
            try:
                self.step(POLL_S)
            except Fenced as fenced:
                log.warning("taken over", detail=str(fenced))
                self._claims.clear()
                stop.wait(FENCED_PAUSE_S)

    def step(self, timeout_s: float) -> int:
        """One round: claims what is assigned, applies what comes. Gives how many messages were applied."""
        self._follow_switch()
        self._take_partitions()
        deliveries = self._source.poll(BATCH, timeout_s)
        for partition, claim in list(self._claims.items()):
            mine = [one for one in deliveries if one.partition == partition and one.offset >= claim.next_offset]
            if mine:
                self._apply(claim, mine)
        return len(deliveries)

    def _follow_switch(self) -> None:
        live = self._patiently(self._generations.live)
        if live is not self._generation:
            self._claims.clear()
            self._generation = live
            log.info("following", generation=live.number)
            self._retry_parked(live)

    def _retry_parked(self, generation: Generation) -> None:
        """A new start may bring the code that can read what was parked."""
        for letter in self._patiently(self._generations.parked):
            with generation.write() as connection:
                self._folder.replay(connection, letter.stream)

    def _take_partitions(self) -> None:
        assigned = self._source.assigned()
        for lost in self._claims.keys() - assigned:
            del self._claims[lost]
        for partition in sorted(assigned - self._claims.keys()):
            self._claims[partition] = claim = self._patiently(lambda: self._claimed(partition))
            self._source.seek(partition, claim.next_offset)

    def _claimed(self, partition: int) -> Claim:
        with self._live.write() as connection:
            return progress.claim(connection, partition, self._source.beginning(partition))

    def _apply(self, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """One transaction for all of them; one for each where that fails for a reason of its own."""
        try:
            self._patiently(lambda: self._commit(claim.partition, deliveries))
        except Exception as error:
            _reraise_unless_its_own(error)
            log.warning("batch failed, one by one", error=str(error), messages=len(deliveries))
            for delivery in deliveries:
                self._apply_one(claim.partition, delivery)

    def _apply_one(self, partition: int, delivery: Delivery) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._patiently(lambda: self._commit(partition, [delivery]))
                return
            except Exception as error:
                _reraise_unless_its_own(error)
                log.warning("message failed", stream=delivery.commit.stream, attempt=attempt, error=str(error))
                trouble = f"{type(error).__name__}: {error}"
                time.sleep(0.05 * attempt)
        self._patiently(lambda: self._park(partition, delivery, trouble))

    def _commit(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """Rows, versions and offset in one transaction. Called again after a failure, it first settles what happened."""
        claim = self._settled(partition)
        due = [delivery for delivery in deliveries if delivery.offset >= claim.next_offset]
        if not due:
            return
        commits = [delivery.commit for delivery in due]
        with self._live.write() as connection:
            claim = progress.advance(connection, claim, due[-1].offset + 1, _reached(connection, partition, commits))
            folded = self._folder.fold(connection, commits)
        self._claims[partition] = claim
        _report(folded)

    def _settled(self, partition: int) -> Claim:
        """The claim as the database has it: tells whether a commit of unknown outcome took place."""
        held = self._claims[partition]
        with self._live.read() as connection:
            self._claims[partition] = progress.held(connection, held)
        return self._claims[partition]

    def _park(self, partition: int, delivery: Delivery, trouble: str) -> None:
        commit = delivery.commit
        with self._live.write() as connection:
            reached = _reached(connection, partition, [commit])
            claim = progress.advance(connection, self._claims[partition], delivery.offset + 1, reached)
            shown = progress.version(connection, commit.stream)
            progress.park(connection, [dead_letter(commit, shown + 1, trouble)])
        self._claims[partition] = claim
        log.error("parked", stream=commit.stream, version=shown + 1, error=trouble)

    def _patiently(self, action: Callable[[], Result]) -> Result:
        """Does it again, ever more slowly, while the database is busy, full or away. Other errors pass."""
        pause = 0.02
        races = 0
        while True:
            try:
                return action()
            except (SQLAlchemyError, Unavailable) as error:
                races += 1
                if not _passing(error, races):
                    raise
                log.warning("read model unavailable, trying again", error=str(error).split("\n")[0], pause_s=pause)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    @property
    def _live(self) -> Generation:
        if self._generation is None:
            raise LookupError("no generation is followed yet")
        return self._generation


def _reraise_unless_its_own(error: Exception) -> None:
    """A fault of the database, or losing the partition, is no fault of a message: it must never park a stream."""
    if isinstance(error, Fenced) or (
        isinstance(error, DBAPIError) and not isinstance(error, (DataError, IntegrityError))
    ):
        raise error


def _passing(error: SQLAlchemyError | Unavailable, races: int) -> bool:
    """Whether waiting may help: the connection, a lock, a deadlock, a full disk, or a race on a unique key."""
    if isinstance(error, Unavailable):
        return True
    if isinstance(error, IntegrityError):
        return races < TRIES
    if isinstance(error, (OperationalError, InterfaceError)):
        return "no such" not in str(error)
    return isinstance(error, DBAPIError) and (error.connection_invalidated or "40001" in str(error.orig))


def _reached(connection: Connection, partition: int, commits: Sequence[Commit]) -> int:
    """The highest position of a partition so far: a batch may end with messages that a log sends again.

    Read before the offset advances, which fails where anyone moved it meanwhile.
    """
    before = progress.offsets(connection)[partition][1]
    return max(before, *(commit.position or 0 for commit in commits))


def _report(folded: Folded) -> None:
    if folded.healed or folded.parked:
        log.warning("irregular batch", applied=folded.applied, healed=folded.healed, parked=folded.parked)
