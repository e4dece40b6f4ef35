"""Rebuilds that were asked for: whoever may ask writes a row, a projector takes it up and notes how it went."""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from domain.ids import now

from .connections import Control, changing, looking
from .control import rebuild_requests as requests

SHOWN = 10
OPEN = ("waiting", "running")


def ask(control: Control, id: str, by: str) -> dict[str, Any]:
    """The request of this id, else one that is open already, else a new one: two rebuilds at once help nobody."""
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


def take(control: Control) -> str | None:
    """The id of the oldest request that waits, which is the caller's from now on; None where none does."""
    oldest = select(requests.c.id).where(requests.c.state == "waiting").order_by(requests.c.asked_at).limit(1)
    with changing(control) as connection:
        id = connection.execute(oldest).scalar_one_or_none()
        if id is None:
            return None
        mine = update(requests).where(requests.c.id == id, requests.c.state == "waiting")
        return id if connection.execute(mine.values(state="running")).rowcount else None


def note(control: Control, id: str, state: str, *, generation: int | None = None, text: str = "") -> None:
    """Writes down how a request stands; done and failed are its end."""
    ended_at = None if state in OPEN else now()
    with changing(control) as connection:
        connection.execute(
            update(requests)
            .where(requests.c.id == id)
            .values(state=state, generation=generation, ended_at=ended_at, note=text[:500])
        )


def forsaken(control: Control) -> None:
    """Requests that ran when their projector ended wait again: for a projector that starts."""
    with changing(control) as connection:
        connection.execute(update(requests).where(requests.c.state == "running").values(state="waiting"))


def listed(control: Control) -> list[dict[str, Any]]:
    """The newest requests, as plain rows."""
    with looking(control) as connection:
        rows = connection.execute(select(requests).order_by(requests.c.asked_at.desc()).limit(SHOWN))
        return [dict(row) for row in rows.mappings()]


def _found(control: Control, id: str) -> dict[str, Any] | None:
    with changing(control) as connection:
        return _known(connection, id)


def _known(connection: Connection, id: str) -> dict[str, Any] | None:
    mine = select(requests).where(requests.c.id == id)
    others = select(requests).where(requests.c.state.in_(OPEN)).order_by(requests.c.asked_at)
    for wanted in (mine, others):
        if (row := connection.execute(wanted.limit(1)).mappings().one_or_none()) is not None:
            return dict(row)
    return None
