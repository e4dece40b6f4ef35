"""Prefix completion: the indexed words that begin with what was typed.

Common words have many rows, so they are skipped (a loose index scan): what is read doesn't grow with the posts.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from .search_index import words

MAX_COMPLETIONS = 30
"""Completions are the first words in the alphabet; what was typed is among them."""
HIGHEST_CHARACTER = "\U0010ffff"
"""A prefix followed by it sorts after every text with that prefix."""
SAMPLE_ROWS = 500

SKIP_SCAN = """
    WITH RECURSIVE found (word, number) AS (
        SELECT min(word), 1 FROM words WHERE scope = ?1 AND word >= ?2 AND word < ?3
        UNION ALL
        SELECT (SELECT min(word) FROM words WHERE scope = ?1 AND word > found.word AND word < ?3), number + 1
            FROM found WHERE found.word IS NOT NULL AND number < ?4
    )
    SELECT word FROM found WHERE word IS NOT NULL
"""
"""A loose index scan for SQLite: one seek for each word, in one statement. SQL Server's recursion has no min."""


def completions(connection: Connection, scopes: Iterable[int], beginning: str) -> tuple[str, ...]:
    """The first MAX_COMPLETIONS words of these scopes that have the prefix."""
    first = _skip_scanned if connection.dialect.name == "sqlite" else sampled
    found = {word for scope in scopes for word in first(connection, scope, beginning)}
    return tuple(sorted(found)[:MAX_COMPLETIONS])


def sampled(connection: Connection, scope: int, beginning: str) -> Sequence[str]:
    """The completions by sampling: the words of SAMPLE_ROWS rows, then of the rows after the last word, and so on."""
    bound = {"scope": scope, "begin": beginning, "end": beginning + HIGHEST_CHARACTER}
    here: list[str] = []
    while len(here) < MAX_COMPLETIONS:
        rows = connection.execute(SAMPLE_FROM if not here else SAMPLE_AFTER, bound).all()
        here += sorted(row.word for row in rows)
        if sum(row.rows for row in rows) < SAMPLE_ROWS:
            break
        bound["begin"] = here[-1]
    return here[:MAX_COMPLETIONS]


def _skip_scanned(connection: Connection, scope: int, beginning: str) -> Sequence[str]:
    rows = connection.exec_driver_sql(SKIP_SCAN, (scope, beginning, beginning + HIGHEST_CHARACTER, MAX_COMPLETIONS))
    return [str(word) for (word,) in rows]


def _sample(begins: Any) -> Select[str, int]:
    here = (
        select(words.c.word)
        .where(words.c.scope == bindparam("scope"), begins, words.c.word < bindparam("end"))
        .order_by(words.c.word)
        .limit(SAMPLE_ROWS)
        .subquery()
    )
    return select(here.c.word, func.count().label("rows")).group_by(here.c.word)


SAMPLE_FROM = _sample(words.c.word >= bindparam("begin"))
SAMPLE_AFTER = _sample(words.c.word > bindparam("begin"))
