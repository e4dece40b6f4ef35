"""The queue of cases: each list walks an index of its own order, so that its cost doesn't grow with the cases.

A claim is live up to a moment, so that open and claimed are told apart by comparing: few are claimed at a time. A
category has indexes of its own. What else is asked for is looked for along the index, MAX_LOOKED_AT rows for a page at
most: a page may be short, or empty, and have a next one. Live claims, cases with an appeal that waits, an author's
cases and those with a rare word are few: they are read whole, MAX_IN_MEMORY of them, and put in order here.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, false, select

from domain.errors import Invalid, NotFound, Sentence
from domain.moderation.report import CATEGORIES
from domain.moderation.targets import KINDS, parse
from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import (
    Keyset,
    ascending,
    checked_key,
    checked_limit,
    descending,
    fetch_rows,
    is_count,
    is_moment,
)
from readmodel.engine.views import Key, Page

from .appeals import appeals
from .case_counts import CLAIMED
from .case_search import Wanted, matching, rare_subjects, wanted
from .case_tables import CATEGORY_BITS, DECIDED, ESCALATED, OPEN, cases
from .case_views import appealed_among, state_of, views
from .queries import CASE_STATES, CaseState, CaseView, FindCases

MAX_LOOKED_AT = 2_000
MAX_IN_MEMORY = 1_000
STEP_ROWS = 300
FIRST_STEP_PAGES = 2
"""Rows that are looked at first where there are filters, in pages."""
SORTS: Mapping[str, tuple[str, bool]] = {
    "score": ("score", True),
    "oldest": ("opened_at", False),
    "newest": ("opened_at", True),
}
"""Sort → its column, and whether it goes down."""
_WALKED: Mapping[CaseState | None, tuple[str, ...]] = {
    None: (OPEN, ESCALATED),
    "open": (OPEN,),
    "escalated": (ESCALATED,),
    "decided": (DECIDED,),
}
"""State → the stored states that are walked for it."""
_ALWAYS = ("id", "state", "claimed_by", "claimed_until", "kind", "categories", "author")
_COLUMNS = tuple(cases.c[name] for name in (*_ALWAYS, "score", "opened_at"))
_LIVE_CLAIMS = select(*_COLUMNS).where(CLAIMED).order_by(cases.c.claimed_until).limit(MAX_IN_MEMORY)
_OF_AUTHOR = (
    select(*_COLUMNS)
    .where(cases.c.author == bindparam("author"))
    .order_by(cases.c.changed_at.desc(), cases.c.id.desc())
    .limit(MAX_IN_MEMORY)
)
_APPEALED = (
    select(appeals.c.target)
    .where(appeals.c.resolved == false())
    .order_by(appeals.c.lodged_at, appeals.c.id)
    .limit(MAX_IN_MEMORY)
)
_SOME = select(*_COLUMNS).where(cases.c.id.in_(bindparam("values", expanding=True)))
_WHOLE = select(cases).where(cases.c.id.in_(bindparam("ids", expanding=True)))


def _is_case(part: object) -> bool:
    try:
        return isinstance(part, str) and parse(part).stream == part
    except NotFound:
        return False


@cache
def listing(sort: str, stored: str, of_category: bool = False) -> Keyset:
    """The cases of a stored state in an order, by a covering index; of_category: those whose categories are bound."""
    name, down = SORTS[sort]
    walk = descending if down else ascending
    checks = (is_count if name == "score" else is_moment, _is_case)
    rows = select(*(cases.c[column] for column in (*_ALWAYS, name))).where(cases.c.state == stored)
    if of_category:
        rows = rows.where(cases.c.categories == bindparam("categories"))
    return walk(rows, cases.c[name], cases.c.id, (name, "id"), checks)


def _ranges(query: FindCases) -> Iterator[tuple[Keyset, dict[str, Any]]]:
    """What is walked at once, with what is bound: each stored state; for a category each sum that has its bit."""
    for stored in _WALKED[query.state]:
        if query.category is None:
            yield listing(query.sort, stored), {}
        else:
            for sum_of_bits in range(1, sum(CATEGORY_BITS.values()) + 1):
                if sum_of_bits & CATEGORY_BITS[query.category]:
                    yield listing(query.sort, stored, of_category=True), {"categories": sum_of_bits}


def find_cases(connection: Connection, query: FindCases) -> Page[CaseView]:
    _check(query)
    asked = wanted(connection, query.q) if query.q.strip() else None
    few = _few(connection, query, asked)
    if few is None:
        ids, next = _walk(connection, query, asked)
    else:
        ids, next = _in_memory(query, _passing(connection, query, asked, few))
    rows = {row.id: row for row in connection.execute(_WHOLE, {"ids": ids})}
    found = views(connection, [rows[id] for id in ids if id in rows], query.now)
    if query.sort == "score":
        found.sort(key=lambda view: view.score, reverse=True)
    return Page(items=found, next=next)


def _check(query: FindCases) -> None:
    checked_limit(query.limit)
    _check_one("sort", query.sort, tuple(SORTS))
    for name, value, known in (
        ("state", query.state, CASE_STATES), ("kind", query.kind, KINDS), ("category", query.category, CATEGORIES),
    ):  # fmt: skip
        if value is not None:
            _check_one(name, value, known)
    if query.after is not None:
        checked_key(query.after, listing(query.sort, OPEN).checks)


def _check_one(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Invalid({name: Sentence("It must be one of: %(known)s.", known=", ".join(known))})


def _few(connection: Connection, query: FindCases, asked: Wanted | None) -> Sequence[Any] | None:
    """The cases among which the query's are, where they are few."""
    if query.claimed_by is not None or query.state == "claimed":
        return connection.execute(_LIVE_CLAIMS, {"now": query.now}).all()
    if query.state == "appealed":
        return _some(connection, list(connection.execute(_APPEALED).scalars()))
    if query.author is not None:
        return connection.execute(_OF_AUTHOR, {"author": query.author}).all()
    if asked is None:
        return None
    subjects = rare_subjects(connection, asked.words)
    if subjects is None:
        return None
    own = connection.execute(_OF_AUTHOR, {"author": asked.author}).all() if asked.author else []
    found = _some(connection, [f"{kind}-{id}" for id in subjects for kind in ("post", "comment")])
    return list({row.id: row for row in (*own, *found)}.values())


