"""Notifications: answers, mentions, and what moderators did to somebody's things.

A mention comes from its text's own stream. An answer needs a second one, that of what is answered, to know its
recipient; either may be folded first, so whichever comes second inserts it (_resolve_answers).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, bindparam, select

from domain import account, comment, post
from domain.comment import CommentAdded, CommentEdited, CommentErased, CommentRemoved, CommentRestored
from domain.messages import Event
from domain.moderation import bulk as batch
from domain.post import PostEdited, PostErased, PostPublished, PostRemoved, PostRestored
from domain.reasons import ReasonsErased
from prose.reading import read, read_title
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.schema import Moment, key, metadata

from .comments import comments
from .engine import bulk, model
from .posts import posts

ANSWER, MENTION, MODERATION = "answer", "mention", "moderation"
PARTS = (PostRemoved, PostRestored, CommentRemoved, CommentRestored)
"""Acts that may be parts of a bulk removal."""
MAX_MENTIONS_PER_TEXT = 20
"""Mentions of one text that notify somebody; later ones are only linked."""

notifications = Table(
    "notifications",
    metadata,
    Column("recipient", key(41), primary_key=True),
    Column("id", key(64), primary_key=True),
    Column("what", key(12), nullable=False),
    Column("stream", key(48), nullable=False),
    Column("subject", key(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("actor", key(40), nullable=False),
    Column("at", Moment(), nullable=False),
    Index("notifications_newest", "recipient", "at", "id"),
    Index("notifications_of_stream", "stream"),
    sqlite_with_rowid=False,
)
"""recipient: an account's id; for a mention @ and the handle that the text says, whoever has it now. id: the stream and
what happened in it. subject: the post, comment or account that it happened to or in."""

awaited = Table(
    "awaited",
    metadata,
    Column("target", key(36), primary_key=True),
    Column("comment", key(36), primary_key=True),
    sqlite_with_rowid=False,
)
"""Comments that answer what isn't folded yet. Empty but for the moment, and for parked streams."""


# Mentions and moderation: folded from one stream


def _reads(fact: Fact) -> Iterator[model.Row]:
    event: Any = fact.event
    if isinstance(event, PostPublished | CommentAdded):
        return
    if type(event) in post.EVENTS:
        yield posts, (event.post,)
    elif type(event) in comment.EVENTS:
        yield comments, (event.comment,)


def _published(changes: Changes, fact: Any) -> None:
    _mention(changes, fact, fact.event.post, (), mentions_in(fact.event.body, fact.event.title))


def _of_post(changes: Changes, fact: Any) -> None:
    """The table's own fold comes later: the row is still as it was."""
    event, row = fact.event, changes.existing(posts, (fact.event.post,))
    before = mentions_in(row["body"], row["title"])
    if isinstance(event, PostEdited):
        _mention(changes, fact, event.post, before, mentions_in(event.body, event.title))
    elif isinstance(event, PostErased) and row["text_version"] in event.erased:
        _mention(changes, fact, event.post, before, ())
    _moderate(changes, fact, event.post, row["author"])


def _added(changes: Changes, fact: Any) -> None:
    _mention(changes, fact, fact.event.comment, (), mentions_in(fact.event.body))


def _of_comment(changes: Changes, fact: Any) -> None:
    event, row = fact.event, changes.existing(comments, (fact.event.comment,))
    before = mentions_in(row["body"])
    if isinstance(event, CommentEdited):
        _mention(changes, fact, event.comment, before, mentions_in(event.body))
    elif isinstance(event, CommentErased) and row["text_version"] in event.erased:
        _mention(changes, fact, event.comment, before, ())
    _moderate(changes, fact, event.comment, row["author"])


def _of_account(changes: Changes, fact: Any) -> None:
    if fact.version > 1:
        _moderate(changes, fact, fact.event.account, fact.event.account)


def _of_batch(changes: Changes, fact: Any) -> None:
    _moderate(changes, fact, fact.event.account, fact.event.account)


def _mention(changes: Changes, fact: Fact, subject: str, before: Iterable[str], after: Iterable[str]) -> None:
    old, new = set(before), set(after)
    for handle in old - new:
        changes.delete(notifications, (mentioned(handle), f"{fact.stream}#{MENTION}"))
    for handle in new - old:
        _notify(changes, mentioned(handle), fact, MENTION, MENTION, subject)


def mentions_in(body: str, title: str = "") -> tuple[str, ...]:
    """Normalised handles, those of the title first, each once; nobody need have them."""
    found = dict.fromkeys((*read_title(title).mentions, *read(body).mentions))
    return tuple(found)[:MAX_MENTIONS_PER_TEXT]


def mentioned(handle: str) -> str:
    """The recipient of what mentions a handle."""
    return f"@{handle}"


