"""The words that begin like what somebody has typed so far.

Common words have many rows, so they are leapt over: what is read doesn't grow with the number of posts.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from .search_index import words

MAX_COMPLETIONS = 30
"""So many words are looked for: the first in the alphabet, what was typed among them."""
AFTER_EVERY_TEXT = "\U0010ffff"
"""Behind every text that has the same beginning."""
_SAMPLE = 500

LEAPING = """
    WITH RECURSIVE found (word, number) AS (
        SELECT min(word), 1 FROM words WHERE scope = ?1 AND word >= ?2 AND word < ?3
        UNION ALL
        SELECT (SELECT min(word) FROM words WHERE scope = ?1 AND word > found.word AND word < ?3), number + 1
            FROM found WHERE found.word IS NOT NULL AND number < ?4
    )
    SELECT word FROM found WHERE word IS NOT NULL
"""
"""SQLite's way: a seek for each word, all in one statement. SQL Server's recursion knows no min."""


def endings(connection: Connection, scopes: Iterable[int], beginning: str) -> tuple[str, ...]:
    """The first MAX_COMPLETIONS words of these scopes that begin so."""
    first = _leapt if connection.dialect.name == "sqlite" else sampled
    found = {word for scope in scopes for word in first(connection, scope, beginning)}
    return tuple(sorted(found)[:MAX_COMPLETIONS])


def sampled(connection: Connection, scope: int, beginning: str) -> Sequence[str]:
    """A sample's words, then those of a sample behind the last of them, and so on."""
    bound = {"scope": scope, "begin": beginning, "end": beginning + AFTER_EVERY_TEXT}
    here: list[str] = []
    while len(here) < MAX_COMPLETIONS:
        rows = connection.execute(FROM if not here else BEYOND, bound).all()
        here += sorted(row.word for row in rows)
        if sum(row.rows for row in rows) < _SAMPLE:
            break
        bound["begin"] = here[-1]
    return here[:MAX_COMPLETIONS]


def _leapt(connection: Connection, scope: int, beginning: str) -> Sequence[str]:
    rows = connection.exec_driver_sql(LEAPING, (scope, beginning, beginning + AFTER_EVERY_TEXT, MAX_COMPLETIONS))
    return [str(word) for (word,) in rows]


def _sample(begins: Any) -> Select[str, int]:
    here = (
        select(words.c.word)
        .where(words.c.scope == bindparam("scope"), begins, words.c.word < bindparam("end"))
        .order_by(words.c.word)
        .limit(_SAMPLE)
        .subquery()
    )
    return select(here.c.word, func.count().label("rows")).group_by(here.c.word)


FROM = _sample(words.c.word >= bindparam("begin"))
BEYOND = _sample(words.c.word > bindparam("begin"))
