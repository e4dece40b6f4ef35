"""The projector's loop: claims partitions, applies the log in batches, fills gaps, parks poison events."""

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from eventstore.log.protocol import FROM_STORE_OFFSET, MAX_POSITION, Delivery, Log
from readmodel.engine import gate, progress
from readmodel.engine.progress import Claim, Fenced
from readmodel.generations.errors import GenerationGone
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations

from .continuity import StoreContinuity, StoreMismatch
from .erasure_recorder import ErasureRecorder
from .folding import CommitFolder, FoldResult, dead_letter
from .retries import Stopping, reraise_unless_caused_by_event, retry_transient

BATCH_MESSAGES = 500
POLL_TIMEOUT_S = 0.5
MAX_ATTEMPTS = 3
FENCED_DELAY_S = 2.0
SWITCHOVER_DELAY_S = 0.01
NO_GENERATION_DELAY_S = 0.5


log = structlog.get_logger("projector")
Result = TypeVar("Result")


class Worker:
    """Applies the log to the live generation, in one thread."""

    def __init__(self, generations: Generations, source: Log, folder: CommitFolder) -> None:
        self._generations = generations
        self._source = source
        self._folder = folder
        self._generation: Generation | None = None
        self._continuity = StoreContinuity(folder.store)
        self._erasures = ErasureRecorder(generations.control, folder.store)
        self._claims: dict[int, Claim] = {}
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Runs until stop is set. Retries transient errors; parks a stream with an event that can't be applied."""
        self._stop = stop
        while not stop.is_set():
            try:
                self.step(POLL_TIMEOUT_S)
            except Stopping:
                return
            except GenerationGone as gone:
                log.warning("projector: no live generation yet", detail=str(gone))
                self._claims.clear()
                self._generation = None
                stop.wait(NO_GENERATION_DELAY_S)
            except Fenced as fenced:
                self._claims.clear()
                if self._is_switched():
                    stop.wait(SWITCHOVER_DELAY_S)
                    continue
                log.warning("projector: fenced, another projector owns the partition", detail=str(fenced))
                stop.wait(FENCED_DELAY_S)
                # The log tells first what is still ours, so that nothing is taken back from its new owner.
                self._source.poll(1, POLL_TIMEOUT_S)

    def step(self, timeout_s: float) -> int:
        """One round: claims assigned partitions and applies one poll. Returns the number of messages."""
        self._follow_switch()
        if self._mismatches_store():
            self._poll_without_applying(timeout_s)
            return 0
        try:
            return self._poll_and_apply(timeout_s)
        except StoreMismatch:
            return 0

    def _poll_and_apply(self, timeout_s: float) -> int:
        self._take_partitions()
        deliveries = self._source.poll(BATCH_MESSAGES, timeout_s)
        for partition, claim in list(self._claims.items()):
            mine = [one for one in deliveries if one.partition == partition]
            self._fill_gap(claim, mine)
            if due := [one for one in mine if one.offset >= claim.next_offset]:
                self._apply(partition, due)
        return len(deliveries)

    def _follow_switch(self) -> None:
        live = self._retry_transient(self._generations.live)
        if live is not self._generation:
            self._claims.clear()
            self._generation = live
            log.info("projector: following generation", generation=live.number)
            if not self._mismatches_store():
                self._retry_parked(live)

    def _mismatches_store(self) -> bool:
        """Whether the generation was folded from another store than today's, or from another state of it."""
        return self._retry_transient(lambda: self._continuity.check(self._live)) is not None

    def _poll_without_applying(self, timeout_s: float) -> None:
        """Keeps the group membership alive until a fresh generation is live; what is polled comes again after the next
        seek."""
        self._claims.clear()
        if self._source.poll(1, timeout_s):
            self._stop.wait(timeout_s)

    def _retry_parked(self, generation: Generation) -> None:
        """Replays dead letters: a new start may bring the code that can read them."""
        for letter in self._retry_transient(self._generations.parked):
            with generation.write() as connection:
                self._folder.replay(connection, letter.stream)

    def _is_switched(self) -> bool:
        """Whether it was a switch to another generation that fenced us, not another projector."""
        followed = self._live

        def replaced() -> bool:
            with followed.read() as connection:
                return gate.shut_by(connection) is not None

        return self._retry_transient(self._generations.live) is not followed or self._retry_transient(replaced)

    def _take_partitions(self) -> None:
        assigned = self._source.assigned()
        for lost in self._claims.keys() - assigned:
            del self._claims[lost]
        for partition in sorted(assigned - self._claims.keys()):
            self._claim_partition(partition)

    def _claim_partition(self, partition: int) -> None:
        self._claims[partition] = self._retry_transient(lambda: self._new_claim(partition))
        self._retry_transient(lambda: self._seek(partition))

    def _new_claim(self, partition: int) -> Claim:
        first = self._source.beginning(partition)
        with self._live.write() as connection:
            return progress.claim(connection, partition, first)

    def _seek(self, partition: int) -> None:
        """Seeks to the saved offset. Where the log doesn't have it (recreated, or retention too short), applies all
        of the store first and then reads from the log's beginning: no message may ever tell of what is lost."""
        start = self._source.seek(partition, self._reloaded_claim(partition).next_offset)
        if start != self._claims[partition].next_offset:
            self._apply_from_store(partition, MAX_POSITION)
            claim = self._claims[partition]
            with self._live.write() as connection:
                self._claims[partition] = progress.advance(connection, claim, start, claim.position)

    def _fill_gap(self, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """Applies from the store what the log has lost: each message says which position came before it."""
        seen = claim.position
        lost = False
        for delivery in deliveries:
            position = delivery.commit.position
            # Not applied, and below the offset of the next: the log was recreated, and has grown back as long.
            lost = lost or (delivery.previous or 0) > seen or (delivery.offset < claim.next_offset and position > seen)
            seen = max(seen, position)
        if lost:
            log.warning(
                "projector: gap in the log, filling it from the store", partition=claim.partition, after=claim.position
            )
            self._apply_from_store(claim.partition, seen)

    def _apply_from_store(self, partition: int, upto: int) -> None:
        """Applies a partition's commits up to a position from the store."""
        for commits in self._source.missed(partition, self._claims[partition].position, upto):
            self._apply(partition, [Delivery(partition, FROM_STORE_OFFSET, commit) for commit in commits])

    def _apply(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """Applies them in one transaction; one by one where that fails by an error caused by an event."""
        try:
            self._retry_transient(lambda: self._commit(partition, deliveries))
        except Exception as error:  # noqa: BLE001 whatever a fold raises concerns its own stream alone
            reraise_unless_caused_by_event(error)
            log.warning("projector: batch failed, applying one by one", error=str(error), messages=len(deliveries))
            for delivery in deliveries:
                self._apply_one(partition, delivery)

    def _apply_one(self, partition: int, delivery: Delivery) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                self._retry_transient(lambda: self._commit(partition, [delivery]))
                return
            except Exception as error:  # noqa: BLE001
                reraise_unless_caused_by_event(error)
                log.warning(
                    "projector: commit failed", stream=delivery.commit.stream, attempt=attempt, error=str(error)
                )
                reason = f"{type(error).__name__}: {error}"
                time.sleep(0.05 * attempt)
        self._retry_transient(lambda: self._park(partition, delivery, reason))

    def _commit(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """Commits rows, versions and offset in one transaction. Safe to repeat after an unknown outcome."""
        claim = self._reloaded_claim(partition)
        due = [one for one in deliveries if one.offset >= claim.next_offset or one.offset == FROM_STORE_OFFSET]
        if not due:
            return
        self._continuity.require(self._live, claim, due)
        self._erasures.record(delivery.commit for delivery in due)
        with self._live.write() as connection:
            claim = _past_applied(connection, claim, due)
            folded = self._folder.fold(connection, [delivery.commit for delivery in due])
        self._claims[partition] = claim
        _log_irregular_batch(folded)

    def _reloaded_claim(self, partition: int) -> Claim:
        """The claim reread from the database: shows whether a commit of unknown outcome took place."""
        held = self._claims[partition]
        with self._live.read() as connection:
            self._claims[partition] = progress.reload_claim(connection, held)
        return self._claims[partition]

    def _park(self, partition: int, delivery: Delivery, reason: str) -> None:
        commit = delivery.commit
        with self._live.write() as connection:
            claim = _past_applied(connection, self._claims[partition], [delivery])
            shown = progress.version(connection, commit.stream)
            progress.park(connection, [dead_letter(commit, shown + 1, reason)])
        self._claims[partition] = claim
        log.error("projector: stream parked", stream=commit.stream, version=shown + 1, error=reason)

    def _retry_transient(self, action: Callable[[], Result]) -> Result:
        return retry_transient(action, self._stop)

    @property
    def _live(self) -> Generation:
        if self._generation is None:
            raise LookupError("no generation is followed yet")
        return self._generation


def _past_applied(connection: Connection, claim: Claim, applied: Sequence[Delivery]) -> Claim:
    """The claim moved past the applied messages. Neither offset nor position falls: resent messages have old ones."""
    last = max((delivery.commit for delivery in applied), key=lambda commit: commit.position)
    next_offset = max(claim.next_offset, applied[-1].offset + 1)
    return progress.advance(connection, claim, next_offset, max(claim.position, last.position), last.chain)


def _log_irregular_batch(folded: FoldResult) -> None:
    if folded.healed or folded.parked:
        log.warning("projector: irregular batch", applied=folded.applied, healed=folded.healed, parked=folded.parked)
