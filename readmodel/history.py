"""History: every event of each post, comment and account, and of the site."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, Connection, Integer, Row, Table, bindparam, select

from domain import account, comment, post, site
from domain.messages import Event
from domain.moderation import bulk
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.paging import checked_key, checked_limit, is_count
from readmodel.engine.queries import HistoryAfter, HistoryOf
from readmodel.engine.schema import Moment, block, key, line, metadata
from readmodel.engine.views import HistoryItem, Page

history = Table(
    "history",
    metadata,
    Column("stream", key(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("type", key(40), nullable=False),
    Column("actor", key(40), nullable=False),
    Column("at", Moment(), nullable=False),
    Column("reason", line(500)),
    Column("title", line(300)),
    Column("body", block()),
    Column("url", line(2000)),
    Column("erased", Boolean, nullable=False),
    Column("detail", block(), nullable=False),
)
"""A row an event, without secret ones. What people wrote about themselves isn't repeated here. detail: JSON."""

MAX_LISTED = 500
_SUBJECT = frozenset({"post", "comment", "parent", "root", "depth", "author", "account"})
"""Fields that say what an event is about; `detail` leaves them out."""
_EVIDENCE = frozenset({"skeletons"})
"""Fields for whoever verifies the store, and nobody else."""


def _record(changes: Changes, fact: Any) -> None:
    changes.insert(
        history,
        stream=fact.stream,
        version=fact.version,
        type=fact.event.type,
        actor=fact.actor,
        at=fact.at,
        reason=fact.reason,
        **_texts(fact),
        erased=fact.erased,
        detail=_detail(fact.event),
    )
    for version in getattr(fact.event, "erased", ()):
        changes.update(history, (fact.stream, version), title=None, body=None, url=None, reason=None, erased=True)


def _texts(fact: Fact) -> dict[str, str | None]:
    """What the event brought of them; None for what it didn't, or what is erased."""
    return {name: None if fact.erased else getattr(fact.event, name, None) for name in ("title", "body", "url")}


def _detail(event: Event) -> str:
    values = {name: value for name in _detail_fields(type(event)) if (value := getattr(event, name))}
    return msgspec.json.encode(values, order="sorted").decode()


@cache
def _detail_fields(event: type[Event]) -> tuple[str, ...]:
    return tuple(name for name in event.__struct_fields__ if name not in {*event.erasable, *_SUBJECT, *_EVIDENCE})


_OF_STREAM = select(history).where(history.c.stream == bindparam("stream")).order_by(history.c.version.desc())
_FROM = select(history).where(history.c.stream == bindparam("stream"), history.c.version > bindparam("last"))


def history_of(connection: Connection, query: HistoryOf) -> list[HistoryItem]:
    rows = connection.execute(_OF_STREAM.limit(checked_limit(query.limit, MAX_LISTED)), {"stream": query.stream})
    return [item(row) for row in reversed(rows.all())]


def history_after(connection: Connection, query: HistoryAfter) -> Page[HistoryItem]:
    checked_limit(query.limit)
    (last,) = checked_key(query.after, (is_count,)) if query.after is not None else (0,)
    wanted = _FROM.order_by(history.c.version).limit(query.limit + 1)
    rows = connection.execute(wanted, {"stream": query.stream, "last": last}).all()
    page = [item(row) for row in rows[: query.limit]]
    return Page(items=page, next=(page[-1].version,) if len(rows) > len(page) else None)


def item(row: Row[Any]) -> HistoryItem:
    return HistoryItem(
        stream=row.stream,
        version=row.version,
        type=row.type,
        actor=row.actor,
        at=row.at,
        reason=row.reason,
        title=row.title,
        body=row.body,
        url=row.url,
        erased=row.erased,
        detail=msgspec.json.decode(row.detail),
    )


def _owned(stream: str) -> Iterable[Owned]:
    if not stream.startswith("like-"):
        yield history, history.c.stream == stream


def _folds() -> dict[type[Event], Callable[[Changes, Any], None]]:
    """Every event of these streams, so that a new one has its place in history without a word here."""
    return {
        event: _record
        for events in (post.EVENTS, comment.EVENTS, account.EVENTS, site.EVENTS, bulk.EVENTS)
        for event in events
        if not event.secret
    }


MODEL = ReadModel(
    tables=(history,),
    folds=_folds(),
    answers={HistoryOf: history_of, HistoryAfter: history_after},
    owned=_owned,
    version=4,
)
