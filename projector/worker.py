"""The projector's loop: take partitions, poll the log, apply in batches, survive what goes wrong."""

import re
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

from domain.errors import Unavailable
from eventstore.log.protocol import FROM_STORE_OFFSET, MAX_POSITION, Delivery, Log
from readmodel.engine import gate, progress
from readmodel.engine.progress import Claim, Fenced
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations, Gone

from .continuity import Astray, Continuity
from .folding import Folded, Folder, dead_letter

BATCH = 500
POLL_S = 0.5
TRIES = 3
LONGEST_PAUSE_S = 5.0
FENCED_PAUSE_S = 2.0
HANDOVER_PAUSE_S = 0.01
GONE_PAUSE_S = 0.5

PASSING = re.compile(r"40001|\((?:1105|1205|3960|9002)\)")
"""SQL Server's deadlocks, conflicts of snapshots, full disk and full log: no OperationalErrors there."""

log = structlog.get_logger("projector")
Result = TypeVar("Result")


class Stopping(Exception):
    """Asked to end while waiting for a database that is away. Nothing in hand was committed."""


class Worker:
    """Follows the log into whatever generation is live."""

    def __init__(self, generations: Generations, source: Log, folder: Folder) -> None:
        self._generations = generations
        self._source = source
        self._folder = folder
        self._generation: Generation | None = None
        self._continuity = Continuity(folder.store)
        self._claims: dict[int, Claim] = {}
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Until stop is set. What can't be done now is tried again; what can't be done at all is parked."""
        self._stop = stop
        while not stop.is_set():
            try:
                self.step(POLL_S)
            except Stopping:
                return
            except Gone as gone:
                log.warning("there is nothing to fold into yet", detail=str(gone))
                self._claims.clear()
                self._generation = None
                stop.wait(GONE_PAUSE_S)
            except Fenced as fenced:
                self._claims.clear()
                if self._is_replaced():
                    stop.wait(HANDOVER_PAUSE_S)
                    continue
                log.warning("taken over", detail=str(fenced))
                stop.wait(FENCED_PAUSE_S)
                # The log tells first what is still ours, so that nothing is taken back from its new owner.
                self._source.poll(1, POLL_S)

    def step(self, timeout_s: float) -> int:
        """One round: claims what is assigned, applies what comes. Gives how many messages were applied."""
        self._follow_switch()
        if self._is_astray():
            self._stand_still(timeout_s)
            return 0
        try:
            return self._go_on(timeout_s)
        except Astray:
            return 0

    def _go_on(self, timeout_s: float) -> int:
        self._take_partitions()
        deliveries = self._source.poll(BATCH, timeout_s)
        for partition, claim in list(self._claims.items()):
            mine = [one for one in deliveries if one.partition == partition]
            self._make_up(claim, mine)
            if due := [one for one in mine if one.offset >= claim.next_offset]:
                self._apply(partition, due)
        return len(deliveries)

    def _follow_switch(self) -> None:
        live = self._patiently(self._generations.live)
        if live is not self._generation:
            self._claims.clear()
            self._generation = live
            log.info("following", generation=live.number)
            if not self._is_astray():
                self._retry_parked(live)

    def _is_astray(self) -> bool:
        """Whether the generation was folded from another store than the one that is there, or another state of it."""
        return self._patiently(lambda: self._continuity.look(self._live)) is not None

    def _stand_still(self, timeout_s: float) -> None:
        """Until a fresh generation is live. The log is heard all the same, so that it doesn't take us for dead; what it
        brings comes again, since every partition is sought anew."""
        self._claims.clear()
        if self._source.poll(1, timeout_s):
            self._stop.wait(timeout_s)

    def _retry_parked(self, generation: Generation) -> None:
        """A new start may bring the code that can read what was parked."""
        for letter in self._patiently(self._generations.parked):
            with generation.write() as connection:
                self._folder.replay(connection, letter.stream)

    def _is_replaced(self) -> bool:
        """Whether it isn't another projector but another generation that takes over; it is followed at once."""
        followed = self._live

        def replaced() -> bool:
            with followed.read() as connection:
                return gate.shut_by(connection) is not None

        return self._patiently(self._generations.live) is not followed or self._patiently(replaced)

    def _take_partitions(self) -> None:
        assigned = self._source.assigned()
        for lost in self._claims.keys() - assigned:
            del self._claims[lost]
        for partition in sorted(assigned - self._claims.keys()):
            self._take(partition)

    def _take(self, partition: int) -> None:
        self._claims[partition] = self._patiently(lambda: self._claimed(partition))
        self._patiently(lambda: self._begin(partition))

    def _claimed(self, partition: int) -> Claim:
        first = self._source.beginning(partition)
        with self._live.write() as connection:
            return progress.claim(connection, partition, first)

    def _begin(self, partition: int) -> None:
        """Seeks. Where the log has nothing at the saved offset, because it was made anew or kept for too short a
        time, its beginning is taken, and first of all whatever the store has: no message may ever tell of it."""
        start = self._source.seek(partition, self._settled(partition).next_offset)
        if start != self._claims[partition].next_offset:
            self._heal(partition, MAX_POSITION)
            claim = self._claims[partition]
            with self._live.write() as connection:
                self._claims[partition] = progress.advance(connection, claim, start, claim.position)

    def _make_up(self, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """Applies from the store what the log has lost: the messages tell what should have come before them."""
        seen = claim.position
        lost = False
        for delivery in deliveries:
            position = delivery.commit.position
            # A message behind the offset that isn't applied: the log was made anew, and has grown back as long.
            lost = lost or (delivery.previous or 0) > seen or (delivery.offset < claim.next_offset and position > seen)
            seen = max(seen, position)
        if lost:
            log.warning("messages are missing", partition=claim.partition, after=claim.position)
            self._heal(claim.partition, seen)

    def _heal(self, partition: int, upto: int) -> None:
        """Applies a partition's commits from the store, as if the log had brought them."""
        for commits in self._source.missed(partition, self._claims[partition].position, upto):
            self._apply(partition, [Delivery(partition, FROM_STORE_OFFSET, commit) for commit in commits])

    def _apply(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """One transaction for all of them; one for each where that fails for a reason of its own."""
        try:
            self._patiently(lambda: self._commit(partition, deliveries))
        except Exception as error:  # noqa: BLE001 whatever a fold raises concerns its own stream alone
            _reraise_unless_its_own(error)
            log.warning("batch failed, one by one", error=str(error), messages=len(deliveries))
            for delivery in deliveries:
                self._apply_one(partition, delivery)

    def _apply_one(self, partition: int, delivery: Delivery) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._patiently(lambda: self._commit(partition, [delivery]))
                return
            except Exception as error:  # noqa: BLE001
                _reraise_unless_its_own(error)
                log.warning("message failed", stream=delivery.commit.stream, attempt=attempt, error=str(error))
                trouble = f"{type(error).__name__}: {error}"
                time.sleep(0.05 * attempt)
        self._patiently(lambda: self._park(partition, delivery, trouble))

    def _commit(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """Rows, versions and offset in one transaction. Called again, it first settles what happened before."""
        claim = self._settled(partition)
        due = [one for one in deliveries if one.offset >= claim.next_offset or one.offset == FROM_STORE_OFFSET]
        if not due:
            return
        self._continuity.require(self._live, claim, due)
        with self._live.write() as connection:
            claim = _advanced(connection, claim, due)
            folded = self._folder.fold(connection, [delivery.commit for delivery in due])
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
            claim = _advanced(connection, self._claims[partition], [delivery])
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
            if self._stop.wait(pause):
                raise Stopping
            pause = min(pause * 2, LONGEST_PAUSE_S)

    @property
    def _live(self) -> Generation:
        if self._generation is None:
            raise LookupError("no generation is followed yet")
        return self._generation


def _advanced(connection: Connection, claim: Claim, applied: Sequence[Delivery]) -> Claim:
    """Past what is applied. Neither number falls: what is sent again has positions of before."""
    last = max((delivery.commit for delivery in applied), key=lambda commit: commit.position)
    next_offset = max(claim.next_offset, applied[-1].offset + 1)
    return progress.advance(connection, claim, next_offset, max(claim.position, last.position), last.chain)


def _reraise_unless_its_own(error: Exception) -> None:
    """A fault of the database, or losing the partition, is no fault of a message: it must never park a stream."""
    if isinstance(error, (Astray, Fenced, Stopping)) or (
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
    return isinstance(error, DBAPIError) and (error.connection_invalidated or bool(PASSING.search(str(error.orig))))


def _report(folded: Folded) -> None:
    if folded.healed or folded.parked:
        log.warning("irregular batch", applied=folded.applied, healed=folded.healed, parked=folded.parked)
