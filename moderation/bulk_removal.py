"""Carries bulk removals out, and takes them back: text by text, in the background.

What is to be done is read from the lists: the batches that are open, and of each the texts that still stand, or are
still removed. So nothing has to be kept beside: a process that dies goes on where the lists are, and every command has
an id that is made from its batch and its text. A batch has ended once a look at lists that show everything done finds
nothing more to do. See docs/decisions/0101.
"""

from collections.abc import Callable, Sequence
from threading import Event as Stop
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain import account
from domain.bus import CommandBus
from domain.commit import Commit, SequencedCommit, position_of
from domain.errors import Damaged, Parked, Unavailable, first_line
from domain.ids import now
from domain.messages import Command, Event
from domain.moderation import bulk
from domain.moderation.bulk import BulkRemovalOrdered, BulkRemovalTakenBack
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from domain.ports import Codec, EventStore
from readmodel.bulk_removals.answers import counts, open_batches, parts_left
from readmodel.bulk_removals.preview import TABLES, standing_ids
from readmodel.engine.views import Key
from readmodel.generations.errors import GenerationGone, NoGeneration
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter

from .parts import POWER, SUSPENSIONS, last_is, removal, restoration
from .sender import Sender, envelope

POLL_S = 1.0
PAGE_TEXTS = 50
PAGE_PAUSE_S = 0.05
"""Between two pages, so that all who write have their turn."""

Found = TypeVar("Found", bound=Event)

log = structlog.get_logger("moderation")


