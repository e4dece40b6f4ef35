"""Keyset pagination: each page starts where the one before ended, so page 1,000 costs what page 1 does.

The end of a page lies between rows of the same sort value. "major = x and minor < y" and "major < x" are
two exact ranges of an index; the two joined by OR are not, to either database.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam

from domain.errors import Invalid, Sentence
from domain.ids import is_id

from .views import Key

MAX_PAGE_ITEMS = 100
_BIGGEST = 2**31 - 1
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)

Check = Callable[[Any], bool]


class Keyset(NamedTuple):
    """A listing: its first page, then the rest of the last sort value, then what lies beyond it.

    names are the two columns of the rows that make the key, checks what each may be.
    """

    first: Select[Any]
    ties: Select[Any]
    beyond: Select[Any]
    names: tuple[str, str]
    checks: tuple[Check, Check]


def descending(
    rows: Select[Any],
    major: ColumnElement[Any],
    minor: ColumnElement[Any],
    names: tuple[str, str],
    checks: tuple[Check, Check],
) -> Keyset:
    """The rows from the greatest (major, minor) down. The pair is unique."""
    last = _last(major, minor)
    return Keyset(
        rows.order_by(major.desc(), minor.desc()),
        rows.where(major == last[0], minor < last[1]).order_by(minor.desc()),
        rows.where(major < last[0]).order_by(major.desc(), minor.desc()),
        names,
        checks,
    )


def ascending(
    rows: Select[Any],
    major: ColumnElement[Any],
    minor: ColumnElement[Any],
    names: tuple[str, str],
    checks: tuple[Check, Check],
) -> Keyset:
    """The rows from the smallest (major, minor) up."""
    last = _last(major, minor)
    return Keyset(
        rows.order_by(major, minor),
        rows.where(major == last[0], minor > last[1]).order_by(minor),
        rows.where(major > last[0]).order_by(major, minor),
        names,
        checks,
    )


def fetch_page(
    connection: Connection, listing: Keyset, after: Key | None, limit: int, parameters: Mapping[str, Any]
) -> tuple[Sequence[Row[Any]], Key | None]:
    """One page of rows and the key of the next. Raises Invalid for a broken after or limit."""
    return fetch_rows(connection, listing, after, checked_limit(limit), parameters)


def fetch_rows(
    connection: Connection, listing: Keyset, after: Key | None, limit: int, parameters: Mapping[str, Any]
) -> tuple[Sequence[Row[Any]], Key | None]:
    """The same with a limit of our own, which may be larger than that of a page."""
    if after is None:
        rows = connection.execute(_limited(listing.first, limit + 1), parameters).all()
    else:
        major, minor = checked_key(after, listing.checks)
        bound = {**parameters, "last_major": major, "last_minor": minor}
        rows = connection.execute(_limited(listing.ties, limit + 1), bound).all()
        if len(rows) <= limit:
            rows = [*rows, *connection.execute(_limited(listing.beyond, limit + 1 - len(rows)), bound).all()]
    if len(rows) <= limit:
        return rows, None
    end = rows[limit - 1]
    return rows[:limit], (getattr(end, listing.names[0]), getattr(end, listing.names[1]))


@lru_cache(maxsize=1024)
def _limited(statement: Select[Any], most: int) -> Select[Any]:
    """A statement that was made before is run sooner: SQLAlchemy needn't work out again what it compiles to."""
    return statement.limit(most)


def checked_limit(limit: int, most: int = MAX_PAGE_ITEMS) -> int:
    """The limit; raises Invalid unless it is 1 to most."""
    if not 1 <= limit <= most:
        raise Invalid({"limit": Sentence("Limit must be a number from 1 to %(most)s.", most=most)})
    return limit


def checked_key(after: Key, checks: tuple[Check, ...]) -> Key:
    """The key; raises Invalid unless it can be the end of a page of this listing."""
    if len(after) != len(checks) or not all(check(part) for check, part in zip(checks, after, strict=True)):
        raise Invalid({"after": Sentence("The address of this page is broken. Start again from the first page.")})
    return after


def is_count(part: object) -> bool:
    return isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= _BIGGEST


def is_subject(part: object) -> bool:
    return isinstance(part, str) and is_id(part)


def is_moment(part: object) -> bool:
    """Whether part is a moment exactly as domain.ids.now writes it."""
    if not isinstance(part, str) or not _MOMENT.match(part):
        return False
    try:
        return datetime.fromisoformat(part) is not None
    except ValueError:
        return False


def _last(major: ColumnElement[Any], minor: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return bindparam("last_major", type_=major.type), bindparam("last_minor", type_=minor.type)
