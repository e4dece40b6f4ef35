"""The table of generations and the pointer to the live one. Each change is one transaction that holds only as found.

Whoever changes a generation says by which token they hold its lease; where that isn't so any more, LeaseLost is raised
and nothing has changed. See docs/decisions/0037.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import Conflict
from domain.ids import now
from readmodel.engine.connections import Control, looking
from readmodel.engine.engines import reading, writing

from .leases import LEASABLE_STATES, Lease, Leased, LeaseLost, held_by
from .tables import generations, live

COMPLETE_STATES = ("previous", "superseded")
"""States of generations that have been live, and can be again."""
_DROPPABLE = ("building", "ready", "superseded", "failed", "gone", "dropping")


class Superseded(Conflict):
    """The generations aren't any more, or aren't, as whoever asked supposed."""


class BuildUnderWay(Conflict):
    """Somebody who lives holds a generation already."""


class Pointer(msgspec.Struct, frozen=True):
    """The live generation: its number, the one that is about to follow, and the read models that it was filled for."""

    number: int
    next: int | None
    models: str | None


_POINTER = select(live.c.number, live.c.next, generations.c.models).select_from(
    live.outerjoin(generations, generations.c.number == live.c.number)
)


def pointer(control: Control) -> Pointer | None:
    """None before the first migration."""
    with looking(control) as connection:
        row = connection.execute(_POINTER).one_or_none()
    return None if row is None else Pointer(row.number, row.next, row.models)


def begin(control: Engine, token: str, models: str, text: str = "", beside: int | None = None) -> int:
    """The number of a new generation, leased by the token.

    Raises BuildUnderWay where another is leased, Superseded where another is live than `beside`, if that is given. Of
    two who begin at once the second finds the first one's lease, or the number taken.
    """
    try:
        with writing(control).begin() as connection:
            highest = connection.execute(select(func.max(generations.c.number))).scalar_one()
            _refuse_second(connection)
            if beside is not None and (found := connection.execute(select(live.c.number)).scalar_one()) != beside:
                raise Superseded(f"Generation {found} has gone live meanwhile.")
            row = {"number": (highest or 0) + 1, "state": "building", "started_at": now(), "ended_at": None}
            connection.execute(
                generations.insert().values(**row, position=0, note=text[:500], holder=token, beat=0, models=models)
            )
    except IntegrityError as error:
        raise BuildUnderWay("A rebuild has begun at the same moment. Wait for it.") from error
    return int(row["number"] or 0)


def hold_previous(control: Engine, token: str) -> int:
    """The number of the generation that was live before, leased by the token. Raises Superseded, BuildUnderWay."""
    with writing(control).begin() as connection:
        _refuse_second(connection)
        number = connection.execute(select(generations.c.number).where(generations.c.state == "previous")).scalar()
        if number is None:
            raise Superseded("There is no earlier generation to go back to.")
        connection.execute(update(generations).where(generations.c.number == number).values(holder=token, beat=0))
    return int(number)


def note(control: Engine, lease: Lease, state: str | None, position: int, text: str = "") -> None:
    """Writes down how a generation stands that the lease is on; with a state that it has reached, or None."""
    values: dict[str, Any] = {"position": position, "note": text[:500], "ended_at": now()}
    with writing(control).begin() as connection:
        _require(connection, lease, values if state is None else values | {"state": state})


def announce(control: Engine, lease: Lease) -> None:
    """Has everybody look each time which generation is live: there will be a switch to the lease's."""
    with writing(control).begin() as connection:
        _require(connection, lease, {})
        connection.execute(update(live).values(next=lease.number))


def switch(control: Engine, lease: Lease, before: int | None, *, may_return: bool) -> None:
    """Makes the lease's generation live in place of `before`, and ends the lease. Raises LeaseLost, Superseded.

    may_return: whether `before` is kept for a way back; where it isn't, neither is the one that was.
    """
    with writing(control).begin() as connection:
        _require(connection, lease, {"state": "live", "holder": None, "beat": None, "ended_at": now()})
        found = connection.execute(select(live.c.number)).scalar_one_or_none()
        if found != before:
            raise Superseded(f"Generation {found} has gone live meanwhile. Nothing was switched.")
        _point(connection, before, lease.number, "previous" if may_return else "superseded")


def go_back(control: Engine, gone: int, whole: int) -> bool:
    """Makes a whole generation live in place of one that is gone. Gives whether it was this call that did."""
    with writing(control).begin() as connection:
        one = update(generations).where(generations.c.number == whole, generations.c.state.in_(COMPLETE_STATES))
        if not _points_at(connection, gone) or connection.execute(one.values(state="live", holder=None)).rowcount != 1:
            return False
        _point(connection, gone, whole, "gone")
        _explain(connection, gone, f"Its tables were gone: generation {whole} went live again.")
    return True


def nothing_left(control: Engine, gone: int) -> None:
    """Writes down that the live generation is gone and no other is whole."""
    with writing(control).begin() as connection:
        if _points_at(connection, gone):
            _explain(connection, gone, "Its tables are gone, and no other generation is whole.")


def whole(control: Engine) -> list[int]:
    """The generations that could be live again, newest first."""
    wanted = select(generations.c.number).where(generations.c.state.in_(COMPLETE_STATES))
    with reading(control).connect() as connection:
        return list(connection.execute(wanted.order_by(generations.c.number.desc())).scalars())


