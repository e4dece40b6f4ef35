"""Looks words up in the inverted index: the newest texts with a word, and which of them have the other words."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, union_all

from .search_index import TITLE, words

MAX_LOOKED_AT = 2_000
"""Texts with the leading word that are looked at for one page; it may come short then, and the next one goes on."""
MAX_SEEKS = 500
"""Words of texts that are looked up one by one."""

Scopes = tuple[int, ...]
Words = tuple[str, ...]
"""Alternatives, any of which will do."""


def count_rows(connection: Connection, scopes: Scopes, alternatives: Words) -> int:
    """How many rows these words have, MAX_LOOKED_AT at most."""
    if not alternatives:
        return 0
    return connection.execute(_COUNT, {"scopes": scopes, "words": alternatives}).scalar_one()


_OF_WORDS = (
    words.c.scope.in_(bindparam("scopes", expanding=True)),
    words.c.word.in_(bindparam("words", expanding=True)),
)
_COUNT = select(func.count()).select_from(select(words.c.subject).where(*_OF_WORDS).limit(MAX_LOOKED_AT).subquery())
_OF_SUBJECTS = select(words.c.subject, words.c.scope).where(
    *_OF_WORDS, words.c.subject.in_(bindparam("subjects", expanding=True))
)
BETWEEN = (
    select(words.c.subject, words.c.scope)
    .where(*_OF_WORDS, words.c.subject >= bindparam("first"), words.c.subject <= bindparam("last"))
    .limit(MAX_LOOKED_AT)
)

Candidates = dict[str, bool]
"""Subjects, newest first → whether all words looked at so far are in the title."""


def newest_with(
    connection: Connection, scopes: Scopes, alternatives: Words, below: str, step: int
) -> tuple[Candidates, bool]:
    """The newest texts below an id that have any of these words, from step rows; and whether there may be more."""
    ways = [(scope, word) for scope in scopes for word in alternatives]
    bound: dict[str, Any] = {f"scope{n}": scope for n, (scope, _) in enumerate(ways)}
    bound |= {f"word{n}": word for n, (_, word) in enumerate(ways)}
    merging = merged_ranges(len(ways), step, connection.dialect.name == "sqlite")
    rows = connection.execute(merging, bound | {"below": below}).all()
    some: Candidates = {}
    for subject, scope in rows:
        some.setdefault(subject, scope == TITLE)
    return some, len(rows) == step


@cache
def merged_ranges(ways: int, step: int, lazily: bool) -> Select[str, int]:
    """Selects the first step rows of several index ranges, a subject's title before its body.

    SQLite merges ranges that are sorted already, and reads no more of each than it needs. Where that isn't known, none
    gives more than step rows.
    """
    ranges: list[Select[str, int]] = [_range(number) for number in range(ways)]
    if not lazily:
        ranges = [select(one.order_by(words.c.subject.desc()).limit(step).subquery()) for one in ranges]
    merged = union_all(*ranges).subquery()
    return select(merged).order_by(merged.c.subject.desc(), merged.c.scope).limit(step)


def _range(number: int) -> Select[str, int]:
    return select(words.c.subject, words.c.scope).where(
        words.c.scope == bindparam(f"scope{number}"),
        words.c.word == bindparam(f"word{number}"),
        words.c.subject < bindparam("below"),
    )


def with_all_words(
    connection: Connection, tier: int, scopes: Scopes, others: Iterable[Words], some: Candidates
) -> list[str]:
    """Those candidates that have the other words too, in their order; without those of a higher rank."""
    left = some
    for alternatives in others:
        if not left:
            return []
        rows = _rows_of(connection, scopes, alternatives, list(left))
        held, titled = {subject for subject, _ in rows}, {subject for subject, scope in rows if scope == TITLE}
        left = {subject: before and subject in titled for subject, before in left.items() if subject in held}
    return [subject for subject, in_title in left.items() if tier or not in_title]


def _rows_of(connection: Connection, scopes: Scopes, alternatives: Words, subjects: list[str]) -> Sequence[Any]:
    """Rows of these words; those of the subjects are among them.

    Many words of many subjects are a seek each, so all rows between the first and the last subject are read instead,
    where these aren't too many: subjects lie close together where the leading word is a common one.
    """
    bound = {"scopes": scopes, "words": alternatives}
    if len(scopes) * len(alternatives) * len(subjects) > MAX_SEEKS:
        between = bound | {"first": min(subjects), "last": max(subjects)}
        rows = connection.execute(BETWEEN, between).all()
        if len(rows) < MAX_LOOKED_AT:
            return rows
    return connection.execute(_OF_SUBJECTS, bound | {"subjects": subjects}).all()
