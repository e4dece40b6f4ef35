"""The moderation desk at 10,000 open and 1,000,000 decided cases, and at a hundred of each: it must not cost more.

Rows are put in as folds write them. Each question is asked on both sites alternately: a page of the queue with its
counts, one further down, one with filters, decided cases, one case, somebody's file and somebody's reports. The time is
the processor's, since others may use the machine.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from domain import ids
from domain.moderation.case_state import CLAIM_TERM
from domain.moderation.terms import later
from readmodel import catalogue
from readmodel.accounts import accounts
from readmodel.engine import bulk
from readmodel.engine.queries import Query
from readmodel.history import history
from readmodel.moderation.case_tables import DECIDED, OPEN, case_reports, cases, decisions, reporter_counts
from readmodel.moderation.queries import CaseById, CaseCounts, FileOf, FindCases, ReportsBy
from readmodel.moderation.reports import reports
from readmodel.moderation.words import moderation_words
from readmodel.posts import posts

from .measure import Row, alternate, cost_row, per_call, timed
from .site import BenchSite

SMALL, OPEN_CASES, DECIDED_CASES = 100, 10_000, 1_000_000
BATCH_ROWS = 20_000
AUTHORS_CASES = 10
"""Cases of one author, and reports of one reporter."""
CLAIMED = 40
"""The first open cases: as many as moderators work at, on either site."""
FILTERED = 20
"""Cases on a page with a filter, so that both sites fill it."""
SHOWN = 1_000
"""The newest decided cases have a post that a page shows; all open ones have."""
TURNS, CALLS = 21, 10
MAX_RATIO = 1.2
NOW = "2026-11-01T00:00:00.000000Z"
_MILLISECONDS = 1_790_000_000_000
Ask = Callable[[Query], Any]
Rows = dict[Table, list[tuple[Any, ...]]]


class Site(NamedTuple):
    """open, decided: how many cases of each. They are numbered from 0, the decided ones first."""

    connection: Connection
    open: int
    decided: int

    def ask(self, query: Query) -> Any:
        return catalogue.answer(self.connection, query)


def run(folder: Path, size: int | None) -> Iterator[Row]:
    decided = size or DECIDED_CASES
    sites = BenchSite(folder / "small"), BenchSite(folder / "large")
    for site, counts in zip(sites, ((SMALL, SMALL), (min(OPEN_CASES, decided), decided)), strict=True):
        _fill(site, *counts)
    with sites[0].generations.connect() as few, sites[1].generations.connect() as many:
        small, large = Site(few, SMALL, SMALL), Site(many, min(OPEN_CASES, decided), decided)
        for name, questions in QUESTIONS.items():
            ours, floor = (
                timed(site.ask, partial(_repeated, questions(site)), time.process_time) for site in (large, small)
            )
            alternate(ours, floor, 1)
            calls = CALLS * len(questions(small))
            yield cost_row(f"desk: {name}", alternate(ours, floor, TURNS), per_call(calls), MAX_RATIO)
    for site in sites:
        site.close()


def _repeated(questions: list[Query]) -> list[Query]:
    return questions * CALLS


def _queue(_site: Site) -> list[Query]:
    return [FindCases(now=NOW), CaseCounts(now=NOW)]


def _further(site: Site) -> list[Query]:
    return [FindCases(now=NOW, after=site.ask(FindCases(now=NOW)).next)]


def _sorted(_site: Site) -> list[Query]:
    return [FindCases(now=NOW, state="open", sort="oldest"), FindCases(now=NOW, sort="newest", kind="post")]


def _filtered(site: Site) -> list[Query]:
    return [
        FindCases(now=NOW, category="spam", limit=FILTERED), FindCases(now=NOW, state="claimed", limit=FILTERED),
        FindCases(now=NOW, author=_id(site.decided // AUTHORS_CASES)),
    ]  # fmt: skip


def _decided(_site: Site) -> list[Query]:
    return [FindCases(now=NOW, state="decided", sort="newest")]


def _cases(site: Site) -> list[Query]:
    return [CaseById(case=_target(number), now=NOW) for number in (site.decided - 1, site.decided + 7)]


def _people(_site: Site) -> list[Query]:
    return [FileOf(account=_id(0), now=NOW), ReportsBy(reporter=_id(0))]


QUESTIONS: dict[str, Callable[[Site], list[Query]]] = {
    "queue": _queue,
    "queue, next page": _further,
    "queue, by age": _sorted,
    "queue, filtered": _filtered,
    "queue, decided": _decided,
    "case": _cases,
    "file and reports": _people,
}


def _fill(site: BenchSite, open: int, decided: int) -> None:
    for first in range(0, open + decided, BATCH_ROWS):
        rows: Rows = {}
        for number in range(first, min(first + BATCH_ROWS, open + decided)):
            _add_case(rows, number, decided, whole=number >= decided - SHOWN)
        with site.generations.live().write() as connection:
            for table, some in rows.items():
                bulk.insert(connection, table, some)


def _add_case(rows: Rows, number: int, decided: int, *, whole: bool) -> None:
    """whole: with its post."""
    target, person, is_open = _target(number), _id(number // AUTHORS_CASES), number >= decided
    at, made = _moment(number), None if is_open else _id(number, 2)
    if number % AUTHORS_CASES == 0:
        _add_person(rows, person, at)
    claimed = is_open and number < decided + CLAIMED
    _add(
        rows, cases, id=target, kind="post", subject=_id(number, 1), author=person, thread=_id(number, 1), version=2,
        text_version=1, state=OPEN if is_open else DECIDED, claimed_by=person if claimed else None,
        claimed_until=later(NOW, CLAIM_TERM) if claimed else None, reports=1, opened_at=at, changed_at=at,
        score=100 * (1 + number % 4) + number % 97, categories=2 ** (number % 4),
    )  # fmt: skip
    _add(
        rows, case_reports, target=target, report=_id(number, 3), reporter=person, version=1, joined_at=at,
        decision=made, acted=True, lifted=False,
    )  # fmt: skip
    stream = f"report-{target}-{person}"
    _add(
        rows, reports, id=_id(number, 3), stream=stream, filed_version=1, target=target, seen_version=1,
        category=("spam", "illegal", "rule", "other")[number % 4], rule=0, rules_version=0, reporter=person,
        stranger=False, filed_at=at, withdrawn_at=None,
    )  # fmt: skip
    _add(rows, moderation_words, stream=stream, version=1, reason=None, said="Look at this.", law="")
    if made is not None:
        _add_decision(rows, number, made, target, person, at)
    if whole:
        _add_post(rows, number, person, at)


def _add_decision(rows: Rows, number: int, id: str, target: str, person: str, at: str) -> None:
    _add(
        rows, decisions, id=id, target=target, made_version=3, author=person, decided_by=person, acts="remove",
        told=True, rule=0, rules_version=0, until=None, points=0, strike_expires=None, text_version=1,
        reports=f"{_id(number, 3)}:{person}", basis="report", automated=False, batch=None, decided_at=at,
        appeal_until=NOW, carried_out=True, done="remove", skipped="", taken_back_version=None, reversed=False,
        appeal=None,
    )  # fmt: skip
    _add(rows, moderation_words, stream=f"case-{target}", version=3, reason="Spam.", said="", law="")


def _add_post(rows: Rows, number: int, person: str, at: str) -> None:
    id, title, body = _id(number, 1), f"Post {number}", "Some words of a post that somebody reported. " * 5
    _add(
        rows, posts, id=id, author=person, title=title, body=body, url="", tags="", likes=0, comments=0, locked=False,
        pinned_at=None, version=1, text_version=1, created_at=at, edited_at=None, edited_by=None, edit_reason=None,
        removed=False, removed_by=None, removed_reason=None,
    )  # fmt: skip
    _add(
        rows, history, stream=f"post-{id}", version=1, type="PostPublished", actor=person, at=at, reason=None,
        title=title, body=body, url="", erased=False, detail="{}",
    )  # fmt: skip


def _add_person(rows: Rows, id: str, at: str) -> None:
    _add(
        rows, accounts, id=id, handle=f"person-{id[-12:]}", handle_version=1, handle_since=at, name="", bio="",
        roles="", suspended=False, suspended_reason=None, suspended_version=0, suspended_until=None, gone=False,
        leaving_until=None, version=1, joined_at=at,
    )  # fmt: skip
    _add(rows, reporter_counts, reporter=id, upheld=AUTHORS_CASES, dismissed=0)


def _add(rows: Rows, table: Table, **values: Any) -> None:
    rows.setdefault(table, []).append(tuple(values[name] for name in _names(table)))


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _target(number: int) -> str:
    return f"post-{_id(number, 1)}"


def _id(number: int, kind: int = 0) -> str:
    return ids.uuid7(_MILLISECONDS + number, kind.to_bytes(2) + number.to_bytes(8))


def _moment(number: int) -> str:
    """Each a millisecond later."""
    seconds, milliseconds = divmod(number, 1_000)
    return f"2026-10-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}000Z"
