"""Last visits to threads and notifications, for unread counts. No event: see docs/decisions/0013."""

from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from domain.ids import now
from readmodel.engine.connections import Control, changing, looking

from .tables import notification_reads, thread_visits

_MINE = (thread_visits.c.account == bindparam("who"), thread_visits.c.post == bindparam("where"))
_VISIT = select(thread_visits.c.seen_at, thread_visits.c.before_at).where(*_MINE)
_AGAIN = (
    update(thread_visits)
    .where(*_MINE)
    .values(before_at=thread_visits.c.seen_at, seen_at=bindparam("at"))
    .returning(thread_visits.c.before_at)
)
_SEEN = select(thread_visits.c.post, thread_visits.c.seen_at).where(
    thread_visits.c.account == bindparam("who"), thread_visits.c.post.in_(bindparam("posts", expanding=True))
)
_READ = select(notification_reads.c.read_at).where(notification_reads.c.account == bindparam("who"))
_READ_ON = (
    update(notification_reads)
    .where(notification_reads.c.account == bindparam("who"), notification_reads.c.read_at < bindparam("at"))
    .values(read_at=bindparam("at"))
)


def arrive(control: Control, account: str, post: str) -> str | None:
    """Records a visit to a thread, and returns the moment of the one before, None for the first."""
    at = now()
    with suppress(IntegrityError), changing(control) as connection:  # another request of the same person was first
        before = connection.execute(_AGAIN, {"who": account, "where": post, "at": at}).scalar_one_or_none()
        if before is not None:
            return str(before)
        connection.execute(thread_visits.insert().values(account=account, post=post, seen_at=at, before_at=None))
    return None


def previous_visit_at(control: Control, account: str, post: str) -> str | None:
    """The moment of the visit before the current one; None where there was none."""
    with looking(control) as connection:
        visit = connection.execute(_VISIT, {"who": account, "where": post}).one_or_none()
    return None if visit is None else visit.before_at


def last_visits(control: Control, account: str, posts: Iterable[str]) -> dict[str, str]:
    """Post → moment of somebody's last visit to its thread; those never visited are left out."""
    if not (wanted := list(posts)):
        return {}
    with looking(control) as connection:
        rows = connection.execute(_SEEN, {"who": account, "posts": wanted})
        return {row.post: row.seen_at for row in rows}


def read_until(control: Control, account: str) -> str | None:
    """The moment up to which somebody has read their notifications."""
    with looking(control) as connection:
        return connection.execute(_READ, {"who": account}).scalar_one_or_none()


def mark_read(control: Control, account: str, until: str) -> None:
    """Marks notifications as read up to this moment; an earlier one than the saved changes nothing."""
    with suppress(IntegrityError), changing(control) as connection:  # another was first, or what is there says more
        if not connection.execute(_READ_ON, {"who": account, "at": until}).rowcount:
            connection.execute(notification_reads.insert().values(account=account, read_at=until))