def leased(control: Engine) -> list[Leased]:
    """Every lease that hasn't ended, alive or not."""
    with reading(control).connect() as connection:
        return [Leased(**row._mapping) for row in connection.execute(_LEASED)]


_LEASED = select(generations.c.number, generations.c.holder, func.coalesce(generations.c.beat, 0).label("beat")).where(
    generations.c.holder.is_not(None), generations.c.state.in_(LEASABLE_STATES)
)


def take_over(control: Engine, dead: Leased) -> bool:
    """Ends a lease as it was last seen. Gives whether it was: its holder may have woken up, or another was first."""
    as_seen = held_by(dead.number, dead.holder) & (func.coalesce(generations.c.beat, 0) == dead.beat)
    return _give_up(control, as_seen, dead.number, "Whoever filled it hasn't been heard of.")


def abandon(control: Engine, lease: Lease, text: str) -> bool:
    """Ends one's own lease without a switch. Gives whether it was still held."""
    return _give_up(control, held_by(lease.number, lease.token), lease.number, text)


def may_drop(control: Engine, number: int) -> bool:
    """Marks a generation as being taken away; refused for one that is live, before that, leased or gone for good."""
    here = (generations.c.number == number) & generations.c.holder.is_(None)
    with writing(control).begin() as connection:
        one = update(generations).where(here, generations.c.state.in_(_DROPPABLE))
        return connection.execute(one.values(state="dropping")).rowcount == 1


def discard(control: Engine, number: int, why: str) -> bool:
    """Gives up a whole generation that nobody holds. Gives whether it was one."""
    one = update(generations).where(
        generations.c.number == number, generations.c.state.in_((*COMPLETE_STATES, "ready"))
    )
    with writing(control).begin() as connection:
        given_up = one.where(generations.c.holder.is_(None)).values(state="failed", note=why[:500], ended_at=now())
        return connection.execute(given_up).rowcount == 1


def dropped(control: Engine, number: int) -> None:
    with writing(control).begin() as connection:
        connection.execute(update(generations).where(generations.c.number == number).values(state="dropped"))


def droppable(control: Engine) -> list[int]:
    """Those that nobody needs or holds any more."""
    wanted = select(generations.c.number).where(generations.c.state.in_(_DROPPABLE), generations.c.holder.is_(None))
    with reading(control).connect() as connection:
        return list(connection.execute(wanted).scalars())


def shutting(control: Engine, number: int, token: str) -> bool | None:
    """Whether a lease of this token is still there; None where the generation isn't live any more. At one moment."""
    wanted = select(live.c.number, generations.c.number.label("leased")).select_from(
        live.outerjoin(generations, (generations.c.holder == token) & generations.c.state.in_(LEASABLE_STATES))
    )
    with reading(control).connect() as connection:
        row = connection.execute(wanted).first()
    return None if row is None or row.number != number else row.leased is not None


def _refuse_second(connection: Connection) -> None:
    other = connection.execute(_LEASED).first()
    if other is not None:
        raise BuildUnderWay(f"A rebuild is under way already (generation {other.number}). Wait for it.")


def _require(connection: Connection, lease: Lease, values: dict[str, Any]) -> None:
    mine = update(generations).where(held_by(lease.number, lease.token), generations.c.state.in_(LEASABLE_STATES))
    if connection.execute(mine.values(values or {"beat": generations.c.beat + 1})).rowcount != 1:
        raise LeaseLost(lease.number)


def _point(connection: Connection, before: int | None, to: int, becomes: str) -> None:
    """before: what was live, and `becomes` what it is called from now on."""
    if before is None:
        connection.execute(live.insert().values(id=1, number=to, next=None))
        return
    connection.execute(update(live).values(number=to, next=None))
    if becomes in COMPLETE_STATES:
        connection.execute(update(generations).where(generations.c.state == "previous").values(state="superseded"))
    connection.execute(update(generations).where(generations.c.number == before).values(state=becomes))


def _points_at(connection: Connection, number: int) -> bool:
    """Takes the pointer's lock, so that nobody moves it meanwhile."""
    return connection.execute(update(live).where(live.c.number == number).values(number=number)).rowcount == 1


def _explain(connection: Connection, number: int, text: str) -> None:
    connection.execute(update(generations).where(generations.c.number == number).values(note=text, ended_at=now()))


def _give_up(control: Engine, mine: Any, number: int, text: str) -> bool:
    """A generation that was being filled is of no use any more; one that was live before still is."""
    with writing(control).begin() as connection:
        ended = update(generations).where(mine, generations.c.state.in_(LEASABLE_STATES))
        if connection.execute(ended.values(holder=None, beat=None)).rowcount != 1:
            return False
        filling = update(generations).where(generations.c.number == number, generations.c.state != "previous")
        connection.execute(filling.values(state="failed", note=text[:500], ended_at=now()))
        connection.execute(update(live).where(live.c.next == number).values(next=None))
    return True


def listed(control: Engine, limit: int = 20) -> list[dict[str, Any]]:
    """The generations there were, newest first, as plain rows."""
    with reading(control).connect() as connection:
        rows = connection.execute(select(generations).order_by(generations.c.number.desc()).limit(limit))
        return [dict(row) for row in rows.mappings()]
