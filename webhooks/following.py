"""Looks at what happens, in order of position, and makes a delivery of each event that a webhook is told of.

Cursor, targets and deliveries move on together, so that a process which dies anywhere leaves nothing out. The words
stay in the store: a delivery says which event it is. Where the store was put back to an earlier state, or is another,
everything is looked at afresh, and what has its delivery already gets no second one: see docs/decisions/0042.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from domain import account, gaps, ids, webhook
from domain.account import AccountReinstated, AccountSuspended
from domain.commit import SequencedCommit, StoredEvent
from domain.errors import Damaged
from domain.messages import Event
from domain.ports import Codec, EventStore
from eventstore.chain import follows
from operational import webhook_cursor, webhook_deliveries
from operational.webhook_cursor import Cursor, Target
from operational.webhook_deliveries import Delivery
from readmodel.engine.engines import writing

BATCH = 500
LOOK_S = 1.0
"""How often the store is asked whether it is still the one that the cursor stands in."""
HORIZON = timedelta(hours=1)
"""How old what happened may be, where the process begins without a cursor."""
MOST_WAITING = 10_000
"""A webhook for which more waits is paused: its receiver can't keep up, or is gone."""
_WEBHOOKS, _ACCOUNTS = webhook.stream(""), account.stream("")
_STANDING = {AccountSuspended.type: True, AccountReinstated.type: False}

log = structlog.get_logger("webhooks")


class Follower:
    """One process's part in it. It remembers the targets for as long as nobody else moves the cursor."""

    def __init__(self, store: EventStore, codec: Codec, engine: Engine) -> None:
        self._store = store
        self._codec = codec
        self._engine = engine
        self._cursor: Cursor | None = None
        self._targets: dict[str, Target] | None = None
        self._look = 0.0

    def step(self) -> tuple[int, list[Target]]:
        """Looks at up to BATCH commits. Gives how many there were, and the targets for which too much waits."""
        if time.monotonic() >= self._look:
            self._look_at_store()
        cursor = self._at()
        commits = gaps.unbroken(self._store.read(cursor.position, BATCH), cursor.position, BATCH)
        if not commits:
            return 0, []
        if commits[0].position == cursor.position + 1 and not follows(cursor.chain, commits[0]):
            self._look_at_store()
            if self._at() != cursor:
                return 0, []
        try:
            full = self._take(cursor, commits)
        except BaseException:
            self._forget()
            raise
        return len(commits), full

    def _look_at_store(self) -> None:
        """Whether it is the one that the cursor stands in, and goes as far; a cursor of an older version adopts it."""
        self._look = time.monotonic() + LOOK_S
        cursor, store = self._at(), self._store.id()
        here = self._store.chains([cursor.position]).get(cursor.position)
        head = self._store.head()[0]
        right = cursor.store in (None, store) and cursor.position <= head
        if right and None not in (here, cursor.chain):
            right = here == cursor.chain
        if not right:
            log.warning("the event store was put back, and is looked at afresh", cursor=cursor.position, head=head)
            self._begin_anew(cursor, store)
        elif cursor.store is None or (cursor.chain is None and here is not None):
            with writing(self._engine).begin() as connection:
                webhook_cursor.move(connection, cursor.position, replace(cursor, store=store, chain=here))
            self._forget()

    def _begin_anew(self, cursor: Cursor, store: str) -> None:
        """What waits is made again, if the store still has what it tells of."""
        since = max(cursor.since, _horizon())
        with writing(self._engine).begin() as connection:
            if webhook_cursor.move(connection, cursor.position, Cursor(position=0, since=since, store=store)):
                webhook_cursor.forget_all(connection)
                webhook_deliveries.drop_waiting(connection, since)
        self._forget()

    def _at(self) -> Cursor:
        if self._cursor is None:
            self._cursor = webhook_cursor.begin(self._engine, _horizon())
        return self._cursor

    def _forget(self) -> None:
        self._cursor = self._targets = None

    def _take(self, cursor: Cursor, commits: Sequence[SequencedCommit]) -> list[Target]:
        reached = replace(cursor, position=commits[-1].position, chain=commits[-1].chain or None)
        with writing(self._engine).begin() as connection:
            if not webhook_cursor.move(connection, cursor.position, reached):
                self._forget()
                return []
            known = webhook_cursor.all_targets(connection) if self._targets is None else self._targets
            look = _Look(known, self._codec, cursor.since)
            for commit in commits:
                look.take(commit)
            full = look.write(connection)
        self._cursor, self._targets = reached, look.targets
        return full


