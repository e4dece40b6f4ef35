"""Cursor and targets of the webhooks process, in the control database: a rebuild of the read model leaves them alone.

They move on in one transaction with the deliveries that come of it, so nothing is left out and nothing queued twice.
"""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import IntegrityError

from readmodel.engine.engines import reading, writing

from . import store_cursor
from .store_cursor import StoreCursor
from .tables import webhook_cursor as cursor
from .tables import webhook_targets as targets


class Cursor(StoreCursor, frozen=True, kw_only=True):
    """Everything up to position has been queued; what happened before since makes no deliveries."""

    since: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it stands at the cursor. kinds: none of them means all.

    suspended: its owner is, up to suspended_until; None: until a reinstatement.
    """

    webhook: str
    account: str
    kinds: tuple[str, ...]
    paused: bool = False
    suspended: bool = False
    suspended_until: str | None = None
    gone: bool = False

    def is_active(self, at: str) -> bool:
        """Whether it is told of what happens at that moment."""
        suspended = self.suspended and (self.suspended_until is None or at < self.suspended_until)
        return not (self.paused or suspended or self.gone)


_CURSOR = select(cursor.c.position, cursor.c.since, cursor.c.store, cursor.c.chain)


def load(engine: Engine) -> Cursor | None:
    with reading(engine).connect() as connection:
        row = connection.execute(_CURSOR).one_or_none()
    return None if row is None else Cursor(**row._mapping)


def load_or_create(engine: Engine, since: str) -> Cursor:
    """The cursor; a new one at the start of the store where there is none, with that since.

    Raises LookupError where the database takes the row and doesn't have it.
    """
    if (found := load(engine)) is None:
        # Two processes may begin at the same moment.
        with suppress(IntegrityError), writing(engine).begin() as connection:
            connection.execute(cursor.insert().values(id=1, position=0, since=since))
        found = load(engine)
    if found is None:
        raise LookupError("webhook_cursor has no row, though one was inserted.")
    return found


def position(engine: Engine) -> int:
    """Up to where everything is queued; 0 before the process began."""
    found = load(engine)
    return found.position if found else 0


def advance(connection: Connection, was: int, to: Cursor) -> bool:
    """See store_cursor.advance."""
    return store_cursor.advance(connection, cursor, was, to)


def load_targets(connection: Connection) -> dict[str, Target]:
    """Every target by its webhook's id."""
    rows = [row._asdict() for row in connection.execute(select(targets))]
    return {row["webhook"]: Target(**row | {"kinds": tuple(row["kinds"].split())}) for row in rows}


def replace_targets(connection: Connection, new: Iterable[Target]) -> None:
    """Puts these in the place of all that are there."""
    connection.execute(delete(targets))
    if rows := [msgspec.structs.asdict(target) for target in new]:
        connection.execute(targets.insert(), [row | {"kinds": " ".join(row["kinds"])} for row in rows])
