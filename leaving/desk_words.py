"""Words in cases and appeals, which go with whoever leaves: what is said about what they wrote, their own appeals, and
as their choice has it what they said as a moderator. What is open goes once it is decided."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, union

from domain import account
from domain.errors import Damaged, Parked
from domain.moderation.appeal import AppealLodged
from domain.moderation.erasing import EraseAppealWords, EraseCaseWords
from readmodel.moderation.appeals import appeal_replies, appeals
from readmodel.moderation.case_tables import case_notes, cases, decisions

from .steps import Cursor, Wait
from .subject import Subject

STREAMS_AT_ONCE = 20
DECISION_CHECK_INTERVAL = timedelta(minutes=10)
"""How often it is asked whether moderators have decided."""
_PERSON: BindParameter[str] = bindparam("person")
_ABOUT = (
    select(("case-" + cases.c.id).label("stream")).where(cases.c.author == _PERSON),
    select(appeals.c.stream).where(appeals.c.account == _PERSON),
)
_BY_STAFF = (
    select(("case-" + case_notes.c.target).label("stream")).where(case_notes.c.noted_by == _PERSON),
    select("case-" + decisions.c.target).where(decisions.c.decided_by == _PERSON),
    select("case-" + decisions.c.target).where(decisions.c.taken_back_version.is_not(None)),
    select(appeals.c.stream).where(appeals.c.resolved_by == _PERSON),
    select(appeal_replies.c.stream).where(appeal_replies.c.by_staff),
)
"""Who replied or took back isn't known there: of a stream in which the person did nothing nothing goes."""


def settled(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Erases what is said where nothing is open any more."""
    streams = _page(subject, cursor)
    for stream in streams:
        try:
            if not subject.is_open(stream):
                erase(subject, stream)
        except Parked:
            subject.unreadable.append(f"moderation {stream}")
    return [streams[-1]] if len(streams) == STREAMS_AT_ONCE else None


def open_ones(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Erases the rest once it is decided. Comes last: nothing else waits for that."""
    streams = _page(subject, cursor)
    if any(subject.is_open(stream) for stream in streams):
        raise Wait("Moderators have to decide on what concerns the person.", DECISION_CHECK_INTERVAL)
    for stream in streams:
        erase(subject, stream)
    return [streams[-1]] if len(streams) == STREAMS_AT_ONCE else None


def erase(subject: Subject, stream: str) -> None:
    """stream: of a case, or of an appeal."""
    kind, _, rest = stream.partition("-")
    if kind == "case":
        subject.erase("moderation", stream, EraseCaseWords(target=rest))
        return
    try:
        for lodged in subject.versions(stream, AppealLodged).values():
            words = EraseAppealWords(target=lodged.target, decision=lodged.decision, account=lodged.account)
            subject.erase("moderation", stream, words)
    except Damaged:
        subject.unreadable.append(f"moderation {stream}")


def _page(subject: Subject, cursor: Cursor) -> Sequence[str]:
    """In the order of their names."""
    wanted = union(*_ABOUT, *(_BY_STAFF if _takes_reasons(subject) else ())).subquery()
    page = select(wanted.c.stream).where(wanted.c.stream > bindparam("last")).order_by(wanted.c.stream)
    last = cursor.after[0] if cursor.after else ""
    with subject.generations.connect() as connection:
        rows = connection.execute(page.limit(STREAMS_AT_ONCE), {"person": subject.person, "last": last})
        return rows.scalars().all()


def _takes_reasons(subject: Subject) -> bool:
    """Whether what they said as a moderator goes, as it does with their texts."""
    chosen = subject.choice()
    was_staff = subject.versions(account.stream(subject.person), account.RoleGranted)
    return bool(was_staff) and chosen is not None and chosen.default != "keep"
