"""The webhooks of each account, for their owner's list. What is delivered goes by the owner's own stream."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Index, Row, Table, bindparam, select

from domain import webhook
from domain.webhook import (
    WebhookAdded,
    WebhookChanged,
    WebhookErased,
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
)
from readmodel.engine.changes import Changes
from readmodel.engine.model import Owned, ReadModel
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment, key, line, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("handle", key(40), nullable=False),
    Column("url", line(2000), nullable=False),
    Column("kinds", line(1000), nullable=False),
    Column("description", line(200), nullable=False),
    Column("added_at", Moment(), nullable=False),
    Column("rotated_at", Moment()),
    Column("paused_at", Moment()),
    Column("pause_reason", line(500)),
    Index("webhooks_of_handle", "handle", "id"),
)
"""kinds: names of events with blanks between, "" for all. Secrets are nowhere."""


class WebhooksOf(Query, frozen=True, kw_only=True):
    """list[WebhookView], oldest first: all webhooks of an account."""

    handle: str


class WebhookById(Query, frozen=True, kw_only=True):
    """WebhookView; None where the account has none of this id."""

    handle: str
    webhook: str


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """kinds: none of them means all. paused_at: None while it is told of what happens."""

    id: str
    url: str
    kinds: tuple[str, ...]
    description: str
    added_at: str
    rotated_at: str | None
    paused_at: str | None
    pause_reason: str | None


def _added(changes: Changes, fact: Any) -> None:
    event: WebhookAdded = fact.event
    changes.insert(
        webhooks,
        id=event.webhook,
        handle=event.handle,
        url=event.url,
        kinds=" ".join(event.kinds),
        description=event.description,
        added_at=fact.at,
        rotated_at=None,
        paused_at=None,
        pause_reason=None,
    )


def _changed(changes: Changes, fact: Any) -> None:
    event: WebhookChanged = fact.event
    changes.update(
        webhooks, (event.webhook,), url=event.url, kinds=" ".join(event.kinds), description=event.description
    )


def _paused(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), paused_at=fact.at, pause_reason=fact.reason)


def _resumed(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), paused_at=None, pause_reason=None)


def _rotated(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), rotated_at=fact.at)


def _erased(changes: Changes, fact: Any) -> None:
    changes.delete(webhooks, (fact.event.webhook,))


_MINE = select(webhooks).where(webhooks.c.handle == bindparam("handle")).order_by(webhooks.c.added_at, webhooks.c.id)
_ONE = select(webhooks).where(webhooks.c.id == bindparam("webhook"), webhooks.c.handle == bindparam("handle"))


def webhooks_of(connection: Connection, query: WebhooksOf) -> list[WebhookView]:
    return [_view(row) for row in connection.execute(_MINE, {"handle": query.handle})]


def webhook_by_id(connection: Connection, query: WebhookById) -> WebhookView | None:
    row = connection.execute(_ONE, {"handle": query.handle, "webhook": query.webhook}).one_or_none()
    return None if row is None else _view(row)


def _view(row: Row[Any]) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        kinds=tuple(row.kinds.split()),
        description=row.description,
        added_at=row.added_at,
        rotated_at=row.rotated_at,
        paused_at=row.paused_at,
        pause_reason=row.pause_reason,
    )


_STREAMS = webhook.stream("")


def _owned(stream: str) -> Iterable[Owned]:
    if stream.startswith(_STREAMS):
        yield webhooks, webhooks.c.handle == stream.removeprefix(_STREAMS)


MODEL = ReadModel(
    tables=(webhooks,),
    folds={
        WebhookAdded: _added,
        WebhookChanged: _changed,
        WebhookPaused: _paused,
        WebhookResumed: _resumed,
        WebhookSecretRotated: _rotated,
        WebhookErased: _erased,
    },
    answers={WebhooksOf: webhooks_of, WebhookById: webhook_by_id},
    owned=_owned,
)
