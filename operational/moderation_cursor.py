"""How far moderation.follower has read the event store, and what it put aside: in the control database, so that a
rebuild of the read model leaves them alone."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.exc import IntegrityError

from domain.ids import now
from domain.ports import EventStore
from readmodel.engine.connections import Control, changing, looking

from . import store_cursor
from .moderation_tables import moderation_cursor as cursor
from .moderation_tables import moderation_set_aside as set_aside
from .store_cursor import StoreCursor

MAX_WHY_CHARS = 500


class FollowerLag(msgspec.Struct, frozen=True, kw_only=True):
    """commits: that aren't taken in yet; seconds: since the oldest of them was stored. set_aside: how many commits
    can't be carried out until something that can't be read is mended."""

    commits: int
    seconds: float
    set_aside: int


def load(control: Control) -> StoreCursor | None:
    with looking(control) as connection:
        row = connection.execute(select(cursor.c.position, cursor.c.store, cursor.c.chain)).one_or_none()
    return None if row is None else StoreCursor(**row._mapping)


def load_or_create(control: Engine) -> StoreCursor:
    """The cursor; a new one at the start of the store where there is none.

    Raises LookupError where the database takes the row and doesn't have it.
    """
    if (found := load(control)) is None:
        # Several processes may begin at the same moment.
        with suppress(IntegrityError), changing(control) as connection:
            connection.execute(cursor.insert().values(id=1, position=0))
        found = load(control)
    if found is None:
        raise LookupError("moderation_cursor has no row, though one was inserted.")
    return found


def advance(connection: Connection, was: int, to: StoreCursor) -> bool:
    """See store_cursor.advance."""
    return store_cursor.advance(connection, cursor, was, to)


def put_aside(connection: Connection, position: int, target: str, why: str) -> None:
    values = {"position": position, "target": target, "since": now(), "why": why[:MAX_WHY_CHARS]}
    connection.execute(delete(set_aside).where(set_aside.c.position == position))
    connection.execute(set_aside.insert().values(values))


def aside(control: Control) -> Mapping[int, str]:
    """Position → target of each commit that is put aside, in their order."""
    with looking(control) as connection:
        rows = connection.execute(select(set_aside.c.position, set_aside.c.target).order_by(set_aside.c.position))
        return {row.position: row.target for row in rows}


def drop(control: Engine, position: int) -> None:
    """What was put aside there is carried out."""
    with changing(control) as connection:
        connection.execute(delete(set_aside).where(set_aside.c.position == position))


def drop_all(connection: Connection) -> None:
    """Before everything is read again."""
    connection.execute(delete(set_aside))


def lag(control: Control, store: EventStore) -> FollowerLag:
    """Raises Unavailable, and SQLAlchemyError, where one of the two can't be read."""
    found = load(control)
    position = found.position if found else 0
    waiting = max(0, store.head()[0] - position)
    oldest = next((one.at for one in store.read(position, 1)), "") if waiting else ""
    with looking(control) as connection:
        number = connection.execute(select(func.count()).select_from(set_aside)).scalar_one()
    return FollowerLag(commits=waiting, seconds=_since(oldest), set_aside=number)


def _since(at: str) -> float:
    """Never negative: the host that stamped it may be ahead."""
    if not at:
        return 0.0
    return max(0.0, round((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds(), 3))
