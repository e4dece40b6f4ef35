"""The moderation log's rows: one for each act of a moderator, an admin or the operator on what isn't theirs.

So every filter of the list is a range of an index. Nothing of what was removed stands in them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table

from domain import account, comment, post, site
from domain.catalogue import ACTS
from domain.messages import Erasure, Event
from domain.moderation import bulk
from readmodel.comments import comments
from readmodel.engine import model
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.schema import Moment, key, line, metadata
from readmodel.posts import posts

MAX_ID_CHARS = 48

moderation_log = Table(
    "moderation_log",
    metadata,
    Column("stream", key(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("id", key(MAX_ID_CHARS), nullable=False),
    Column("at", Moment(), nullable=False),
    Column("actor", key(40), nullable=False),
    Column("type", key(40), nullable=False),
    Column("subject", key(12), nullable=False),
    Column("thread", key(36)),
    Column("account", key(36)),
    Column("role", key(12)),
    Column("rule", Integer),
    Column("reason", line(500)),
    Column("erased", Boolean, nullable=False),
    Index("moderation_log_newest", "at", "id"),
    Index("moderation_log_by_actor", "actor", "at", "id"),
    Index("moderation_log_by_type", "type", "at", "id"),
    Index("moderation_log_by_subject", "subject", "at", "id"),
    Index("moderation_log_by_actor_and_type", "actor", "type", "at", "id"),
    Index("moderation_log_by_actor_and_subject", "actor", "subject", "at", "id"),
    sqlite_with_rowid=False,
)
"""id: of the event, as /events names it. thread: the post that it is or is below; account: to whom it was done,
where it is an account. rule: the number of the site's rule that the act cites. erased: its reason is gone."""

SUBJECTS = ("post", "comment", "account", "site")
KINDS: Mapping[str, str] = {
    act.event.type: act.subject
    for act in ACTS
    if act.subject in SUBJECTS and act.concerns_others and not act.event.secret
}
"""Stored name of each event that is listed, to what it is done."""


def _reads(fact: Fact) -> Iterable[model.Row]:
    event: Any = fact.event
    if type(event).type not in KINDS:
        return
    if type(event) in post.EVENTS:
        yield posts, (event.post,)
    elif type(event) in comment.EVENTS:
        yield comments, (event.comment,)


def _of_post(changes: Changes, fact: Any) -> None:
    if getattr(fact.event, "batch", ""):
        return
    row = changes.existing(posts, (fact.event.post,))
    _record(changes, fact, row["author"], thread=fact.event.post)


def _of_comment(changes: Changes, fact: Any) -> None:
    if getattr(fact.event, "batch", ""):
        return
    row = changes.existing(comments, (fact.event.comment,))
    _record(changes, fact, row["author"], thread=row["post"])


def _of_account(changes: Changes, fact: Any) -> None:
    _record(changes, fact, fact.event.account, account=fact.event.account)


def _of_site(changes: Changes, fact: Any) -> None:
    """It is nobody's own, so whatever is done to it is listed."""
    _record(changes, fact, "")


def _record(changes: Changes, fact: Fact, owner: str, *, thread: str | None = None, account: str | None = None) -> None:
    if fact.actor != owner:
        changes.insert(
            moderation_log,
            stream=fact.stream,
            version=fact.version,
            id=f"{fact.commit}:{fact.version}",
            at=fact.at,
            actor=fact.actor,
            type=fact.event.type,
            subject=KINDS[fact.event.type],
            thread=thread,
            account=account,
            role=getattr(fact.event, "role", None),
            rule=getattr(fact.event, "rule", None),
            reason=fact.reason,
            erased=fact.erased,
        )
    _erase(changes, fact)


def _erase(changes: Changes, fact: Fact) -> None:
    """Most of the versions that an erasure names have no row here."""
    for version in getattr(fact.event, "erased", ()):
        changes.update(moderation_log, (fact.stream, version), reason=None, erased=True)


def is_event_id(part: object) -> bool:
    """Whether it can stand in the column id."""
    return isinstance(part, str) and len(part) <= MAX_ID_CHARS


def _owned(stream: str) -> Iterable[Owned]:
    if not stream.startswith("like-"):
        yield moderation_log, moderation_log.c.stream == stream


def _folds() -> dict[type[Event], Callable[[Changes, Any], None]]:
    """Every act of the catalogue that others may do, so that a new one is listed without a word here."""
    folds: dict[type[Event], Callable[[Changes, Any], None]] = {}
    for events, fold in (
        (post.EVENTS, _of_post), (comment.EVENTS, _of_comment), (account.EVENTS, _of_account), (site.EVENTS, _of_site),
        (bulk.EVENTS, _of_account),
    ):  # fmt: skip
        erasures = {event: _erase for event in events if issubclass(event, Erasure) and not event.secret}
        folds |= erasures | {event: fold for event in events if event.type in KINDS}
    return folds


MODEL = ReadModel(
    tables=(moderation_log,),
    folds=_folds(),
    answers={},
    reads=_reads,
    owned=_owned,
)
