"""Webhooks of each account, for their owner's list. The webhooks process reads the owner's stream instead."""

from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, Connection, Index, Table, bindparam, select

from domain import webhook
from readmodel.engine.changes import Changes
from readmodel.engine.model import ReadModel, rows_of
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment, key, line, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("account", key(36), nullable=False),
    Column("url", line(2000), nullable=False),
    Column("kinds", line(1000), nullable=False),
    Column("description", line(200), nullable=False),
    Column("added_at", Moment(), nullable=False),
    Column("rotated_at", Moment()),
    Column("paused_at", Moment()),
    Column("pause_reason", line(500)),
    Index("webhooks_of_account", "account", "id"),
)
"""kinds: names of events with blanks between, "" for all. Secrets are nowhere."""


class WebhooksOf(Query, frozen=True, kw_only=True):
    """list[WebhookView], oldest first: all webhooks of an account."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """kinds: none of them means all. paused_at: None while it is active."""

    id: str
    account: str
    url: str
    kinds: tuple[str, ...]
    description: str
    added_at: str
    rotated_at: str | None
    paused_at: str | None
    pause_reason: str | None


def _added(changes: Changes, fact: Any) -> None:
    event: webhook.WebhookAdded = fact.event
    changes.insert(
        webhooks, id=event.webhook, account=event.account, added_at=fact.at,
        rotated_at=None, paused_at=None, pause_reason=None, **_text(event),
    )  # fmt: skip


def _changed(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), **_text(fact.event))


def _text(event: webhook.WebhookText) -> dict[str, str]:
    return {"url": event.url, "kinds": " ".join(event.kinds), "description": event.description}


def _paused(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), paused_at=fact.at, pause_reason=fact.reason)


def _resumed(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), paused_at=None, pause_reason=None)


def _rotated(changes: Changes, fact: Any) -> None:
    changes.update(webhooks, (fact.event.webhook,), rotated_at=fact.at)


def _erased(changes: Changes, fact: Any) -> None:
    changes.delete(webhooks, (fact.event.webhook,))


_OWN = select(webhooks).where(webhooks.c.account == bindparam("account")).order_by(webhooks.c.added_at, webhooks.c.id)


def webhooks_of(connection: Connection, query: WebhooksOf) -> list[WebhookView]:
    rows = [row._asdict() for row in connection.execute(_OWN, {"account": query.account})]
    return [WebhookView(**row | {"kinds": tuple(row["kinds"].split())}) for row in rows]


MODEL = ReadModel(
    tables=(webhooks,),
    folds={
        webhook.WebhookAdded: _added,
        webhook.WebhookChanged: _changed,
        webhook.WebhookPaused: _paused,
        webhook.WebhookResumed: _resumed,
        webhook.WebhookSecretRotated: _rotated,
        webhook.WebhookErased: _erased,
    },
    answers={WebhooksOf: webhooks_of},
    owned=rows_of("webhooks", webhooks.c.account),
)
