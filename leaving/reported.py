"""What somebody who leaves wrote in reports: it goes, but not before moderators have decided who need it for that."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain.errors import Parked
from domain.ids import LENGTH
from domain.moderation.report import EraseReport
from operational import moderation_cursor
from takeout import sources

from .steps import Cursor, Wait
from .subject import Subject

REPORTS_AT_ONCE = 20
DECISION_CHECK_INTERVAL = timedelta(minutes=10)
"""How often it is asked whether moderators have decided."""


def decided(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Erases those that are decided on, or were withdrawn. Each has to have come to its case, where it comes to one."""
    rows, next = _page(subject, cursor)
    if rows and not _are_joined(subject):
        raise Wait("Reports may not have come to their cases yet.")
    for row in rows:
        try:
            if not subject.is_undecided(row.target):
                erase(subject, row.stream)
        except Parked:
            subject.unreadable.append(f"reports {row.stream}")
    return next


def _page(subject: Subject, cursor: Cursor) -> tuple[Sequence[Any], list[Any] | None]:
    """Newest first, and where the next page begins."""
    key = tuple(cursor.after) if cursor.after else None
    with subject.generations.connect() as connection:
        rows, next = sources.reports_of(connection, subject.person, key, REPORTS_AT_ONCE)
    return rows, list(next) if next else None


def _are_joined(subject: Subject) -> bool:
    """Whether moderation.follower has taken in all that the person did."""
    found, last = moderation_cursor.load(subject.control), subject.last_position()
    return found is not None and last is not None and found.position >= last


def undecided(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Erases the others once they are decided on. Comes last: nothing else waits for that."""
    rows, next = _page(subject, cursor)
    if any(subject.is_undecided(row.target) for row in rows):
        raise Wait("Moderators have to decide on something that the person reported.", DECISION_CHECK_INTERVAL)
    for row in rows:
        erase(subject, row.stream)
    return next


def erase(subject: Subject, stream: str) -> None:
    """stream: report-<target>-<reporter>."""
    target = stream.removeprefix("report-")[: -LENGTH - 1]
    subject.erase("reports", stream, EraseReport(target=target, reporter=subject.person))