class BulkRemover:
    """One process's part in it. Several may run: what one has done the other finds done."""

    def __init__(
        self, generations: Generations, store: EventStore, codec: Codec, bus: CommandBus, meter: LagMeter,
        after_step: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """after_step: called behind each command that was sent."""
        self._generations = generations
        self._store = store
        self._codec = codec
        self._bus = bus
        self._meter = meter
        self._sender = Sender(store, bus, codec, after_step)

    def run(self, stop: Stop) -> None:
        """Until stop is set."""
        while not stop.wait(POLL_S):
            try:
                self.look(stop)
            except (Unavailable, SQLAlchemyError, GenerationGone, NoGeneration) as error:
                log.warning("bulk removal: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("bulk removal: failed, retrying")

    def look(self, stop: Stop) -> None:
        """Goes once through what every open batch has left to do. One that can't go on keeps no other waiting."""
        with self._generations.connect() as connection:
            batches = open_batches(connection)
        for batch in batches:
            if stop.is_set():
                return
            try:
                self._carry_on(batch, stop)
            except (Damaged, Parked) as error:
                log.error("bulk removal: a batch can't be read", batch=batch, error=first_line(error))

    def _carry_on(self, batch: str, stop: Stop) -> None:
        """The lists may be behind: what has ended meanwhile is left alone."""
        state = self._bus.aggregates().batch(batch)
        if state.taken_back and not state.reversed:
            self._restore(batch, stop)
        elif state.exists and not state.taken_back and not state.finished:
            self._remove(batch, stop)

    def _remove(self, batch: str, stop: Stop) -> None:
        ordered, commit = self._find(batch, BulkRemovalOrdered)
        if not isinstance(commit, SequencedCommit):
            raise Damaged(f"batch {batch} is in the lists, and has no position")
        roles = self._sender.roles_at(commit)
        if ordered.suspends:
            self._suspend(ordered, commit, roles)
        is_complete = self._is_shown(commit)
        acted, remaining = 0, 0
        for kind in TABLES:
            after: Key | None = None
            while True:
                with self._generations.connect() as connection:
                    period = (ordered.since, ordered.until)
                    ids, after = standing_ids(connection, kind, ordered.account, period, after, PAGE_TEXTS)
                for id in ids:
                    if self._remove_text(ordered, f"{kind}-{id}", commit, roles):
                        acted += 1
                    else:
                        remaining += 1
                if after is None:
                    break
                if stop.wait(PAGE_PAUSE_S) or self._bus.aggregates().batch(batch).taken_back:
                    return
        if is_complete and not acted:
            self._record_removal(batch, remaining, commit)

    def _remove_text(
        self, ordered: BulkRemovalOrdered, stream: str, commit: SequencedCommit, roles: frozenset[str]
    ) -> bool:  # fmt: skip
        """Whether it is removed now, by this batch or by somebody else meanwhile."""

        def choose(_commits: Sequence[Commit]) -> Command | None:
            return removal(stream, ordered.reason, ordered.batch)

        try:
            self._sender.act(stream, choose, envelope(commit, commit.actor, f"{ordered.batch}:{stream}", roles))
            return self._bus.aggregates().writing(stream).removed
        except (Damaged, Parked) as error:
            log.warning("bulk removal: a text can't be read", stream=stream, error=first_line(error))
            return False

    def _record_removal(self, batch: str, remaining: int, commit: SequencedCommit) -> None:
        with self._generations.connect() as connection:
            removed = sum(counts(connection, [batch]).values())
        record = bulk.RecordBulkRemoval(batch=batch, removed=removed, remaining=remaining)
        self._sender.record(record, commit, f"{batch}:finished")

    def _suspend(self, ordered: BulkRemovalOrdered, commit: SequencedCommit, roles: frozenset[str]) -> None:
        command = SuspendAccount(
            handle=ordered.account, reason=ordered.reason or "", until=ordered.suspended_until, now=now()
        )
        sent = envelope(commit, commit.actor, f"{ordered.batch}:suspend", roles)
        if self._sender.commit_of(commit.actor, f"{ordered.batch}:suspend") is None:
            self._sender.act(account.stream(ordered.account), lambda _commits: command, sent)

    def _restore(self, batch: str, stop: Stop) -> None:
        ordered, order = self._find(batch, BulkRemovalOrdered)
        taken_back, commit = self._find(batch, BulkRemovalTakenBack)
        is_complete = self._is_shown(commit)
        self._reinstate(ordered, order, taken_back, commit)
        acted, remaining, last = 0, 0, ""
        while True:
            with self._generations.connect() as connection:
                left = parts_left(connection, batch, last, PAGE_TEXTS)
            for kind, id in left:
                if self._restore_text(ordered, taken_back, f"{kind}-{id}", order, commit):
                    acted += 1
                else:
                    remaining += 1
            if len(left) < PAGE_TEXTS:
                break
            last = left[-1][1]
            if stop.wait(PAGE_PAUSE_S):
                return
        if is_complete and not acted:
            self._record_restoration(batch, remaining, commit)

    def _restore_text(
        self, ordered: BulkRemovalOrdered, taken_back: BulkRemovalTakenBack, stream: str, order: Commit, cause: Commit
    ) -> bool:  # fmt: skip
        """Whether it is back by this batch: what changed since it was removed is left as it is."""

        def choose(commits: Sequence[Commit]) -> Command | None:
            removed = self._sender.commit_of(order.actor, f"{ordered.batch}:{stream}")
            stands = removed is not None and commits[-1].id == removed.id
            return restoration(stream, taken_back.reason, taken_back.batch) if stands else None

        command_id = f"{ordered.batch}:restore:{stream}"
        try:
            self._sender.act(stream, choose, envelope(cause, cause.actor, command_id, POWER))
        except (Damaged, Parked) as error:
            log.warning("bulk removal: a text can't be read", stream=stream, error=first_line(error))
            return False
        return self._sender.commit_of(cause.actor, command_id) is not None

    def _reinstate(
        self, ordered: BulkRemovalOrdered, order: Commit, taken_back: BulkRemovalTakenBack, cause: Commit
    ) -> None:
        suspended = self._sender.commit_of(order.actor, f"{ordered.batch}:suspend") if ordered.suspends else None
        if suspended is None:
            return

        def choose(commits: Sequence[Commit]) -> Command | None:
            command = ReinstateAccount(handle=ordered.account, reason=taken_back.reason or "", now=now())
            return command if last_is(suspended, commits, SUSPENSIONS) else None

        sent = envelope(cause, cause.actor, f"{ordered.batch}:reinstate", POWER)
        self._sender.act(account.stream(ordered.account), choose, sent)

    def _record_restoration(self, batch: str, remaining: int, commit: Commit) -> None:
        with self._generations.connect() as connection:
            restored = counts(connection, [batch]).get((batch, True), 0)
        record = bulk.RecordBulkRestoration(batch=batch, restored=restored, remaining=remaining)
        self._sender.record(record, commit, f"{batch}:reversed")

    def _is_shown(self, commit: Commit) -> bool:
        """Whether the lists show it, and all before it, but for what can't be folded."""
        position = position_of(commit)
        return position is not None and position < self._meter.measure().shown_before

    def _find(self, batch: str, kind: type[Found]) -> tuple[Found, Commit]:
        """The batch's event of this kind, and its commit. Raises Damaged where it can't be read, or isn't there."""
        for commit in self._store.load(bulk.stream(batch)):
            event = self._codec.decode(commit.events[0], commit)
            if isinstance(event, kind):
                return event, commit
        raise Damaged(f"batch {batch} has no {kind.__name__}")