class _Look:
    """What one batch comes to."""

    def __init__(self, targets: dict[str, Target], codec: Codec, since: str) -> None:
        self.targets = targets
        self._codec = codec
        self._since = since
        self._anew_until = ids.timestamp(datetime.fromisoformat(since) + HORIZON)
        """What is older may have been looked at before: by one who stood in a store that was put back since."""
        self._again = False
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._rows: dict[str, list[Delivery]] = {}

    def take(self, commit: SequencedCommit) -> None:
        if commit.stream.startswith(_WEBHOOKS):
            self._follow(commit)
        elif commit.stream.startswith(_ACCOUNTS):
            self._notice(commit)
        if self.targets and (commit.at >= self._since or not commit.at):
            self._again = self._again or commit.at < self._anew_until
            for delivery in self._told(commit):
                self._rows.setdefault(delivery.webhook, []).append(delivery)

    def write(self, connection: Connection) -> list[Target]:
        """Gives the targets that have too much waiting: they get no more of it."""
        webhook_cursor.forget(connection, sorted(self._gone))
        webhook_deliveries.drop(connection, sorted(self._gone))
        webhook_cursor.save(connection, [self.targets[id] for id in sorted(self._changed) if id in self.targets])
        due = {id: rows for id, rows in sorted(self._rows.items()) if id in self.targets}
        if self._again and due:
            made = webhook_deliveries.made(connection, list(due), self._since)
            due = {id: [one for one in rows if webhook_deliveries.name(one) not in made] for id, rows in due.items()}
        waiting = webhook_deliveries.standing(connection, list(due))
        full = {id for id, rows in due.items() if waiting.get((id, "waiting"), 0) + len(rows) > MOST_WAITING}
        webhook_deliveries.add(connection, [row for id, rows in due.items() if id not in full for row in rows])
        return [self.targets[id] for id in sorted(full)]

    def _follow(self, commit: SequencedCommit) -> None:
        try:
            events: list[Any] = [self._codec.decode(stored, commit) for stored in commit.events]
        except Damaged as error:
            log.error("a webhook's commit can't be read, and is passed over", error=str(error))
            return
        for event in events:
            self._change(event)

    def _change(self, event: Any) -> None:
        match event:
            case webhook.WebhookAdded():
                self.targets[event.webhook] = Target(webhook=event.webhook, handle=event.handle, kinds=event.kinds)
            case webhook.WebhookErased():
                self.targets.pop(event.webhook, None)
                self._gone.add(event.webhook)
        target = self.targets.get(event.webhook)
        if target is None:
            return
        match event:
            case webhook.WebhookChanged():
                target.kinds = event.kinds
            case webhook.WebhookPaused() | webhook.WebhookResumed():
                target.paused = isinstance(event, webhook.WebhookPaused)
        self._changed.add(event.webhook)

    def _notice(self, commit: SequencedCommit) -> None:
        """Whether an account stands, for its webhooks."""
        handle = commit.stream.removeprefix(_ACCOUNTS)
        for stored in commit.events:
            if (suspended := _STANDING.get(stored.type)) is not None:
                for target in self.targets.values():
                    if target.handle == handle:
                        target.suspended = suspended
                        self._changed.add(target.webhook)

    def _told(self, commit: SequencedCommit) -> Iterator[Delivery]:
        _, events = gaps.decoded(self._codec, commit)
        for version, (stored, event) in enumerate(zip(commit.events, events, strict=True), commit.first):
            for target in self.targets.values():
                if not target.paused and not target.suspended and _tells(target.kinds, stored, event):
                    yield webhook_deliveries.waiting(
                        target.webhook,
                        target.handle,
                        type=gaps.UNREADABLE if isinstance(event, gaps.Unreadable) else stored.type,
                        commit=commit.id,
                        position=commit.position,
                        version=version,
                    )


def _horizon() -> str:
    return ids.timestamp(datetime.now(UTC) - HORIZON)


def _tells(kinds: tuple[str, ...], stored: StoredEvent, event: Event | gaps.Unreadable) -> bool:
    """Whether a webhook of these kinds is told; of a gap where it wants every kind, or this one."""
    if isinstance(event, gaps.Unreadable):
        return not event.secret and (not kinds or stored.type in kinds)
    return webhook.wants(kinds, stored.type)
