"""Reads new commits in order of position and queues a delivery of each event that a webhook wants.

Cursor, targets and deliveries move on in one transaction, so a process that dies anywhere leaves nothing out. Where the
store was put back to an earlier state, or is another, it is read again from the start, and what has its delivery
already gets no second one: see docs/decisions/0042.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from msgspec.structs import replace
from sqlalchemy import Engine

from domain import account, gaps, ids, webhook
from domain.commit import SequencedCommit, StoredEvent
from domain.gaps import Unreadable
from domain.leaving import AccountErased, LeavingBegun, LeavingTakenBack
from domain.messages import Event
from domain.moderation.suspension import AccountReinstated, AccountSuspended
from domain.ports import Codec, EventStore
from eventstore.chain import follows
from operational import store_cursor, webhook_cursor, webhook_deliveries
from operational.webhook_cursor import Cursor, Target
from operational.webhook_deliveries import Delivery
from readmodel.engine.engines import writing

BATCH_COMMITS = 500
STORE_CHECK_INTERVAL_S = 1.0
"""How often the store is asked whether it is still the one that the cursor stands in."""
CATCH_UP = timedelta(hours=1)
"""How old an event may be that is queued, where the process begins without a cursor."""
MAX_WAITING = 10_000
"""A webhook for which more waits is paused: its receiver can't keep up, or is gone."""
_WEBHOOKS, _ACCOUNTS = webhook.stream(""), account.stream("")
_STANDING: dict[str, dict[str, bool | None]] = {
    AccountSuspended.type: {"suspended": True, "suspended_until": None},
    AccountReinstated.type: {"suspended": False, "suspended_until": None},
    LeavingBegun.type: {"gone": True},
    LeavingTakenBack.type: {"gone": False},
    AccountErased.type: {"gone": True},
}
"""What each event of an account changes at its targets."""

log = structlog.get_logger("webhooks")


class Follower:
    """One process's part in it; several may take turns, and the cursor decides who queues a batch."""

    def __init__(self, store: EventStore, codec: Codec, engine: Engine) -> None:
        self._store = store
        self._codec = codec
        self._engine = engine
        self._next_check = 0.0

    def step(self) -> tuple[int, list[Target]]:
        """Takes in up to BATCH_COMMITS. Gives how many there were, and the targets whose queue is full."""
        if time.monotonic() >= self._next_check:
            self._check_store()
        cursor = self._cursor()
        commits = store_cursor.next_commits(self._store, cursor, BATCH_COMMITS)
        if not commits:
            return 0, []
        if not follows(cursor.chain, commits[0]) and self._check_store():
            return 0, []
        return len(commits), self._queue(cursor, commits)

    def _cursor(self) -> Cursor:
        return webhook_cursor.load_or_create(self._engine, ids.from_now(-CATCH_UP))

    def _check_store(self) -> bool:
        """Whether the cursor was changed: to the start, where it doesn't belong to the store as it is now, or to say
        which store that is, where an older version wrote it."""
        self._next_check = time.monotonic() + STORE_CHECK_INTERVAL_S
        cursor = self._cursor()
        known = store_cursor.located(self._store, cursor)
        if known is None:
            log.warning("the event store was put back, and is read again", cursor=cursor.position)
            self._restart(cursor)
        elif known != cursor:
            with writing(self._engine).begin() as connection:
                webhook_cursor.advance(connection, cursor.position, known)
        return known != cursor

    def _restart(self, cursor: Cursor) -> None:
        """What waits is queued again, if the store still has its event."""
        since = max(cursor.since, ids.from_now(-CATCH_UP))
        start = Cursor(position=0, since=since, store=self._store.id())
        with writing(self._engine).begin() as connection:
            if webhook_cursor.advance(connection, cursor.position, start):
                webhook_cursor.replace_targets(connection, ())
                webhook_deliveries.drop_waiting(connection, since)

    def _queue(self, cursor: Cursor, commits: Sequence[SequencedCommit]) -> list[Target]:
        reached = store_cursor.moved(cursor, commits)
        with writing(self._engine).begin() as connection:
            if not webhook_cursor.advance(connection, cursor.position, reached):
                return []
            before = webhook_cursor.load_targets(connection)
            targets = dict(before)
            new: list[Delivery] = []
            for commit in commits:
                new += self._take(targets, commit, cursor.since)
            if targets != before:
                webhook_cursor.replace_targets(connection, targets.values())
            webhook_deliveries.drop(connection, before.keys() - targets)
            new = [one for one in new if one.webhook in targets]
            affected = sorted({one.webhook for one in new})
            began = ids.to_iso_utc(datetime.fromisoformat(cursor.since) + CATCH_UP)
            if affected and any(commit.at < began for commit in commits):
                # From before the cursor: it may have its delivery, made before the store was put back.
                queued = webhook_deliveries.queued_since(connection, affected, cursor.since)
                new = [one for one in new if one.identity not in queued]
            counts = webhook_deliveries.count_by_state(connection, affected)
            full = [id for id in affected if counts.get((id, "waiting"), 0) >= MAX_WAITING]
            webhook_deliveries.add(connection, [one for one in new if one.webhook not in full])
        return [targets[id] for id in full]

    def _take(self, targets: dict[str, Target], commit: SequencedCommit, since: str) -> Iterator[Delivery]:
        """Brings the targets forward by one commit, and gives its deliveries."""
        if not targets and not commit.stream.startswith(_WEBHOOKS):
            return
        _, events = gaps.decoded(self._codec, commit)
        for version, (stored, event) in enumerate(zip(commit.events, events, strict=True), commit.first):
            _fold(targets, commit.stream, stored, event)
            if commit.at >= since or not commit.at:
                yield from _deliveries(targets.values(), commit, version, stored.type, event)