def _some(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    return [row for some in bulk.batches(sorted(set(ids))) for row in connection.execute(_SOME, {"values": some})]


def _passing(
    connection: Connection, query: FindCases, asked: Wanted | None, rows: Sequence[Any]
) -> Sequence[Any]:  # fmt: skip
    """Those of the rows that the query asks for."""
    decided = [row.id for row in rows if row.state == DECIDED] if query.state in ("decided", "appealed") else []
    appealed = appealed_among(connection, decided)
    found = [row for row in rows if _passes(query, row, appealed)]
    return found if asked is None else matching(connection, asked, found)


def _passes(query: FindCases, row: Any, appealed: set[str]) -> bool:
    state = state_of(row, query.now, appealed)
    in_state = row.state != DECIDED if query.state is None else state == query.state
    return (
        in_state
        and query.kind in (None, row.kind)
        and query.author in (None, row.author)
        and (query.claimed_by is None or (state == "claimed" and row.claimed_by == query.claimed_by))
        and (query.category is None or bool(row.categories & CATEGORY_BITS[query.category]))
    )


def _key(query: FindCases, row: Any) -> Key:
    return (getattr(row, SORTS[query.sort][0]), row.id)


def _in_memory(query: FindCases, rows: Sequence[Any]) -> tuple[list[str], Key | None]:
    down = SORTS[query.sort][1]
    keys = sorted((_key(query, row) for row in rows), reverse=down)
    if query.after is not None:
        keys = [key for key in keys if (key < query.after if down else key > query.after)]
    page = keys[: query.limit]
    return [str(id) for _, id in page], page[-1] if len(keys) > len(page) else None


def _walk(connection: Connection, query: FindCases, asked: Wanted | None) -> tuple[list[str], Key | None]:
    """The ids of a page and where the next begins."""
    filters = asked is not None or query.kind is not None
    step = min(FIRST_STEP_PAGES * query.limit, STEP_ROWS) if filters else query.limit
    after, looked_at = query.after, 0
    found: list[Any] = []
    while True:
        rows, next = _next_rows(connection, query, after, step)
        found += _passing(connection, query, asked, rows)
        if len(found) > query.limit or (len(found) == query.limit and next is not None):
            page = found[: query.limit]
            return [row.id for row in page], _key(query, page[-1])
        looked_at += len(rows)
        if next is None or looked_at >= MAX_LOOKED_AT:
            return [row.id for row in found], next
        after, step = next, STEP_ROWS if filters else query.limit


def _next_rows(
    connection: Connection, query: FindCases, after: Key | None, limit: int
) -> tuple[Sequence[Any], Key | None]:  # fmt: skip
    """The next rows of the stored states that are walked, in the query's order."""
    found: list[Any] = []
    more = False
    for ranged, bound in _ranges(query):
        rows, next = fetch_rows(connection, ranged, after, limit, bound)
        found += rows
        more = more or next is not None
    found.sort(key=lambda row: _key(query, row), reverse=SORTS[query.sort][1])
    page = found[:limit]
    more = more or len(found) > len(page)
    return page, _key(query, page[-1]) if more else None


MODEL = ReadModel(tables=(), folds={}, answers={FindCases: find_cases})
