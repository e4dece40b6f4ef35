"""Whom the webhooks process tells, and how far it has looked: rows of its own, which a rebuild doesn't touch.

They move on in one transaction with the deliveries that come of it, so nothing is left out and nothing made twice.
"""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from readmodel.engine.engines import reading, writing

from .tables import webhook_cursor as cursor
from .tables import webhook_targets as targets

ATTEMPTS = 5


class Cursor(msgspec.Struct, frozen=True):
    """Everything up to position has been looked at; what happened before since makes no deliveries.

    store: the event store's id, chain: at the position; None where they aren't known.
    """

    position: int
    since: str
    store: str | None = None
    chain: str | None = None


class Target(msgspec.Struct, kw_only=True):
    """A webhook as it stands at the cursor. kinds: none of them means all."""

    webhook: str
    handle: str
    kinds: tuple[str, ...]
    paused: bool = False
    suspended: bool = False


_CURSOR = select(cursor.c.position, cursor.c.since, cursor.c.store, cursor.c.chain)
_MOVE = (
    update(cursor)
    .where(cursor.c.position == bindparam("was"))
    .values(position=bindparam("to"), since=bindparam("from"), store=bindparam("of"), chain=bindparam("link"))
)
_ONE = targets.c.webhook == bindparam("one")


def begin(engine: Engine, since: str) -> Cursor:
    """The cursor; a new one at the beginning where there is none, with that since.

    Raises LookupError where the database takes the row and doesn't have it.
    """
    for _ in range(ATTEMPTS):
        with reading(engine).connect() as connection:
            if (row := connection.execute(_CURSOR).one_or_none()) is not None:
                return Cursor(**row._mapping)
        try:
            with writing(engine).begin() as connection:
                connection.execute(cursor.insert().values(id=1, position=0, since=since))
        except IntegrityError:
            continue  # another process began at the same moment
    raise LookupError(f"webhook_cursor has no row, though one was inserted {ATTEMPTS} times.")


def position(engine: Engine) -> int:
    """Up to where it has looked; 0 before it began."""
    with reading(engine).connect() as connection:
        row = connection.execute(_CURSOR).one_or_none()
    return 0 if row is None else row.position


def move(connection: Connection, was: int, to: Cursor) -> bool:
    """Moves the cursor, unless another process has. Comes first in a transaction: it takes the row's lock."""
    values = {"was": was, "to": to.position, "from": to.since, "of": to.store, "link": to.chain}
    return connection.execute(_MOVE, values).rowcount == 1


def all_targets(connection: Connection) -> dict[str, Target]:
    """Every target by its webhook's id."""
    return {
        row.webhook: Target(
            webhook=row.webhook,
            handle=row.handle,
            kinds=tuple(row.kinds.split()),
            paused=bool(row.paused),
            suspended=bool(row.suspended),
        )
        for row in connection.execute(select(targets))
    }


def forget_all(connection: Connection) -> None:
    """Takes all targets away: they are looked up afresh."""
    connection.execute(delete(targets))


def save(connection: Connection, changed: Iterable[Target]) -> None:
    """Writes targets as they are now, new ones too."""
    for target in changed:
        values = msgspec.structs.asdict(target) | {"kinds": " ".join(target.kinds)}
        if not connection.execute(update(targets).where(_ONE).values(values), {"one": target.webhook}).rowcount:
            connection.execute(targets.insert().values(values))


def forget(connection: Connection, webhooks: Iterable[str]) -> None:
    """Takes targets away."""
    for webhook in webhooks:
        connection.execute(delete(targets).where(_ONE), {"one": webhook})
