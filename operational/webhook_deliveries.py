"""Queue of webhook deliveries: one row an event and webhook, shared by several processes through claims.

A claim moves `due_at` on from exactly the value that was read, so one of several gets it; a process that dies lets go
of it when that time has come.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, false, func, or_, select, update

from domain.ids import now, uuid7
from readmodel.engine import bulk
from readmodel.engine.connections import Control, changing, looking
from readmodel.engine.paging import descending, fetch_page, is_moment, is_subject
from readmodel.engine.views import Key, Page

from .tables import webhook_deliveries as deliveries
from .tables import webhook_targets as targets

State = Literal["waiting", "delivered", "dead"]
Identity = tuple[str, str, int]
"""A webhook, a commit, and the version of one of its events."""
Counts = dict[tuple[str, str], int]
"""(webhook, state) → how many; those without any are left out."""
MAX_READY_WEBHOOKS = 200
MAX_ANSWER_CHARS = 500
TEST_TYPE = "WebhookTested"
"""The type of what an owner sends to try a receiver out. Never stored as an event."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook, and the last attempt. Without an event it is a test, at position 0."""

    id: str = msgspec.field(default_factory=uuid7)
    webhook: str
    account: str
    commit_id: str = msgspec.field(default_factory=uuid7)
    position: int = 0
    version: int = 1
    type: str = TEST_TYPE
    made_at: str = msgspec.field(default_factory=now)
    state: State = "waiting"
    attempts: int = 0
    due_at: str = msgspec.field(default_factory=now)
    tried_at: str | None = None
    status: int | None = None
    answer: str = ""

    @property
    def identity(self) -> Identity:
        return self.webhook, self.commit_id, self.version

    @property
    def event(self) -> str:
        """The event's id, as CloudEvents has it."""
        return f"{self.commit_id}:{self.version}"

    @property
    def next_at(self) -> str | None:
        """When it is tried next; None once it is delivered or dead."""
        return self.due_at if self.state == "waiting" else None


_ALL = select(deliveries)
_OF = deliveries.c.webhook == bindparam("of")
_NOW = bindparam("now", type_=deliveries.c.due_at.type)
_DUE = (deliveries.c.state == "waiting", deliveries.c.due_at <= _NOW)
_NOT_SUSPENDED = or_(targets.c.suspended == false(), targets.c.suspended_until <= _NOW)
_READY = (
    select(deliveries.c.webhook, deliveries.c.account)
    .join(targets, targets.c.webhook == deliveries.c.webhook)
    .where(*_DUE, targets.c.paused == false(), _NOT_SUSPENDED)
    .group_by(deliveries.c.webhook, deliveries.c.account)
    .order_by(func.min(deliveries.c.due_at))
    .limit(MAX_READY_WEBHOOKS)
)
_NEXT = _ALL.where(_OF, *_DUE).order_by(deliveries.c.made_at, deliveries.c.id)
_COUNTS = (
    select(deliveries.c.webhook, deliveries.c.state, func.count().label("number"))
    .where(deliveries.c.webhook.in_(bindparam("webhooks", expanding=True)), deliveries.c.state != "delivered")
    .group_by(deliveries.c.webhook, deliveries.c.state)
)


def _newest_first(rows: Select[Any]) -> Any:
    return descending(rows, deliveries.c.made_at, deliveries.c.id, ("made_at", "id"), (is_moment, is_subject))


_LISTED = _newest_first(_ALL.where(_OF))
_LISTED_OF_STATE = _newest_first(_ALL.where(_OF, deliveries.c.state == bindparam("state")))


def add(connection: Connection, rows: Sequence[Delivery]) -> None:
    """Inserts new rows, in the caller's transaction."""
    if rows:
        connection.execute(deliveries.insert(), [msgspec.structs.asdict(row) for row in rows])


def drop(connection: Connection, webhooks: Iterable[str]) -> None:
    """Deletes whatever was for these webhooks."""
    for webhook in webhooks:
        connection.execute(delete(deliveries).where(_OF), {"of": webhook})


def drop_waiting(connection: Connection, since: str) -> None:
    """Deletes what waits and was made since then."""
    connection.execute(delete(deliveries).where(deliveries.c.state == "waiting", deliveries.c.made_at >= since))


