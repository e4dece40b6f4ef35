"""Checks whether a generation was folded from today's event store, up to its checkpoints.

A generation keeps the store's id, and the chain at each position that it has reached. A store that was put back to an
earlier state ends before those positions, or has other commits there. See docs/decisions/0040.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock

import msgspec
from sqlalchemy import Connection, select, update

from domain.ports import EventStore
from readmodel.engine.progress import checkpoints, origin

MATCH_CACHE_S = 1.0


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """Why a generation doesn't belong to the store, in a sentence for people."""

    reason: str

    def __str__(self) -> str:
        return f"{self.reason} Nothing more is folded into it; the projector fills a fresh one and switches to it."


class Reached(msgspec.Struct, frozen=True):
    """Of one partition. chain: at that position; None where an older version has written the row."""

    partition: int
    position: int
    chain: str | None


def mismatch(connection: Connection, store: EventStore) -> Mismatch | None:
    """None where the generation belongs to the store, as far as it knows. Raises Unavailable."""
    known, reached = _origin(connection), _reached(connection)
    if known is not None and known != store.id():
        return Mismatch(reason="The read model was folded from another event store than the one that is there now.")
    if not reached:
        return None
    highest = max(one.position for one in reached)
    chains = store.chains({one.position for one in reached})
    if highest not in chains and highest > (head := store.head()[0]):
        return Mismatch(
            reason=f"The read model shows position {highest:,}, and the event store ends at {head:,}: it was put back "
            "to an earlier state."
        )
    for one in reached:
        found = chains.get(one.position)
        if None not in (found, one.chain) and found != one.chain:
            return Mismatch(
                reason=f"At position {one.position:,} the event store has another commit than the read model was "
                "folded from: it was put back to an earlier state, and has grown again, or its commits were changed."
            )
    return None


def is_known(connection: Connection) -> bool:
    """Whether everything that tells the store is written down; not so in a generation of an older version."""
    return _origin(connection) is not None and all(one.chain is not None for one in _reached(connection))


def note_store(connection: Connection, store: EventStore) -> None:
    """Writes down what isn't known yet, by the store that is there. To be called where there is no mismatch."""
    if _origin(connection) is None:
        connection.execute(origin.insert().values(id=1, store=store.id()))
    unknown = [one for one in _reached(connection) if one.chain is None]
    chains = store.chains({one.position for one in unknown}) if unknown else {}
    for one in unknown:
        here = (checkpoints.c.partition == one.partition) & (checkpoints.c.position == one.position)
        connection.execute(update(checkpoints).where(here).values(chain=chains.get(one.position)))


class StoreMatch:
    """Of the live generation. Safe to share between threads."""

    def __init__(self, store: EventStore, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._store = store
        self._connect = connect
        self._lock = Lock()
        self._found: Mismatch | None = None
        self._looked_at = -MATCH_CACHE_S

    def mismatch(self) -> Mismatch | None:
        """As it is now. Raises Unavailable, and SQLAlchemyError, where one of the two can't be read."""
        with self._connect() as connection:
            self._found = mismatch(connection, self._store)
        self._looked_at = time.monotonic()
        return self._found

    def recent_mismatch(self) -> Mismatch | None:
        """As it was at most MATCH_CACHE_S ago: for what is asked again and again."""
        with self._lock:
            return self._found if time.monotonic() - self._looked_at < MATCH_CACHE_S else self.mismatch()


def _origin(connection: Connection) -> str | None:
    return connection.execute(_ORIGIN).scalar_one_or_none()


def _reached(connection: Connection) -> list[Reached]:
    return [Reached(row.partition, row.position, row.chain) for row in connection.execute(_REACHED)]


_ORIGIN = select(origin.c.store)
_REACHED = (
    select(checkpoints.c.partition, checkpoints.c.position, checkpoints.c.chain)
    .where(checkpoints.c.position > 0)
    .order_by(checkpoints.c.partition)
)
