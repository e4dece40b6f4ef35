"""Tallies: rows of counts that streams of several partitions raise, so that several projectors meet in them.

Each table is written in one pass in the order of its keys, whatever a batch holds: two projectors that share rows wait
for each other and never in a circle.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table

from . import rows
from .rows import KeyValues

MAX_ROUNDS = 5
"""A row may go between its insert and its increase where another projector prunes it, but not again and again."""


class RowLost(LookupError):
    """The database took a row and doesn't have it under its key. The fault of what is folded, so that it parks."""


def add(connection: Connection, table: Table, raised: Mapping[KeyValues, Mapping[str, int]]) -> None:
    """Makes the missing rows with zeros, then raises all. A race on a new row ends in the unique key, and a retry.

    A row may go between the two steps, where another projector prunes one that came to zero: it is made again.
    Raises RowLost where a row isn't there after MAX_ROUNDS.
    """
    waiting = dict(raised)
    there = rows.present(connection, table, waiting)
    for _ in range(MAX_ROUNDS):
        rows.insert(connection, table, [_zero(table, key) for key in sorted(waiting) if key not in there])
        rows.increase_in_order(connection, table, waiting)
        there = rows.present(connection, table, waiting)
        waiting = {key: deltas for key, deltas in waiting.items() if key not in there}
        if not waiting:
            return
    lost = ", ".join(repr(key[0] if len(key) == 1 else key) for key in sorted(waiting)[:3])
    raise RowLost(
        f"{table.name} has no row for {lost}, though it was inserted {MAX_ROUNDS} times. Does the database change the "
        "text of keys, or does a trigger of its own take rows away?"
    )


def _zero(table: Table, key: KeyValues) -> dict[str, Any]:
    return dict(zip(rows.key_names(table), key, strict=True)) | {c.name: 0 for c in table.columns if not c.primary_key}
