"""What a search of the queue asks for: cases about texts with these words, or about what somebody wrote or is."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from readmodel import word_lookup
from readmodel.handles import account_of
from readmodel.prefixes import HIGHEST_CHARACTER
from readmodel.search import alternatives, terms_of
from readmodel.search_index import BODY, COMMENT, TITLE
from readmodel.word_lookup import Words, count_rows, newest_with, with_all_words

_SCOPES = (TITLE, BODY, COMMENT)
_ANY_TIER = 1


class Wanted(msgspec.Struct, frozen=True):
    """author: whose cases match, "" for nobody's. words: all of which a text must have; none: no text matches."""

    author: str
    words: tuple[Words, ...]


def wanted(connection: Connection, q: str) -> Wanted:
    """What somebody typed: words, a handle, or a handle after an @ and nothing else."""
    typed = q.strip()
    author = account_of(connection, typed.removeprefix("@"))
    if typed.startswith("@"):
        return Wanted(author, ())
    return Wanted(author, tuple(alternatives(connection, _SCOPES, terms_of(typed))))


def rare_subjects(connection: Connection, words: Sequence[Words]) -> list[str] | None:
    """The posts and comments with all of these words; None where they are too many to be listed."""
    if not words:
        return []
    if count_rows(connection, _SCOPES, words[0]) >= word_lookup.MAX_LOOKED_AT:
        return None
    some, _ = newest_with(connection, _SCOPES, words[0], HIGHEST_CHARACTER, word_lookup.MAX_LOOKED_AT)
    return with_all_words(connection, _ANY_TIER, _SCOPES, words[1:], some)


def matching(connection: Connection, asked: Wanted, rows: Sequence[Any]) -> list[Any]:
    """Those rows of cases that match."""
    about = dict.fromkeys((row.id.partition("-")[2] for row in rows), False)
    found = set(with_all_words(connection, _ANY_TIER, _SCOPES, asked.words, about)) if asked.words and about else set()
    return [row for row in rows if row.author == asked.author or row.id.partition("-")[2] in found]
