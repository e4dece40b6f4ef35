"""Queries for somebody's notifications: a list with the text that each is about, and the unread count."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from readmodel.engine.model import ReadModel
from readmodel.engine.paging import descending, fetch_page, is_moment
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment
from readmodel.engine.views import Key, Page, View

from .accounts import accounts, former_handles
from .comments import comments
from .history import history
from .moderation.notices import KINDS_OF_APPEAL, moderation_notices
from .notifications import ANSWER, MENTION, MODERATION, mentioned, notifications
from .posts import posts

_NOTICES = moderation_notices.c


class NotificationsOf(Query, frozen=True, kw_only=True):
    """Page[NotificationView], newest first, without those about what is removed meanwhile (moderation stays).

    since: what happened before is left out; None: nothing is.
    """

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    since: str | None = None
    after: Key | None = None
    limit: int = 30


class WrittenToThem(Query, frozen=True, kw_only=True):
    """list[NotificationView]: the newest answers and mentions by others, however old."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    limit: int = 20


class WrittenToThemCount(Query, frozen=True, kw_only=True):
    """int: how many of them there are."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str


class NotificationView(View, frozen=True, kw_only=True):
    """what: answer, mention, moderation, or one of notices.KINDS: then stream is "decision-…" or "appeal-…",
    and nobody is named. post, title and text are those of the post and comment it is about.

    to_comment: whether an answer is to a comment. type and reason say what a moderator did. post_removed: whether title
    is for post_author and moderators alone.
    """

    people: ClassVar[tuple[str, ...]] = ("actor", "post_author")
    streams: ClassVar[tuple[str, ...]] = ("stream",)
    what: str
    stream: str
    actor: str
    at: str
    type: str
    reason: str | None
    post: str | None
    title: str
    post_removed: bool
    post_author: str
    text: str
    to_comment: bool


_answered = notifications.alias("answered")
_IS_ALSO_ANSWER = and_(
    notifications.c.what == MENTION,
    exists().where(
        _answered.c.recipient == bindparam("account"),
        _answered.c.id == notifications.c.stream + f"#{ANSWER}",
    ),
)
WITH_SUBJECTS = notifications.outerjoin(comments, comments.c.id == notifications.c.subject).outerjoin(
    posts, posts.c.id == func.coalesce(comments.c.post, notifications.c.subject)
)
"""Each with the comment that it is about, and the post."""
_IS_THERE = or_(
    notifications.c.what == MODERATION,
    and_(*(or_(table.c.id.is_(None), table.c.removed == false()) for table in (comments, posts))),
)
SHOWN = (notifications.c.actor != bindparam("account"), ~_IS_ALSO_ANSWER, _IS_THERE)
"""Which of those addressed to an account are shown to it."""
_NEWER_MINE = (
    notifications.c.recipient == bindparam("recipient"),
    *SHOWN,
    notifications.c.at > bindparam("since", type_=notifications.c.at.type),
)
_LIST = descending(
    select(notifications).select_from(WITH_SUBJECTS).where(*_NEWER_MINE),
    notifications.c.at,
    notifications.c.id,
    ("at", "id"),
    (is_moment, lambda part: isinstance(part, str)),
)
_TOLD = descending(
    select(
        _NOTICES.at, _NOTICES.id, _NOTICES.what, _NOTICES.subject, literal("").label("stream"),
        literal("").label("actor"), literal(0).label("version"),
    ).where(
        _NOTICES.recipient == bindparam("account"), _NOTICES.at > bindparam("since", type_=_NOTICES.at.type)
    ),
    _NOTICES.at,
    _NOTICES.id,
    ("at", "id"),
    (is_moment, lambda part: isinstance(part, str)),
)  # fmt: skip
_WRITTEN = (
    select(notifications)
    .select_from(WITH_SUBJECTS)
    .where(*_NEWER_MINE, notifications.c.at < bindparam("end"), notifications.c.what != MODERATION)
)
_NEWEST_WRITTEN = _WRITTEN.order_by(notifications.c.at.desc(), notifications.c.id.desc())
_COUNT_WRITTEN = select(func.count()).select_from(_WRITTEN.with_only_columns(notifications.c.id).subquery())
_COMMENTS = select(comments.c.id, comments.c.post, comments.c.parent, comments.c.body).where(
    comments.c.id.in_(bindparam("ids", expanding=True))
)
_POSTS = select(posts.c.id, posts.c.title, posts.c.body, posts.c.removed, posts.c.author).where(
    posts.c.id.in_(bindparam("ids", expanding=True))
)
_ACTS = select(history.c.stream, history.c.version, history.c.type, history.c.reason).where(
    history.c.stream.in_(bindparam("streams", expanding=True)),
    history.c.version.in_(bindparam("versions", expanding=True)),
)
NEVER, EVER = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"
_LAST_KEY: Key = (EVER, "")
_FOREVER = (literal(NEVER, Moment()).label("since"), literal(EVER, Moment()).label("until"))
_MENTION = literal(mentioned(""))
RECIPIENTS = union_all(
    select(bindparam("account", type_=notifications.c.recipient.type).label("name"), *_FOREVER),
    select((_MENTION + accounts.c.handle).label("name"), accounts.c.handle_since, _FOREVER[1]).where(
        accounts.c.id == bindparam("account"), accounts.c.handle != ""
    ),
    select((_MENTION + former_handles.c.handle).label("name"), former_handles.c.since, former_handles.c.until).where(
        former_handles.c.account == bindparam("account")
    ),
).subquery()
"""What notifications of an account are addressed to, itself and each handle that it has or had, and between which
moments that was so."""


def notifications_of(connection: Connection, query: NotificationsOf) -> Page[NotificationView]:
    found: list[Row[Any]] = []
    more = False
    for recipient in _recipients(connection, query.account):
        since = max(query.since or NEVER, recipient.since)
        bound = {"account": query.account, "recipient": recipient.name, "since": since}
        after = query.after if recipient.until == EVER else min(query.after or _LAST_KEY, (recipient.until, ""))
        rows, next = fetch_page(connection, _LIST, after, query.limit, bound)
        found += rows
        more = more or next is not None
    told, next = fetch_page(
        connection, _TOLD, query.after, query.limit, {"account": query.account, "since": query.since or NEVER}
    )
    found += told
    more = more or next is not None
    found.sort(key=lambda row: (row.at, row.id), reverse=True)
    page = found[: query.limit]
    more = more or len(found) > len(page)
    return Page(items=_views(connection, page), next=(page[-1].at, page[-1].id) if more else None)


def written_to_them(connection: Connection, query: WrittenToThem) -> list[NotificationView]:
    newest = _NEWEST_WRITTEN.limit(query.limit)
    found = [row for bound in _ever(connection, query.account) for row in connection.execute(newest, bound)]
    return _views(connection, sorted(found, key=lambda row: (row.at, row.id), reverse=True)[: query.limit])


def written_to_them_count(connection: Connection, query: WrittenToThemCount) -> int:
    return sum(connection.execute(_COUNT_WRITTEN, bound).scalar_one() for bound in _ever(connection, query.account))


def _ever(connection: Connection, account: str) -> list[dict[str, str]]:
    """For each recipient the whole time in which it was this account's."""
    return [
        {"account": account, "recipient": one.name, "since": one.since, "end": one.until}
        for one in _recipients(connection, account)
    ]


