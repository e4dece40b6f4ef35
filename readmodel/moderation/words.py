"""The words of moderation: what people typed in reports, notes, decisions, appeals and about accounts.

A row for each event that brought words, by its place in its stream, so that an erasure takes rows away by the versions
that it names, and leaves the rows of the other tables as they are.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Integer, Select, Table, bindparam, select

from domain import account
from domain.messages import Erasure, Event
from domain.moderation import appeal, case, report, standing
from readmodel.engine import bulk
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fold, Owned, ReadModel
from readmodel.engine.schema import block, key, line, metadata

STREAM_CHARS = 96
_KINDS = ("report", "case", "appeal", "account")

moderation_words = Table(
    "moderation_words",
    metadata,
    Column("stream", key(STREAM_CHARS), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("reason", line(500)),
    Column("said", block(), nullable=False),
    Column("law", line(200), nullable=False),
    sqlite_with_rowid=False,
)
"""said: the text of a report, note or appeal, or the note to an author. What is erased has no row."""

Place = tuple[str, int]
"""A stream, and the version that brought the words."""


class Words(msgspec.Struct, frozen=True):
    reason: str | None = None
    said: str = ""
    law: str = ""


NO_WORDS = Words()


def _brought(changes: Changes, fact: Any) -> None:
    event = fact.event
    if isinstance(event, Erasure):
        _erased(changes, fact)
    if not fact.erased:
        said = getattr(event, "text", None) or getattr(event, "note", None) or ""
        changes.insert(
            moderation_words, stream=fact.stream, version=fact.version, reason=fact.reason, said=said,
            law=getattr(event, "law", ""),
        )  # fmt: skip


def _erased(changes: Changes, fact: Any) -> None:
    for version in fact.event.erased:
        changes.delete(moderation_words, (fact.stream, version))


def _folds() -> dict[type[Event], Fold]:
    """Every event of moderation that brings words, and every erasure in streams that have them."""
    folds: dict[type[Event], Fold] = {one: _erased for one in account.EVENTS if issubclass(one, Erasure)}
    of_standing: tuple[type[Event], ...] = (standing.AccountNoted, standing.ReportingPaused)
    every: tuple[type[Event], ...] = (*report.EVENTS, *case.EVENTS, *appeal.EVENTS, *of_standing)
    for one in every:
        if one.erasable:
            folds[one] = _brought
        elif issubclass(one, Erasure):
            folds[one] = _erased
    return folds


_OF_STREAMS: Select[Any] = select(moderation_words).where(
    moderation_words.c.stream.in_(bindparam("values", expanding=True))
)


def words_at(connection: Connection, places: Collection[Place]) -> Mapping[Place, Words]:
    """The words that came at these places; erased ones are missing."""
    wanted = set(places)
    rows = bulk.select_in(connection, _OF_STREAMS, sorted({stream for stream, _ in wanted}))
    found = {(stream, version): Words(*said) for stream, version, *said in rows}
    return {place: words for place, words in found.items() if place in wanted}


def _owned(stream: str) -> Iterable[Owned]:
    if stream.partition("-")[0] in _KINDS:
        yield moderation_words, moderation_words.c.stream == stream


MODEL = ReadModel(tables=(moderation_words,), folds=_folds(), answers={}, owned=_owned)
