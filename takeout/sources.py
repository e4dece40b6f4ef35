"""What a person has, read page by page by the indexes of the read model, and their streams from the event store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, false, func, select, true

from domain import comment, post, token
from domain.commit import Commit
from domain.errors import Damaged
from domain.ports import EventStore
from readmodel.comments import comments
from readmodel.engine.paging import Keyset, descending, fetch_rows, is_count, is_moment, is_subject
from readmodel.engine.views import Key
from readmodel.history import history, moderations
from readmodel.likes import likes
from readmodel.moderation.reports import reports
from readmodel.posts import posts
from readmodel.tokens import tokens

STREAMS_AT_ONCE = 100


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A post, or a comment below one, as the read model has it. parent: the comment that it answers."""

    kind: str
    row: Any

    @property
    def stream(self) -> str:
        return post.stream(self.row.id) if self.kind == "post" else comment.stream(self.row.id)


class StreamCommits(msgspec.Struct, frozen=True, kw_only=True):
    """A stream's commits, those that can't be decoded among them."""

    stream: str
    commits: Sequence[Commit]


def _of_author(table: Any, removed: bool) -> Keyset:
    rows = select(table).where(
        table.c.author == bindparam("person"), table.c.removed == (true() if removed else false())
    )
    return descending(rows, table.c.created_at, table.c.id, ("created_at", "id"), (is_moment, is_subject))


_LISTINGS = [
    (kind, _of_author(table, removed))
    for kind, table in (("post", posts), ("comment", comments))
    for removed in (False, True)
]
_LIKES = (
    select(likes.c.stream)
    .where(likes.c.account == bindparam("person"), likes.c.stream > bindparam("last"))
    .order_by(likes.c.stream)
)
_TOKENS = (
    select(tokens).where(tokens.c.account == bindparam("person"), tokens.c.id > bindparam("last")).order_by(tokens.c.id)
)
_ACTS = descending(
    select(moderations)
    .join(history, (history.c.stream == moderations.c.stream) & (history.c.version == moderations.c.version))
    .where(history.c.actor == bindparam("person")),
    moderations.c.position,
    moderations.c.version,
    ("position", "version"),
    (is_count, is_count),
)

_REPORTS = descending(
    select(reports).where(reports.c.reporter == bindparam("person")),
    reports.c.filed_at,
    reports.c.id,
    ("filed_at", "id"),
    (is_moment, is_subject),
)


def count_writings(connection: Connection, person: str) -> int:
    """How many posts and comments somebody has, removed ones too."""
    return sum(
        connection.execute(select(func.count()).select_from(table).where(table.c.author == person)).scalar_one()
        for table in (posts, comments)
    )


def writings(connection: Connection, person: str, after: Key | None, limit: int) -> tuple[list[Writing], Key | None]:
    """A page of somebody's posts and comments together, newest first, and the key of the next one."""
    found: list[Writing] = []
    ended = True
    for kind, listing in _LISTINGS:
        rows, next = fetch_rows(connection, listing, after, limit, {"person": person})
        found += [Writing(kind=kind, row=row) for row in rows]
        ended = ended and next is None
    found.sort(key=lambda one: (one.row.created_at, one.row.id), reverse=True)
    if ended and len(found) <= limit:
        return found, None
    last = found[:limit][-1].row
    return found[:limit], (last.created_at, last.id)


def liked(connection: Connection, person: str, last: str, limit: int) -> list[str]:
    """Streams of somebody's likes that stand, behind the stream `last`, in their order. Reads the table once in all."""
    return list(connection.execute(_LIKES.limit(limit), {"person": person, "last": last}).scalars())


def tokens_of(connection: Connection, person: str, last: str, limit: int) -> Sequence[Row[Any]]:
    """Somebody's tokens, those taken back too, behind the id `last`."""
    return connection.execute(_TOKENS.limit(limit), {"person": person, "last": last}).all()


def acts(connection: Connection, person: str, after: Key | None, limit: int) -> tuple[Sequence[Row[Any]], Key | None]:
    """Where somebody did something to another's post, comment or account: rows of moderations."""
    return fetch_rows(connection, _ACTS, after, limit, {"person": person})


def reports_of(
    connection: Connection, person: str, after: Key | None, limit: int
) -> tuple[Sequence[Row[Any]], Key | None]:
    """What somebody reported, newest first."""
    return fetch_rows(connection, _REPORTS, after, limit, {"person": person})


def token_stream(id: str) -> str:
    return token.stream(id)


def streams(store: EventStore, names: Iterable[str]) -> Iterator[StreamCommits]:
    """The commits of these streams, in the order of the names; one that can't be read hides no other."""
    wanted = list(dict.fromkeys(names))
    for at in range(0, len(wanted), STREAMS_AT_ONCE):
        some = wanted[at : at + STREAMS_AT_ONCE]
        found: Mapping[str, list[Commit]]
        try:
            found = store.load_many(some)
        except Damaged:
            found = {name: _even_damaged(store, name) for name in some}
        for name in some:
            yield StreamCommits(stream=name, commits=found.get(name, ()))


def _even_damaged(store: EventStore, stream: str) -> list[Commit]:
    try:
        return store.load(stream)
    except Damaged:
        return store.load_from({stream: 1}).get(stream, [])