def _recipients(connection: Connection, account: str) -> Sequence[Row[Any]]:
    return connection.execute(select(RECIPIENTS), {"account": account}).all()


def _views(connection: Connection, rows: Sequence[Row[Any]]) -> list[NotificationView]:
    subjects = {row.subject for row in rows}
    commented = {row.id: row for row in connection.execute(_COMMENTS, {"ids": subjects})}
    about = subjects | {row.post for row in commented.values()}
    titled = {row.id: row for row in connection.execute(_POSTS, {"ids": about})}
    acts = {(row.stream, row.version): row for row in _acts(connection, rows)}
    return [_view(row, commented.get(row.subject), titled, acts.get((row.stream, row.version))) for row in rows]


def _acts(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    moderated = [row for row in rows if row.what == MODERATION]
    bound = {"streams": {row.stream for row in moderated}, "versions": {row.version for row in moderated}}
    return list(connection.execute(_ACTS, bound)) if moderated else []


def _view(row: Row[Any], comment: Any, titled: Mapping[str, Any], act: Any) -> NotificationView:
    about = titled.get(comment.post if comment else row.subject)
    return NotificationView(
        what=row.what,
        stream=row.stream or f"{'appeal' if row.what in KINDS_OF_APPEAL else 'decision'}-{row.subject}",
        actor=row.actor,
        at=row.at,
        type=act.type if act else "",
        reason=act.reason if act else None,
        post=about.id if about else None,
        title=about.title if about else "",
        post_removed=about is not None and about.removed,
        post_author=about.author if about else "",
        text=comment.body if comment else about.body if about else "",
        to_comment=comment is not None and comment.parent is not None,
    )


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={
        NotificationsOf: notifications_of,
        WrittenToThem: written_to_them,
        WrittenToThemCount: written_to_them_count,
    },
)
