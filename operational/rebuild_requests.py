"""Rebuild requests: a queue of rows. An admin adds one, a projector claims it and sets its state."""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from domain.ids import now
from readmodel.engine.connections import Control, changing, looking
from readmodel.generations.tables import generations

from .tables import rebuild_requests as requests

MAX_LISTED = 10
OPEN_STATES = ("waiting", "running")
SWITCHED_STATES = ("live", "previous", "superseded")
"""States of generations that were switched to."""


def request(control: Control, id: str, by: str) -> dict[str, Any]:
    """Requests a rebuild: returns the request of this id, else the one that is open already, else a new one."""
    if (found := _found(control, id)) is not None:
        return found
    row = {"id": id, "asked_by": by, "asked_at": now(), "state": "waiting", "generation": None, "ended_at": None}
    try:
        with changing(control) as connection:
            connection.execute(requests.insert().values(**row, note=""))
    except IntegrityError:
        # The same request came at the same moment.
        if (found := _found(control, id)) is None:
            raise
        return found
    return row | {"note": ""}


def is_any_waiting(control: Control) -> bool:
    """Whether a request waits to be claimed."""
    with looking(control) as connection:
        return connection.execute(_OLDEST).first() is not None


def take(control: Control, generation: int) -> str | None:
    """Claims the oldest request that waits, and returns its id; None where none does.

    generation: the one that the caller fills for it, and has a lease on. Whose lease ends without a switch loses it.
    """
    with changing(control) as connection:
        id = connection.execute(_OLDEST).scalar_one_or_none()
        if id is None:
            return None
        mine = update(requests).where(requests.c.id == id, requests.c.state == "waiting")
        return id if connection.execute(mine.values(state="running", generation=generation)).rowcount else None


_OLDEST = select(requests.c.id).where(requests.c.state == "waiting").order_by(requests.c.asked_at).limit(1)


def set_state(control: Control, id: str, state: str, *, generation: int | None = None, text: str = "") -> None:
    """Sets the state of a request; done and failed are final."""
    values: dict[str, Any] = {"state": state, "ended_at": None if state in OPEN_STATES else now(), "note": text[:500]}
    if generation is not None or state == "waiting":
        values["generation"] = generation
    with changing(control) as connection:
        connection.execute(update(requests).where(requests.c.id == id).values(values))


def settle_interrupted(control: Control) -> None:
    """Settles requests whose projector ended meanwhile: done where their generation went live, else they wait again."""
    running = requests.c.state == "running"
    filled = requests.outerjoin(generations, requests.c.generation == generations.c.number)
    ended = select(requests.c.id, generations.c.state).where(running, generations.c.holder.is_(None))
    with changing(control) as connection:
        for id, state in connection.execute(ended.select_from(filled)).all():
            one = update(requests).where(requests.c.id == id, running)
            if state in SWITCHED_STATES:
                connection.execute(one.values(state="done", ended_at=now()))
            else:
                connection.execute(one.values(state="waiting", generation=None))


def listed(control: Control) -> list[dict[str, Any]]:
    """The newest requests, as plain rows."""
    with looking(control) as connection:
        rows = connection.execute(select(requests).order_by(requests.c.asked_at.desc()).limit(MAX_LISTED))
        return [dict(row) for row in rows.mappings()]


def _found(control: Control, id: str) -> dict[str, Any] | None:
    with changing(control) as connection:
        return _known(connection, id)


def _known(connection: Connection, id: str) -> dict[str, Any] | None:
    mine = select(requests).where(requests.c.id == id)
    others = select(requests).where(requests.c.state.in_(OPEN_STATES)).order_by(requests.c.asked_at)
    for wanted in (mine, others):
        if (row := connection.execute(wanted.limit(1)).mappings().one_or_none()) is not None:
            return dict(row)
    return None
