"""Checks that a generation goes on with the store that it was folded from (docs/decisions/0040).

About once a second, and before each batch that is folded.
"""

import time
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import IntegrityError

from domain.commit import SequencedCommit
from domain.errors import Conflict
from domain.ports import EventStore
from eventstore.chain import follows
from eventstore.log.protocol import Delivery
from readmodel.engine.progress import Claim
from readmodel.generations import store_match
from readmodel.generations.generation import Generation
from readmodel.generations.store_match import Mismatch

CHECK_INTERVAL_S = 0.9

log = structlog.get_logger("projector")


class StoreMismatch(Conflict):
    """A generation doesn't match the store: nothing may be folded into it."""


class StoreContinuity:
    """The projector's check of the live generation against the store. For one thread."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._checked_at = -CHECK_INTERVAL_S
        self._at: Generation | None = None
        self.mismatch: Mismatch | None = None

    def check(self, generation: Generation) -> Mismatch | None:
        """As it was CHECK_INTERVAL_S ago at most. What a generation of an older version doesn't know is noted in it."""
        if generation is not self._at or time.monotonic() - self._checked_at >= CHECK_INTERVAL_S:
            self._check(generation)
        return self.mismatch

    def require(self, generation: Generation, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """Raises StoreMismatch where these can't come next, because the store isn't the one that it was."""
        if not self._may_follow(claim, deliveries[0].commit):
            self._check(generation)
            if self.mismatch is not None:
                raise StoreMismatch(str(self.mismatch))

    def _may_follow(self, claim: Claim, first: SequencedCommit) -> bool:
        """By the hash of the next commit where it is the next position, else by a question to the store: between two
        checks it may have been put back and have grown past every claim, and then no later check would find it."""
        if claim.position == 0 or claim.chain is None:
            return True
        if first.position == claim.position + 1:
            return follows(claim.chain, first)
        return self._store.chains({claim.position}).get(claim.position) == claim.chain

    def _check(self, generation: Generation) -> None:
        with generation.read() as connection:
            found = store_match.mismatch(connection, self._store)
            known = store_match.is_known(connection)
        if found is None and not known:
            note_origin(generation, self._store)
        if found is not None and (found != self.mismatch or generation is not self._at):
            log.error("projector: the read model doesn't match the event store", detail=str(found))
        self.mismatch, self._at, self._checked_at = found, generation, time.monotonic()


def note_origin(generation: Generation, store: EventStore) -> None:
    """By the store that is there; another process may do so at the same moment, by the same store."""
    try:
        with generation.write() as connection:
            store_match.note_store(connection, store)
    except IntegrityError:
        log.info("projector: another process has recorded the store's id", generation=generation.number)
