"""The inverted index behind search: one row for each text and word, the same on every database.

It is folded from the text's own stream alone; what is removed or erased has no rows. See
docs/decisions/0012-search-by-rows.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Index, SmallInteger, Table

from domain.comment import CommentEdited, CommentErased, CommentRemoved, CommentRestored
from domain.post import PostEdited, PostErased, PostRemoved, PostRestored
from prose.reading import read
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Owned, ReadModel
from readmodel.engine.schema import key, metadata

from .comments import comments
from .engine import bulk, model
from .posts import posts
from .tokenizer import MAX_WORD_CHARS, words_in

TITLE, BODY, COMMENT = 0, 1, 2
"""Where a word stands. A word of a post's title has no second row for the body."""

words = Table(
    "words",
    metadata,
    Column("scope", SmallInteger, primary_key=True, autoincrement=False),
    Column("word", key(2 * MAX_WORD_CHARS), primary_key=True),
    Column("subject", key(36), primary_key=True),
    Index("words_of_subject", "subject"),
    sqlite_with_rowid=False,
)
"""scope: TITLE, BODY or COMMENT. subject: the id of the post or comment."""

WordKey = tuple[int, str, str]


def _reads(fact: Fact) -> Iterator[model.Row]:
    if isinstance(fact.event, PostEdited | PostRemoved | PostRestored | PostErased):
        yield posts, (fact.event.post,)
    elif isinstance(fact.event, CommentEdited | CommentRemoved | CommentRestored | CommentErased):
        yield comments, (fact.event.comment,)


def _post(now: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Changes, Any], None]:
    """A fold for a post that is there; now(event, row) gives what the event makes of its row."""
    return lambda changes, fact: _follow(changes, posts, fact.event.post, lambda row: now(fact.event, row))


def _comment(now: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Changes, Any], None]:
    return lambda changes, fact: _follow(changes, comments, fact.event.comment, lambda row: now(fact.event, row))


def _follow(changes: Changes, table: Table, id: str, now: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Updates the words of one text to what its row becomes: the table's own fold comes later.

    A row that this batch inserts waits for _index_new.
    """
    if (id,) in changes.inserted(table):
        return
    before = changes.existing(table, (id,))
    old, new = _keys(table, before), _keys(table, {**before, **now(before)})
    for gone in old - new:
        changes.delete(words, gone)
    for scope, word, subject in new - old:
        changes.insert(words, scope=scope, word=word, subject=subject)


def _index_new(connection: Connection, changes: Changes) -> None:
    """Inserts the words of the texts that this batch inserts, as they are at its end: one statement for many rows."""
    fresh: list[WordKey] = []
    for table in (posts, comments):
        for row in changes.inserted(table):
            fresh += _keys(table, changes.existing(table, row))
    bulk.insert(connection, words, sorted(fresh))


def _keys(table: Table, row: Mapping[str, Any]) -> set[WordKey]:
    """The primary keys of the index rows of a post or comment: of title, text as its page shows it, and link."""
    if row["removed"]:
        return set()
    id = row["id"]
    if table is comments:
        return {(COMMENT, word, id) for word in words_in(read(row["body"]).words)}
    title = words_in(row["title"])
    both = title | words_in(read(row["body"]).words, row["url"])
    return {(TITLE if word in title else BODY, word, id) for word in both}


def _erasing(*fields: str) -> Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]:
    return lambda event, row: dict.fromkeys(fields, "") if row["text_version"] in event.erased else {}


def _owned(stream: str) -> Iterable[Owned]:
    kind, _, id = stream.partition("-")
    if kind in ("post", "comment"):
        yield words, words.c.subject == id


MODEL = ReadModel(
    tables=(words,),
    folds={
        PostEdited: _post(lambda event, _row: {"title": event.title, "body": event.body, "url": event.url}),
        PostRemoved: _post(lambda _event, _row: {"removed": True}),
        PostRestored: _post(lambda _event, _row: {"removed": False}),
        PostErased: _post(_erasing("title", "body", "url")),
        CommentEdited: _comment(lambda event, _row: {"body": event.body}),
        CommentRemoved: _comment(lambda _event, _row: {"removed": True}),
        CommentRestored: _comment(lambda _event, _row: {"removed": False}),
        CommentErased: _comment(_erasing("body")),
    },
    answers={},
    reads=_reads,
    after=_index_new,
    owned=_owned,
    version=4,
)
