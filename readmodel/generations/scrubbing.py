"""Files and tables that still hold what was erased: how far each is free of it, and how SQLite's get there.

SQLite deletes a row by marking its space as free. secure_delete (engines) writes zeros over it, but not over copies
that were left behind when a page was split, nor in the write-ahead log. Only VACUUM and emptying that log do.
See docs/decisions/0036.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update
from sqlalchemy.exc import OperationalError

from readmodel.engine.connections import Control, changing, looking
from readmodel.engine.engines import BUSY_MS, reading

from .generation_table import COMPLETE_STATES
from .tables import generations, live, scrubbed


def positions(control: Control) -> dict[str, int]:
    """Place → up to which position of the store nothing that was erased is in it."""
    with looking(control) as connection:
        return {row.place: row.position for row in connection.execute(select(scrubbed))}


def note(control: Control, place: str, position: int) -> None:
    with changing(control) as connection:
        moved = update(scrubbed).where(scrubbed.c.place == place).values(position=position)
        if connection.execute(moved).rowcount == 0:
            connection.execute(scrubbed.insert().values(place=place, position=position))


def forget(control: Control) -> None:
    """Every place has to be looked at again: the store's positions mean other commits now."""
    with changing(control) as connection:
        connection.execute(delete(scrubbed))


def existing(control: Control) -> list[int]:
    """The generations of which there may be anything."""
    return _numbers(control, generations.c.state != "dropped")


def kept(control: Control) -> list[int]:
    """The generations that nobody follows: kept for a way back, or filled and not switched to yet."""
    return _numbers(control, generations.c.state.in_((*COMPLETE_STATES, "ready")))


def abandoned(control: Control) -> list[int]:
    """The generations that nobody will go on filling."""
    left = generations.c.state.in_(("failed", "gone", "dropping"))
    return _numbers(control, left | ((generations.c.state == "building") & generations.c.holder.is_(None)))


def _numbers(control: Control, which: ColumnElement[bool]) -> list[int]:
    with looking(control) as connection:
        return list(connection.execute(select(generations.c.number).where(which)).scalars())


def rewrite(engine: Engine) -> None:
    """Writes SQLite's file anew, with what is there and nothing else. Readers go on meanwhile, writers wait."""
    if engine.dialect.name == "sqlite":
        with reading(engine).connect() as connection:
            connection.exec_driver_sql("VACUUM")


def empty_log(engine: Engine) -> bool:
    """Empties SQLite's write-ahead log; False where a reader is in the way. It doesn't wait, as writers would too."""
    if engine.dialect.name != "sqlite":
        return True
    with reading(engine).connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0)
        except OperationalError:
            return False
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_MS}")


@contextmanager
def holding_live(control: Engine) -> Iterator[int | None]:
    """The number of the live generation, which stays the same until the block ends."""
    with changing(control) as connection:
        yield _held(connection)


def _held(connection: Connection) -> int | None:
    connection.execute(update(live).values(number=live.c.number))
    return connection.execute(select(live.c.number)).scalar_one_or_none()
