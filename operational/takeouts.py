"""Takeouts: one row a person, requested on a page or by a call, and claimed by whichever projector is free to make it.

At most one at a time a person, by the primary key. kept: how long it stays once it has ended, by the settings.
Who makes it has a lease, which each saved step renews by comparing what it was: a maker that was frozen meanwhile
saves nothing. takeout_pieces.py has what is made.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Engine, Row, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import VersionConflict
from domain.ids import from_now, now, to_iso_utc, uuid7
from readmodel.engine.connections import Control, changing, looking

from .tables import takeouts
from .takeout_pieces import drop_orphans

State = Literal["waiting", "running", "done", "failed"]
Problem = Literal["", "space", "error"]
REQUEST_INTERVAL = timedelta(days=1)
"""How long after one is done the next may be requested: until then the request gives the one that is there."""
MAX_CHANGES_IN_A_RACE = 5


class LeaseLost(Exception):
    """Another maker has the takeout, or it begins anew, or is gone: what was made just now counts nothing."""


class Takeout(msgspec.Struct, frozen=True, kw_only=True):
    """done of total: of what its owner wrote; total is 0 until that is counted."""

    account: str
    id: str
    requested_at: str
    state: State
    done: int
    total: int
    cursor: str
    leased_until: str
    failures: int
    ended_at: str | None
    problem: Problem
    language: str

    @property
    def is_open(self) -> bool:
        return self.state in ("waiting", "running")

    def expires_at(self, kept: timedelta) -> str | None:
        """When it is deleted; None while it is being made."""
        return None if self.ended_at is None else _later(self.ended_at, kept)

    def may_be_replaced(self, at: str) -> bool:
        """Whether a request makes a new one of it."""
        return self.ended_at is None or at >= _later(self.ended_at, REQUEST_INTERVAL)


def find(control: Control, account: str, kept: timedelta) -> Takeout | None:
    """A person's takeout, unless its time is over."""
    with looking(control) as connection:
        found = _row(connection, account)
    return None if found is None or _is_over(found, kept) else found


def request(control: Control, account: str, language: str, kept: timedelta) -> Takeout:
    """The takeout that is being made or was made a short while ago, else a new one; one that failed goes on.

    language: of its pages, as <html lang> names it.
    """
    new = _new(account, language)
    for _ in range(MAX_CHANGES_IN_A_RACE):
        with changing(control) as connection:
            found = _row(connection, account)
            if found is None:
                if _insert(connection, new):
                    return new
                continue
            if found.is_open or (found.state == "done" and not found.may_be_replaced(now())):
                return found
            goes_on = found.state == "failed" and not _is_over(found, kept)
            again = _again(found) if goes_on else new
            if _replace(connection, found, again):
                return again
    raise VersionConflict("takeout", 0)


def take(control: Control, until: str) -> Takeout | None:
    """Claims the one that has waited longest, or whose maker has let its lease run out; None where there is none."""
    wanted = (
        select(takeouts)
        .where(takeouts.c.state.in_(("waiting", "running")), takeouts.c.leased_until <= now())
        .order_by(takeouts.c.requested_at)
        .limit(1)
    )
    for _ in range(MAX_CHANGES_IN_A_RACE):
        with looking(control) as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            break
        found = _takeout(row)
        taken = msgspec.structs.replace(found, state="running", leased_until=until)
        with changing(control) as connection:
            if _replace(connection, found, taken):
                return taken
    return None


def save(connection: Connection, was: Takeout, **columns: Any) -> Takeout:
    """Changes a takeout that is the caller's, in its transaction, of which this comes first. Raises LeaseLost."""
    saved = msgspec.structs.replace(was, **columns)
    if not _replace(connection, was, saved):
        raise LeaseLost(was.id)
    return saved


def begin_anew(control: Engine, accounts: Collection[str] | None) -> None:
    """What these people have is made again from the beginning: something that is in it was erased. None: everybody.

    Afterwards none of it is there any more.
    """
    for account in _everybody(control) if accounts is None else accounts:
        for _ in range(MAX_CHANGES_IN_A_RACE):
            with looking(control) as connection:
                found = _row(connection, account)
            if found is None:
                break
            with changing(control) as connection:
                if _replace(connection, found, _anew(found)):
                    break
        else:
            raise VersionConflict("takeout", 0)
    drop_orphans(control)


def prune(control: Engine, kept: timedelta) -> None:
    """Deletes those whose time is over with their files and pieces, and the pieces of those that were replaced."""
    long_ago = from_now(-kept)
    with looking(control) as connection:
        old = [_takeout(row) for row in connection.execute(select(takeouts).where(takeouts.c.ended_at < long_ago))]
    for one in old:
        with changing(control) as connection:
            connection.execute(takeouts.delete().where(*_same(one)))
    drop_orphans(control)


def _everybody(control: Engine) -> Collection[str]:
    with looking(control) as connection:
        return connection.execute(select(takeouts.c.account)).scalars().all()


def _insert(connection: Connection, new: Takeout) -> bool:
    """False where another request of the same person was first."""
    try:
        with connection.begin_nested():
            connection.execute(takeouts.insert().values(msgspec.structs.asdict(new)))
    except IntegrityError:
        return False
    return True


def _new(account: str, language: str) -> Takeout:
    at = now()
    return Takeout(
        account=account, id=uuid7(), requested_at=at, state="waiting", done=0, total=0, cursor="", leased_until=at,
        failures=0, ended_at=None, problem="", language=language,
    )  # fmt: skip


def _anew(found: Takeout) -> Takeout:
    """From the beginning, as it was requested."""
    return msgspec.structs.replace(_new(found.account, found.language), requested_at=found.requested_at)


def _again(found: Takeout) -> Takeout:
    """From the last saved step on."""
    return msgspec.structs.replace(found, state="waiting", leased_until=now(), failures=0, ended_at=None, problem="")


def _replace(connection: Connection, was: Takeout, by: Takeout) -> bool:
    """Whether it still was as it was seen, and is this now."""
    return connection.execute(update(takeouts).where(*_same(was)).values(msgspec.structs.asdict(by))).rowcount == 1


def _same(was: Takeout) -> tuple[Any, ...]:
    return (
        takeouts.c.account == was.account,
        takeouts.c.id == was.id,
        takeouts.c.state == was.state,
        takeouts.c.leased_until == was.leased_until,
    )


def _row(connection: Connection, account: str) -> Takeout | None:
    row = connection.execute(select(takeouts).where(takeouts.c.account == account)).one_or_none()
    return None if row is None else _takeout(row)


def _takeout(row: Row[Any]) -> Takeout:
    return Takeout(**row._mapping)


def _later(at: str, delta: timedelta) -> str:
    return to_iso_utc(datetime.fromisoformat(at) + delta)


def _is_over(found: Takeout, kept: timedelta) -> bool:
    ends = found.expires_at(kept)
    return ends is not None and ends <= now()
