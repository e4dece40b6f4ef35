"""What is to be told to webhooks, and what came of it: a queue of rows that several processes share by claims.

A claim moves `due_at` on from exactly the value that was read, so one of several gets it; a process that dies lets go
of it when that time has come.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, false, func, select, update

from domain.ids import now, uuid7
from readmodel.engine import bulk
from readmodel.engine.connections import Control, changing, looking
from readmodel.engine.paging import descending, is_moment, is_subject, turn
from readmodel.engine.views import Key, Page

from .tables import webhook_deliveries as deliveries
from .tables import webhook_targets as targets

State = Literal["waiting", "delivered", "dead"]
Name = tuple[str, str, int]
"""A webhook, a commit, and the version of one of its events."""
READY = 200
"""How many webhooks are looked at in one round."""
ANSWER = 500
TEST = "WebhookTested"
"""The type of what an owner sends to try a receiver out. Never stored as an event."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook, and the last try. position 0: a test."""

    id: str
    webhook: str
    handle: str
    commit_id: str
    position: int
    version: int
    type: str
    made_at: str
    state: str
    attempts: int
    due_at: str
    tried_at: str | None
    status: int | None
    answer: str


_ALL = select(deliveries)
_OF = deliveries.c.webhook == bindparam("of")
_DUE = (deliveries.c.state == "waiting", deliveries.c.due_at <= bindparam("now", type_=deliveries.c.due_at.type))
_READY = (
    select(deliveries.c.webhook, deliveries.c.handle)
    .join(targets, targets.c.webhook == deliveries.c.webhook)
    .where(*_DUE, targets.c.paused == false(), targets.c.suspended == false())
    .group_by(deliveries.c.webhook, deliveries.c.handle)
    .order_by(func.min(deliveries.c.due_at))
    .limit(READY)
)
_NEXT = _ALL.where(_OF, *_DUE).order_by(deliveries.c.made_at, deliveries.c.id)
_HELD = (
    deliveries.c.id == bindparam("one"),
    deliveries.c.state == "waiting",
    deliveries.c.due_at == bindparam("was", type_=deliveries.c.due_at.type),
)
_COUNTS = (
    select(deliveries.c.webhook, deliveries.c.state, func.count().label("number"))
    .where(deliveries.c.webhook.in_(bindparam("webhooks", expanding=True)), deliveries.c.state != "delivered")
    .group_by(deliveries.c.webhook, deliveries.c.state)
)


_FORGET = (
    update(deliveries)
    .where(deliveries.c.commit_id.in_(bindparam("commits", expanding=True)), deliveries.c.answer != "")
    .values(answer="")
)


def _listing(rows: Select[Any]) -> Any:
    return descending(rows, deliveries.c.made_at, deliveries.c.id, ("made_at", "id"), (is_moment, is_subject))


_NEWEST = _listing(_ALL.where(_OF))
_STANDING = _listing(_ALL.where(_OF, deliveries.c.state == bindparam("state")))


def waiting(
    webhook: str, handle: str, *, type: str = TEST, commit: str = "", position: int = 0, version: int = 1
) -> Delivery:
    """A delivery that nobody has tried; without more, a test."""
    at = now()
    return Delivery(
        id=uuid7(),
        webhook=webhook,
        handle=handle,
        commit_id=commit or uuid7(),
        position=position,
        version=version,
        type=type,
        made_at=at,
        state="waiting",
        attempts=0,
        due_at=at,
        tried_at=None,
        status=None,
        answer="",
    )


def add(connection: Connection, rows: Sequence[Delivery]) -> None:
    """New rows, in the caller's transaction."""
    if rows:
        connection.execute(deliveries.insert(), [msgspec.structs.asdict(row) for row in rows])


def drop(connection: Connection, webhooks: Iterable[str]) -> None:
    """Takes away whatever was for these webhooks."""
    for webhook in webhooks:
        connection.execute(delete(deliveries).where(_OF), {"of": webhook})


def drop_waiting(connection: Connection, since: str) -> None:
    """Takes away what waits and was made since then."""
    connection.execute(delete(deliveries).where(deliveries.c.state == "waiting", deliveries.c.made_at >= since))


def made(connection: Connection, webhooks: Sequence[str], since: str) -> set[Name]:
    """What these webhooks have had a delivery of since then."""
    found = select(deliveries.c.webhook, deliveries.c.commit_id, deliveries.c.version)
    rows = connection.execute(found.where(deliveries.c.webhook.in_(webhooks), deliveries.c.made_at >= since))
    return {(row.webhook, row.commit_id, row.version) for row in rows}


