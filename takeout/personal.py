"""What a person has beside their streams: profile, drafts, tokens, webhooks, sessions, notifications, visits."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, bindparam, select

from domain.ids import to_iso_utc
from operational import token_uses
from operational.tables import drafts, sessions, thread_visits
from readmodel.accounts import account_by_handle
from readmodel.engine.connections import looking
from readmodel.engine.queries import AccountByHandle
from readmodel.engine.views import AccountView, Key
from readmodel.inbox import NotificationsOf, notifications_of
from readmodel.webhooks import WebhooksOf, webhooks_of

from .ownership import shown_names

_DRAFTS = select(drafts.c.place, drafts.c.saved_at, drafts.c.words).where(drafts.c.account == bindparam("person"))
_SESSIONS = select(sessions.c.opened_at).where(
    sessions.c.account == bindparam("person"),
    sessions.c.opened_at > bindparam("since", type_=sessions.c.opened_at.type),
)
_VISITS = (
    select(thread_visits.c.post, thread_visits.c.seen_at, thread_visits.c.before_at)
    .where(thread_visits.c.account == bindparam("person"), thread_visits.c.post > bindparam("last"))
    .order_by(thread_visits.c.post)
)
Lines = Iterator[dict[str, Any]]


def account(connection: Connection, person: str) -> AccountView | None:
    return account_by_handle(connection, AccountByHandle(handle=person))


def drafts_of(control: Engine, person: str) -> Lines:
    """Newest first, with what came through the login page and was never sent. Passwords are in none."""
    with looking(control) as connection:
        rows = connection.execute(_DRAFTS.order_by(drafts.c.saved_at.desc()), {"person": person}).all()
    for row in rows:
        yield {"place": row.place, "saved_at": row.saved_at, "words": msgspec.json.decode(row.words)}


def sessions_of(control: Engine, person: str, at: str, lifetime: timedelta) -> Lines:
    """When each browser that is logged in at this moment did so, and until when that lasts."""
    bound = {"person": person, "since": moved(at, -lifetime)}
    with looking(control) as connection:
        rows = connection.execute(_SESSIONS.order_by(sessions.c.opened_at.desc()), bound).all()
    for row in rows:
        yield {"opened_at": row.opened_at, "expires_at": moved(row.opened_at, lifetime)}


def token_lines(control: Engine, rows: Sequence[Any]) -> Lines:
    """Names, scopes and times of tokens; neither secrets nor their digests."""
    used = token_uses.last_used_at(control, [row.id for row in rows]) if rows else {}
    for row in rows:
        times = {name: row._mapping[name] for name in ("issued_at", "expires_at", "revoked_at")}
        scopes = row.scopes.split()
        yield {"id": row.id, "label": row.label, "scopes": scopes, **times, "last_used_at": used.get(row.id)}


def webhook_lines(connection: Connection, person: str) -> Lines:
    for view in webhooks_of(connection, WebhooksOf(account=person)):
        found = msgspec.to_builtins(view)
        del found["account"]
        yield found


def notification_lines(
    connection: Connection, person: str, since: str, after: Key | None, limit: int
) -> tuple[list[dict[str, Any]], Key | None]:
    """A page of those since then, newest first: who, when, about what. The words of others aren't here."""
    query = NotificationsOf(account=person, since=since, after=after, limit=limit)
    page = notifications_of(connection, query)
    names = shown_names(connection, (one.actor for one in page.items))
    lines = [
        {
            "what": one.what, "at": one.at, "by": names[one.actor], "about": one.stream, "post": one.post,
            "type": one.type or None, "reason": one.reason,
        }
        for one in page.items
    ]  # fmt: skip
    return lines, page.next


def visit_lines(control: Engine, person: str, last: str, limit: int) -> list[dict[str, Any]]:
    """When they were last in which thread, by the posts' ids."""
    with looking(control) as connection:
        rows = connection.execute(_VISITS.limit(limit), {"person": person, "last": last}).all()
    return [{"post": row.post, "seen_at": row.seen_at, "before_at": row.before_at} for row in rows]


def moved(at: str, by: timedelta) -> str:
    """The moment so much later, or earlier."""
    return to_iso_utc(datetime.fromisoformat(at) + by)
