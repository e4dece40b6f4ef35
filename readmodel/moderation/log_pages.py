"""The moderation log as a list, newest first: filtered for everybody, and with texts for moderators.

Everybody may read it, but for who has to leave, while that can still be taken back.
"""

from datetime import date
from functools import cache
from typing import ClassVar

from sqlalchemy import Connection, bindparam, exists, or_, select, true

from domain.errors import Invalid, Sentence
from domain.leaving import ClosureOrdered
from readmodel.accounts import accounts
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import Keyset, checked_limit, descending, fetch_page, is_moment
from readmodel.engine.queries import Moderations, Query
from readmodel.engine.views import HistoryItem, Key, Page, View
from readmodel.history import history, item

from .log import KINDS, SUBJECTS, is_event_id, moderation_log

FIRST_MOMENT, LAST_MOMENT = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"


class ModerationLog(Query, frozen=True, kw_only=True):
    """Page[LoggedAct], newest first, for everybody.

    kind: the stored name of an event. subject: one of SUBJECTS. first_day, last_day: as 2026-11-30, in UTC.
    """

    people: ClassVar[tuple[str, ...]] = ("moderator",)
    kind: str | None = None
    moderator: str | None = None
    subject: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    after: Key | None = None
    limit: int = 30


class LoggedAct(View, frozen=True, kw_only=True):
    """One act. thread and account: see the table. erased: why is erased."""

    people: ClassVar[tuple[str, ...]] = ("actor", "account")
    streams: ClassVar[tuple[str, ...]] = ("stream",)
    id: str
    stream: str
    version: int
    at: str
    actor: str
    type: str
    subject: str
    thread: str | None
    account: str | None
    role: str | None
    rule: int | None
    reason: str | None
    erased: bool


_LOG = moderation_log.c
_IS_FINAL = or_(
    _LOG.type != ClosureOrdered.type,
    exists().where(accounts.c.id == _LOG.account, accounts.c.gone == true(), accounts.c.leaving_until.is_(None)),
)
"""Nobody is told who has to leave, as long as they may come back."""
_FILTERS = {"kind": _LOG.type, "moderator": _LOG.actor, "subject": _LOG.subject}


@cache
def listing(filters: frozenset[str]) -> Keyset:
    """The statements for some of the filters; `since` and `until` are bound to moments."""
    rows = select(*(_LOG[name] for name in LoggedAct.__struct_fields__)).where(
        *(_FILTERS[name] == bindparam(name) for name in sorted(filters)),
        _LOG.at >= bindparam("since", type_=_LOG.at.type),
        _IS_FINAL,
    )
    pages = descending(rows, _LOG.at, _LOG.id, ("at", "id"), (is_moment, is_event_id))
    # A page's key takes the place of `until`: of two upper bounds SQLite may take the wrong one to seek by.
    return pages._replace(first=pages.first.where(_LOG.at <= bindparam("until", type_=_LOG.at.type)))


def logged_acts(connection: Connection, query: ModerationLog) -> Page[LoggedAct]:
    since, until = _period(query)
    checked_limit(query.limit)
    asked = {name: value for name in _FILTERS if (value := getattr(query, name)) is not None}
    if not _is_possible(query):
        return Page(items=[], next=None)
    if query.kind is not None:
        asked.pop("subject", None)
    bound = {**asked, "since": since, "until": until}
    rows, next = fetch_page(connection, listing(frozenset(asked)), query.after, query.limit, bound)
    return Page(items=[LoggedAct(**row._mapping) for row in rows], next=next)


def _is_possible(query: ModerationLog) -> bool:
    """Whether there can be such an act. Raises Invalid for a filter that isn't one."""
    faults = {}
    if query.kind is not None and query.kind not in KINDS:
        faults["kind"] = Sentence("Kind must be one of: %(kinds)s.", kinds=", ".join(KINDS))
    if query.subject is not None and query.subject not in SUBJECTS:
        faults["subject"] = Sentence("Subject must be one of: %(subjects)s.", subjects=", ".join(SUBJECTS))
    if faults:
        raise Invalid(faults)
    return query.kind is None or query.subject in (None, KINDS[query.kind])


def _period(query: ModerationLog) -> tuple[str, str]:
    """The first and the last moment. Raises Invalid for what is no day, and for a period that ends before it begins."""
    faults = {
        name: Sentence("This must be a day, written like 2026-11-30.")
        for name, day in (("from", query.first_day), ("to", query.last_day))
        if day is not None and not _is_day(day)
    }
    if not faults and query.first_day and query.last_day and query.last_day < query.first_day:
        faults = {"to": Sentence("The last day must not be before the first.")}
    if faults:
        raise Invalid(faults)
    since = f"{query.first_day}T00:00:00.000000Z" if query.first_day else FIRST_MOMENT
    return since, f"{query.last_day}T23:59:59.999999Z" if query.last_day else LAST_MOMENT


def _is_day(text: str) -> bool:
    """Whether it is a day as ISO 8601 writes it with hyphens: 2026-11-30."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_WITH_TEXTS = descending(
    select(history, _LOG.id).join_from(
        moderation_log, history, (history.c.stream == _LOG.stream) & (history.c.version == _LOG.version)
    ),
    _LOG.at,
    _LOG.id,
    ("at", "id"),
    (is_moment, is_event_id),
)


def moderations(connection: Connection, query: Moderations) -> Page[HistoryItem]:
    rows, next = fetch_page(connection, _WITH_TEXTS, query.after, query.limit, {})
    return Page(items=[item(row) for row in rows], next=next)


MODEL = ReadModel(tables=(), folds={}, answers={ModerationLog: logged_acts, Moderations: moderations})