def _moderate(changes: Changes, fact: Fact, subject: str, owner: str) -> None:
    """Many texts that are removed or restored as one are told of once."""
    is_part = isinstance(fact.event, PARTS) and fact.event.batch
    if fact.actor != owner and not is_part and not isinstance(fact.event, ReasonsErased | batch.BatchReasonsErased):
        _notify(changes, owner, fact, MODERATION, str(fact.version), subject)


def _notify(changes: Changes, recipient: str, fact: Fact, what: str, detail: str, subject: str) -> None:
    changes.insert(
        notifications,
        recipient=recipient,
        id=f"{fact.stream}#{detail}",
        what=what,
        stream=fact.stream,
        subject=subject,
        version=fact.version,
        actor=fact.actor,
        at=fact.at,
    )


# Answers: settled when both streams are there


_POST_AUTHORS = select(posts.c.id, posts.c.author).where(posts.c.id.in_(bindparam("values", expanding=True)))
_COMMENT_AUTHORS = select(comments.c.id, comments.c.author).where(
    comments.c.id.in_(bindparam("values", expanding=True))
)
_WAITING = select(awaited.c.target, awaited.c.comment).where(awaited.c.target.in_(bindparam("values", expanding=True)))
_ANSWERS = select(comments.c.id, comments.c.author, comments.c.created_at).where(
    comments.c.id.in_(bindparam("values", expanding=True))
)
_INSERT = notifications.insert()
_INSERT_AWAITED = awaited.insert()
_DELETE_AWAITED = awaited.delete().where(awaited.c.target == bindparam("settled"))


Answer = tuple[Mapping[str, Any], str]
"""A comment's row, and the recipient of its notification."""


def _resolve_answers(connection: Connection, changes: Changes) -> None:
    fresh = [changes.existing(comments, key) for key in sorted(changes.inserted(comments))]
    targets = {row["id"]: row["parent"] or row["post"] for row in fresh}
    authors = _authors(connection, set(targets.values()))
    answers: list[Answer] = [(row, authors[targets[row["id"]]]) for row in fresh if targets[row["id"]] in authors]
    waiting = [row["id"] for row in fresh if targets[row["id"]] not in authors]
    bulk.run(connection, _INSERT_AWAITED, [{"target": targets[id], "comment": id} for id in waiting])
    came = [key[0] for table in (posts, comments) for key in changes.inserted(table)]
    answers.extend(_resolve_awaited(connection, came))
    bulk.run(connection, _INSERT, [_answer(row, author) for row, author in answers if row["author"] != author])


def _resolve_awaited(connection: Connection, came: Sequence[str]) -> list[Answer]:
    """Deletes the awaited answers to what this batch inserts, and returns them with their recipients."""
    found = {comment: target for target, comment in bulk.select_in(connection, _WAITING, came)}
    if not found:
        return []
    authors = _authors(connection, set(found.values()))
    bulk.run(connection, _DELETE_AWAITED, [{"settled": target} for target in sorted(authors)])
    rows = bulk.select_in(connection, _ANSWERS, sorted(found))
    return [({"id": id, "author": by, "created_at": at}, authors[found[id]]) for id, by, at in rows]


def _authors(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Id → author of those posts and comments that are there."""
    wanted = sorted(ids)
    found = dict(bulk.select_in(connection, _POST_AUTHORS, wanted))
    found.update(bulk.select_in(connection, _COMMENT_AUTHORS, [id for id in wanted if id not in found]))
    return found


def _answer(row: Mapping[str, Any], recipient: str) -> dict[str, Any]:
    stream = comment.stream(row["id"])
    return {
        "recipient": recipient,
        "id": f"{stream}#{ANSWER}",
        "what": ANSWER,
        "stream": stream,
        "subject": row["id"],
        "version": 1,
        "actor": row["author"],
        "at": row["created_at"],
    }


def _owned(stream: str) -> Iterable[Owned]:
    yield notifications, notifications.c.stream == stream
    kind, _, id = stream.partition("-")
    if kind == "comment":
        yield awaited, awaited.c.comment == id


def _needs(fact: Fact) -> Iterable[str]:
    """The stream of what is answered: it decides an answer's recipient, and whether the answer waits for it."""
    if isinstance(fact.event, CommentAdded):
        parent = fact.event.parent
        yield comment.stream(parent) if parent is not None else post.stream(fact.event.post)


def _folds() -> dict[type[Event], Callable[[Changes, Any], None]]:
    """Folds for every event of these streams, so that a new act of moderation notifies without a line here."""
    owned = (
        (post.EVENTS, _of_post), (comment.EVENTS, _of_comment), (account.EVENTS, _of_account),
        (batch.EVENTS, _of_batch),
    )  # fmt: skip
    folds = {event: fold for events, fold in owned for event in events if not event.secret}
    return folds | {PostPublished: _published, CommentAdded: _added}


MODEL = ReadModel(
    tables=(notifications, awaited),
    folds=_folds(),
    answers={},
    reads=_reads,
    after=_resolve_answers,
    owned=_owned,
    needs=_needs,
    version=5,
)