def _fold(targets: dict[str, Target], stream: str, stored: StoredEvent, event: Event | Unreadable) -> None:
    match event:
        case Unreadable() if stream.startswith(_WEBHOOKS):
            log.error("a webhook's event can't be read, and is passed over", stream=stream)
        case webhook.WebhookAdded():
            targets[event.webhook] = Target(webhook=event.webhook, account=event.account, kinds=event.kinds)
        case webhook.WebhookErased():
            targets.pop(event.webhook, None)
        case webhook.WebhookChanged():
            _change(targets, {event.webhook}, kinds=event.kinds)
        case webhook.WebhookPaused() | webhook.WebhookResumed():
            _change(targets, {event.webhook}, paused=isinstance(event, webhook.WebhookPaused))
        case _ if stored.type in _STANDING:
            owner = stream.removeprefix(_ACCOUNTS)
            owned = {id for id, target in targets.items() if target.account == owner}
            _change(targets, owned, **_STANDING[stored.type])
            if isinstance(event, AccountSuspended):
                _change(targets, owned, suspended_until=event.until or None)


def _change(targets: dict[str, Target], webhooks: set[str], **changes: Any) -> None:
    targets.update({id: replace(targets[id], **changes) for id in webhooks & targets.keys()})


def _deliveries(
    targets: Iterable[Target], commit: SequencedCommit, version: int, kind: str, event: Event | Unreadable
) -> Iterator[Delivery]:
    """kind: the stored type, by which a webhook of some kinds wants an event, or the gap in its place."""
    if event.secret:
        return
    type = gaps.UNREADABLE if isinstance(event, Unreadable) else kind
    at = commit.at or ids.now()  # of a commit that is missing nobody knows when it was
    for target in targets:
        if target.is_active(at) and (not target.kinds or kind in target.kinds):
            yield Delivery(
                webhook=target.webhook, account=target.account, type=type, commit_id=commit.id or ids.uuid7(),
                position=commit.position, version=version,
            )  # fmt: skip
