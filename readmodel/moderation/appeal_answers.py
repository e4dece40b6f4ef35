"""Queries for appeals: one, those of a decision, and those that wait."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, false, select

from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import ascending, fetch_page, is_moment, is_subject
from readmodel.engine.views import Page

from .appeals import appeal_replies, appeals
from .case_tables import decisions
from .queries import AppealById, AppealReply, AppealsOf, AppealView, FindAppeals
from .words import NO_WORDS, words_at

_BY_ID = select(appeals).where(appeals.c.id == bindparam("id"))
_OF_DECISIONS = (
    select(appeals)
    .where(appeals.c.decision.in_(bindparam("decisions", expanding=True)))
    .order_by(appeals.c.lodged_at, appeals.c.id)
)
_OLDEST = ascending(
    select(appeals).where(appeals.c.resolved == false()),
    appeals.c.lodged_at,
    appeals.c.id,
    ("lodged_at", "id"),
    (is_moment, is_subject),
)
_REPLIES = select(appeal_replies).where(appeal_replies.c.stream.in_(bindparam("streams", expanding=True))).order_by(
    appeal_replies.c.stream, appeal_replies.c.version
)  # fmt: skip
_DECIDERS = select(decisions.c.id, decisions.c.decided_by).where(
    decisions.c.id.in_(bindparam("values", expanding=True))
)


def appeal_by_id(connection: Connection, query: AppealById) -> AppealView | None:
    return next(iter(_views(connection, connection.execute(_BY_ID, {"id": query.appeal}).all())), None)


def appeals_of(connection: Connection, query: AppealsOf) -> list[AppealView]:
    return of_decisions(connection, [query.decision])


def of_decisions(connection: Connection, ids: Sequence[str]) -> list[AppealView]:
    """All appeals of these decisions, oldest first."""
    return _views(connection, connection.execute(_OF_DECISIONS, {"decisions": ids}).all()) if ids else []


def find_appeals(connection: Connection, query: FindAppeals) -> Page[AppealView]:
    rows, next = fetch_page(connection, _OLDEST, query.after, query.limit, {})
    return Page(items=_views(connection, rows), next=next)


def _views(connection: Connection, rows: Sequence[Row[Any]]) -> list[AppealView]:
    streams = [row.stream for row in rows]
    replies = connection.execute(_REPLIES, {"streams": streams}).all() if streams else []
    places = [(row.stream, version) for row in rows for version in (row.lodged_version, row.resolved_version or 0)]
    words = words_at(connection, [*places, *((reply.stream, reply.version) for reply in replies)])
    deciders = dict(bulk.select_in(connection, _DECIDERS, sorted({row.decision for row in rows})))
    found = []
    for row in rows:
        own = tuple(
            AppealReply(
                by_staff=reply.by_staff, text=words.get((reply.stream, reply.version), NO_WORDS).said,
                at=reply.replied_at,
            )
            for reply in replies
            if reply.stream == row.stream
        )  # fmt: skip
        found.append(
            AppealView(
                id=row.id, decision=row.decision, target=row.target, account=row.account, party=row.party,
                text=words.get((row.stream, row.lodged_version), NO_WORDS).said, at=row.lodged_at,
                version=row.version, decided_by=deciders.get(row.decision, ""), replies=own, outcome=row.outcome,
                reason=words.get((row.stream, row.resolved_version or 0), NO_WORDS).reason,
                resolved_by=row.resolved_by, resolved_at=row.resolved_at,
            )
        )  # fmt: skip
    return found


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={AppealById: appeal_by_id, AppealsOf: appeals_of, FindAppeals: find_appeals},
)