def name(delivery: Delivery) -> Name:
    """What tells it from every other."""
    return delivery.webhook, delivery.commit_id, delivery.version


def standing(connection: Connection, webhooks: Sequence[str]) -> dict[tuple[str, str], int]:
    """(webhook, waiting or dead) → how many; those without any are left out."""
    rows = connection.execute(_COUNTS, {"webhooks": webhooks}) if webhooks else ()
    return {(row.webhook, row.state): row.number for row in rows}


def counted(control: Control, webhooks: Sequence[str]) -> dict[tuple[str, str], int]:
    """The same, on a connection of its own."""
    with looking(control) as connection:
        return standing(connection, webhooks)


def ready(control: Control, at: str) -> list[tuple[str, str]]:
    """(webhook, handle) of those that are told and have something due, longest waiting first; READY at most."""
    with looking(control) as connection:
        return [(row.webhook, row.handle) for row in connection.execute(_READY, {"now": at})]


def claim(control: Control, webhook: str, at: str, until: str, limit: int) -> list[Delivery]:
    """Up to limit due deliveries, oldest first, which are the caller's until then. due_at is that moment."""
    mine = []
    with changing(control) as connection:
        for row in connection.execute(_NEXT.limit(limit), {"of": webhook, "now": at}).all():
            held = update(deliveries).where(*_HELD).values(due_at=until)
            if connection.execute(held, {"one": row.id, "was": row.due_at}).rowcount:
                mine.append(msgspec.structs.replace(_delivery(row), due_at=until))
    return mine


def settle(control: Control, claimed: Delivery, **values: Any) -> bool:
    """Writes down what came of a claimed delivery; False where the claim has run out."""
    done = update(deliveries).where(*_HELD).values(values)
    with changing(control) as connection:
        return connection.execute(done, {"one": claimed.id, "was": claimed.due_at}).rowcount == 1


def replay(control: Control, webhook: str, id: str | None = None) -> int:
    """Has the dead letters of a webhook tried again from the start, or the one of this id. Gives how many they are."""
    again = update(deliveries).where(_OF, deliveries.c.state == "dead")
    if id is not None:
        again = again.where(deliveries.c.id == id)
    with changing(control) as connection:
        done = connection.execute(again.values(state="waiting", attempts=0, due_at=now()), {"of": webhook})
        return done.rowcount


def one(control: Control, webhook: str, id: str) -> Delivery | None:
    with looking(control) as connection:
        wanted = _ALL.where(_OF, deliveries.c.id == id)
        row = connection.execute(wanted, {"of": webhook}).one_or_none()
    return None if row is None else _delivery(row)


def test(control: Control, webhook: str, handle: str) -> Delivery:
    """A test of a webhook: the one that waits, if one does, else a new one."""
    wanted = _ALL.where(_OF, deliveries.c.state == "waiting", deliveries.c.position == 0).limit(1)
    with changing(control) as connection:
        if (row := connection.execute(wanted, {"of": webhook}).one_or_none()) is not None:
            return _delivery(row)
        add(connection, [made := waiting(webhook, handle)])
    return made


def listed(
    control: Control, webhook: str, state: State | None = None, after: Key | None = None, limit: int = 30
) -> Page[Delivery]:
    """Those of a webhook, newest first; of one state where that is said."""
    bound: Mapping[str, Any] = {"of": webhook} | ({"state": state} if state else {})
    with looking(control) as connection:
        rows, next = turn(connection, _STANDING if state else _NEWEST, after, limit, bound)
    return Page(items=[_delivery(row) for row in rows], next=next)


def forget_answers(control: Control, commits: Sequence[str]) -> None:
    """A receiver may answer with the very words that it was told, and these are erased since."""
    for some in bulk.portions(commits):
        with changing(control) as connection:
            connection.execute(_FORGET, {"commits": some})


def prune(control: Control, state: State, before: str) -> int:
    """Forgets those that ended so before that moment. Gives how many they were."""
    old = delete(deliveries).where(deliveries.c.state == state, deliveries.c.due_at < before)
    with changing(control) as connection:
        return connection.execute(old).rowcount


def _delivery(row: Any) -> Delivery:
    return Delivery(**row._mapping)
