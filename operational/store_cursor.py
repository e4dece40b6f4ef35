"""How far somebody who follows the event store has read it, and whether it is still the store that they were reading.

One that was put back to an earlier state, or is another, is read again from the start, so whatever comes of a commit
has to be idempotent: see docs/decisions/0042.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Table, update

from domain import gaps
from domain.commit import SequencedCommit
from domain.ports import EventStore


class StoreCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to position has been taken in.

    store: the event store's id, chain: at the position; None where they aren't known.
    """

    position: int
    store: str | None = None
    chain: str | None = None


AnyCursor = TypeVar("AnyCursor", bound=StoreCursor)


def advance(connection: Connection, table: Table, was: int, to: StoreCursor) -> bool:
    """Moves the one row of a cursor's table, unless another process has. Comes first in a transaction: it takes the
    row's lock."""
    moved = update(table).where(table.c.position == was).values(msgspec.structs.asdict(to))
    return connection.execute(moved).rowcount == 1


def located(store: EventStore, cursor: AnyCursor) -> AnyCursor | None:
    """The cursor with store and chain filled in; None where it stands in another store, or in what this one was."""
    id, head = store.id(), store.head()[0]
    chain = store.chains([cursor.position]).get(cursor.position)
    same_chain = None in (chain, cursor.chain) or chain == cursor.chain
    if cursor.store not in (None, id) or cursor.position > head or not same_chain:
        return None
    return replace(cursor, store=id, chain=cursor.chain or chain)


def next_commits(store: EventStore, cursor: StoreCursor, limit: int) -> list[SequencedCommit]:
    """Up to limit commits behind the cursor; a missing one leaves a gap that is marked."""
    return gaps.unbroken(store.read(cursor.position, limit), cursor.position, limit)


def moved(cursor: AnyCursor, commits: Sequence[SequencedCommit]) -> AnyCursor:
    """The cursor behind these."""
    return replace(cursor, position=commits[-1].position, chain=commits[-1].chain or None)
