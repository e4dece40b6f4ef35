"""Likes: who likes what. A like counts only where its own row is inserted or deleted, so a repeat counts once."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Column, ColumnElement, Connection, Index, ScalarSelect, Table, bindparam, func, literal, select

from domain import like
from domain.like import Liked, Unliked
from readmodel.engine.bulk import select_in
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel, Row
from readmodel.engine.rows import recount
from readmodel.engine.schema import key, metadata

likes = Table(
    "likes",
    metadata,
    Column("stream", key(96), primary_key=True),
    Column("target", key(44), nullable=False),
    Column("account", key(36), nullable=False),
    Index("likes_of_target", "target"),
    sqlite_with_rowid=False,
)
"""A row while somebody likes something; target is its stream, "post-<id>" or "comment-<id>"."""

LIKEABLE: Mapping[str, str] = {"post": "posts", "comment": "comments"}
"""The kind before a target's hyphen → the table with the `likes` column. By name, since those files need this one."""

_COUNTING = (
    select(likes.c.target, func.count())
    .where(likes.c.target.in_(bindparam("values", expanding=True)))
    .group_by(likes.c.target)
)

_TARGETS = select(likes.c.target).where(likes.c.stream.in_(bindparam("values", expanding=True)))


def _reads(fact: Fact) -> Iterable[Row]:
    yield likes, (fact.stream,)


def _liked(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, Liked)
    if changes.row(likes, (fact.stream,)) is None:
        changes.insert(likes, stream=fact.stream, target=event.target, account=event.account)
        _count(changes, event.target, 1)


def _unliked(changes: Changes, fact: Fact) -> None:
    event = fact.event
    assert isinstance(event, Unliked)
    if changes.row(likes, (fact.stream,)) is not None:
        changes.delete(likes, (fact.stream,))
        _count(changes, event.target, -1)


def _count(changes: Changes, target: str, by: int) -> None:
    kind, _, id = target.partition("-")
    changes.add(metadata.tables[LIKEABLE[kind]], (id,), likes=by)


def _recount(connection: Connection, changes: Changes) -> None:
    """Counts the likes of what this batch inserts: likes may be folded before what they like."""
    for kind, name in LIKEABLE.items():
        table = metadata.tables[name]
        targets = {f"{kind}-{id}": (id,) for (id,) in changes.inserted(table)}
        recount(connection, _COUNTING, targets, table.c.likes)


def liked(connection: Connection, viewer: str, targets: Iterable[str]) -> Collection[str]:
    """Those of the targets that the viewer likes. One query a page, not a join a row."""
    return {row[0] for row in select_in(connection, _TARGETS, [like.stream(target, viewer) for target in targets])}


def like_count(kind: str, id: ColumnElement[str]) -> ScalarSelect[int]:
    """A subquery: the number of likes of the thing of this kind whose id is in that column."""
    return select(func.count()).where(likes.c.target == literal(f"{kind}-") + id).scalar_subquery()


def _owned(stream: str) -> Iterable[Owned]:
    if stream.startswith("like-"):
        yield likes, likes.c.stream == stream


MODEL = ReadModel(
    tables=(likes,),
    folds={Liked: _liked, Unliked: _unliked},
    answers={},
    reads=_reads,
    after=_recount,
    owned=_owned,
)