def queued_since(connection: Connection, webhooks: Sequence[str], since: str) -> set[Identity]:
    """What these webhooks have had a delivery of since then."""
    found = select(deliveries.c.webhook, deliveries.c.commit_id, deliveries.c.version)
    rows = connection.execute(found.where(deliveries.c.webhook.in_(webhooks), deliveries.c.made_at >= since))
    return {(row.webhook, row.commit_id, row.version) for row in rows}


def count_by_state(connection: Connection, webhooks: Sequence[str]) -> Counts:
    """How many deliveries wait or are dead."""
    rows = connection.execute(_COUNTS, {"webhooks": webhooks}) if webhooks else ()
    return {(row.webhook, row.state): row.number for row in rows}


def counted(control: Control, webhooks: Sequence[str]) -> Counts:
    """count_by_state on a connection of its own."""
    with looking(control) as connection:
        return count_by_state(connection, webhooks)


def ready(control: Control, at: str) -> list[tuple[str, str]]:
    """(webhook, account) of those that are active and have something due, longest waiting first."""
    with looking(control) as connection:
        return [(row.webhook, row.account) for row in connection.execute(_READY, {"now": at})]


def claim(control: Control, webhook: str, at: str, until: str, limit: int) -> list[Delivery]:
    """Up to limit due deliveries, oldest first, which are the caller's until then. due_at is that moment."""
    with changing(control) as connection:
        due = [_delivery(row) for row in connection.execute(_NEXT.limit(limit), {"of": webhook, "now": at}).all()]
        mine = [one for one in due if _compare_and_set(connection, one, due_at=until)]
    return [msgspec.structs.replace(one, due_at=until) for one in mine]


def settle(control: Control, claimed: Delivery, **columns: Any) -> bool:
    """Saves what came of a claimed delivery; False where the claim has run out."""
    with changing(control) as connection:
        return _compare_and_set(connection, claimed, **columns)


def _compare_and_set(connection: Connection, seen: Delivery, **columns: Any) -> bool:
    """Changes a row that waits and is due when it was seen to be; False where somebody else has changed it."""
    same = (deliveries.c.id == seen.id, deliveries.c.state == "waiting", deliveries.c.due_at == seen.due_at)
    return connection.execute(update(deliveries).where(*same).values(columns)).rowcount == 1


def replay(control: Control, webhook: str, id: str | None = None) -> int:
    """Queues the dead letters of a webhook from the start, or the one of this id. Gives how many they are."""
    again = update(deliveries).where(_OF, deliveries.c.state == "dead")
    if id is not None:
        again = again.where(deliveries.c.id == id)
    with changing(control) as connection:
        done = connection.execute(again.values(state="waiting", attempts=0, due_at=now()), {"of": webhook})
        return done.rowcount


def find(control: Control, webhook: str, id: str) -> Delivery | None:
    with looking(control) as connection:
        row = connection.execute(_ALL.where(_OF, deliveries.c.id == id), {"of": webhook}).one_or_none()
    return None if row is None else _delivery(row)


def add_test(control: Control, webhook: str, account: str) -> Delivery:
    """A test of a webhook: the one that waits, if one does, else a new one."""
    wanted = _ALL.where(_OF, deliveries.c.state == "waiting", deliveries.c.position == 0).limit(1)
    with changing(control) as connection:
        if (row := connection.execute(wanted, {"of": webhook}).one_or_none()) is not None:
            return _delivery(row)
        add(connection, [made := Delivery(webhook=webhook, account=account)])
    return made


def listed(
    control: Control, webhook: str, state: State | None = None, after: Key | None = None, limit: int = 30
) -> Page[Delivery]:
    """One page of a webhook's deliveries, newest first; of one state where that is given."""
    with looking(control) as connection:
        listing, bound = (_LISTED_OF_STATE, {"of": webhook, "state": state}) if state else (_LISTED, {"of": webhook})
        rows, next = fetch_page(connection, listing, after, limit, bound)
    return Page(items=[_delivery(row) for row in rows], next=next)


def clear_answers(control: Control, commits: Sequence[str]) -> None:
    """Empties the answers about these commits: a receiver may have answered with text that is erased since."""
    of_commits = deliveries.c.commit_id.in_(bindparam("commits", expanding=True))
    cleared = update(deliveries).where(of_commits, deliveries.c.answer != "").values(answer="")
    for some in bulk.batches(commits):
        with changing(control) as connection:
            connection.execute(cleared, {"commits": some})


def _delivery(row: Any) -> Delivery:
    return Delivery(**row._mapping)
