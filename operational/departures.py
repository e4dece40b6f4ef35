"""Departures: one row for whoever leaves, claimed by whichever process is free to erase what is theirs.

The row is a work list and the receipt; that somebody leaves, and what goes, is in the events of their account. Who
works on one has a lease, which each saved step renews by comparing what it was: one that was frozen saves nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.ids import now
from domain.rights import Choice
from readmodel.engine.connections import Control, changing, looking
from readmodel.engine.schema import control_metadata

from .tables import departure_commits as commits
from .tables import departures, token_uses
from .takeout_pieces import drop_orphans

State = Literal["waiting", "erasing", "done"]
COMMITS_AT_ONCE = 500
NOTHING: Mapping[str, str] = {}


class LeaseLost(Exception):
    """Another process works on the departure, or it was taken back."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """until: up to when it can be taken back. counts: kind of thing → how many were erased of it so far.

    choice: None before the first step. cursor: "" before the first step. commits: how many there are of it.
    """

    account: str
    id: str
    until: str
    state: State
    choice: Choice | None
    cursor: str
    counts: Mapping[str, int]
    commits: int
    leased_until: str
    ended_at: str | None


def open_for(control: Control, account: str, until: str) -> Departure:
    """The row of whoever leaves: the one that is there, else a new one. Nobody can guess its id: whoever has it sees
    the receipt."""
    new = Departure(
        account=account, id=str(uuid4()), until=until, state="waiting", choice=None, cursor="", counts={}, commits=0,
        leased_until=now(), ended_at=None,
    )  # fmt: skip
    try:
        with changing(control) as connection:
            connection.execute(insert(departures).values(_columns(new)))
    except IntegrityError:
        found = of_account(control, account)
        if found is not None:
            return found
        raise
    return new


def of_account(control: Control, account: str) -> Departure | None:
    return _one(control, departures.c.account == account)


def receipt(control: Control, id: str) -> Departure | None:
    return _one(control, departures.c.id == id)


def commit_ids(control: Control, departure: Departure, after: int = 0) -> Sequence[str]:
    """The ids of its commits behind the number `after`, in their order, COMMITS_AT_ONCE at the most."""
    mine = (commits.c.departure == departure.id, commits.c.number > after)
    wanted = select(commits.c.commit_id).where(*mine).order_by(commits.c.number).limit(COMMITS_AT_ONCE)
    with looking(control) as connection:
        return connection.execute(wanted).scalars().all()


def drop(control: Control, departure: Departure) -> None:
    """Forgets one that is the caller's, and turned out to be none."""
    with changing(control) as connection:
        connection.execute(delete(departures).where(*_same(departure)))


def undone(control: Control) -> list[Departure]:
    """Those that aren't done, and can't be taken back any more as far as the rows know, the oldest first."""
    wanted = select(departures).where(departures.c.state != "done", departures.c.until < now())
    with looking(control) as connection:
        return [_departure(row) for row in connection.execute(wanted.order_by(departures.c.until))]


def choices(control: Control) -> dict[str, Choice]:
    """Account → what they chose, of those who can't come back any more."""
    with looking(control) as connection:
        found = [_departure(row) for row in connection.execute(select(departures))]
    return {one.account: one.choice for one in found if one.choice}


def begin_anew(control: Control, since: str) -> None:
    """Has everything looked at once more that was erased since then: a store was put back that is older."""
    again = {"state": "waiting", "cursor": "", "leased_until": now(), "ended_at": None}
    older = departures.c.ended_at < since
    with changing(control) as connection:
        connection.execute(update(departures).where(departures.c.ended_at.is_(None) | ~older).values(again))


def tally(control: Control) -> Mapping[str, int]:
    """State → how many are in it; those without any are left out."""
    counted = select(departures.c.state, func.count().label("number")).group_by(departures.c.state)
    with looking(control) as connection:
        return {row.state: row.number for row in connection.execute(counted)}


def known(control: Control) -> set[str]:
    """The accounts that have a row."""
    with looking(control) as connection:
        return set(connection.execute(select(departures.c.account)).scalars())


def take(control: Control, found: Departure, until: str) -> Departure | None:
    """Claims one up to that moment; None where somebody else has it."""
    if found.leased_until > now():
        return None
    with changing(control) as connection:
        try:
            return save(connection, found, state="erasing", leased_until=until)
        except LeaseLost:
            return None


def save(connection: Connection, was: Departure, erased: Mapping[str, str] = NOTHING, **columns: Any) -> Departure:
    """Changes one that is the caller's, in its transaction. Raises LeaseLost.

    erased: commit id → kind of thing; what isn't on the receipt yet is added to it, and counted.
    """
    listed = _listed(connection, was, erased.keys())
    fresh = {id: kind for id, kind in erased.items() if id not in listed}
    counts = Counter(was.counts) + Counter(fresh.values())
    saved = msgspec.structs.replace(was, commits=was.commits + len(fresh), counts=dict(counts), **columns)
    if connection.execute(update(departures).where(*_same(was)).values(_columns(saved))).rowcount != 1:
        raise LeaseLost(was.id)
    if fresh:
        numbered = enumerate(fresh, was.commits + 1)
        rows = [{"departure": was.id, "number": number, "commit_id": id} for number, id in numbered]
        connection.execute(insert(commits), rows)
    return saved


def _same(was: Departure) -> tuple[Any, ...]:
    """The row, while it is the caller's."""
    return (
        departures.c.account == was.account,
        departures.c.id == was.id,
        departures.c.state == was.state,
        departures.c.leased_until == was.leased_until,
    )


def _listed(connection: Connection, departure: Departure, ids: Collection[str]) -> set[str]:
    """Which of these commits its receipt has."""
    mine = select(commits.c.commit_id).where(
        commits.c.departure == departure.id, commits.c.commit_id.in_(bindparam("ids", expanding=True))
    )
    return set(connection.execute(mine, {"ids": list(ids)}).scalars()) if ids else set()


def delete_rows_of(control: Engine, account: str) -> None:
    """Deletes what is kept of somebody beside the read model: in every table that has an account, but for this one."""
    for table in control_metadata.sorted_tables:
        if "account" in table.c and table is not departures:
            with changing(control) as connection:
                connection.execute(delete(table).where(table.c.account == account))
    drop_orphans(control)


def forget_uses(control: Engine, tokens: Sequence[str]) -> None:
    """When somebody's tokens were used."""
    mine = token_uses.c.token.in_(bindparam("tokens", expanding=True))
    with changing(control) as connection:
        connection.execute(delete(token_uses).where(mine), {"tokens": list(tokens)})


def _one(control: Control, condition: Any) -> Departure | None:
    with looking(control) as connection:
        row = connection.execute(select(departures).where(condition)).one_or_none()
    return None if row is None else _departure(row)


def _departure(row: Row[Any]) -> Departure:
    choice = msgspec.json.decode(row.choice, type=Choice) if row.choice else None
    counts = msgspec.json.decode(row.counts, type=dict[str, int])
    return Departure(**{**row._mapping, "choice": choice, "counts": counts})


def _columns(departure: Departure) -> dict[str, Any]:
    choice = msgspec.json.encode(departure.choice).decode() if departure.choice else ""
    counts = msgspec.json.encode(departure.counts, order="sorted").decode()
    return msgspec.structs.asdict(departure) | {"choice": choice, "counts": counts}
