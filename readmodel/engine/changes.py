"""What one batch of facts changes, collected in memory and written in bulk.

Folds say inserts, updates, increments; rows touched twice in a batch are written once. Rows that only one partition's
streams change are written by kind, since no other projector meets them. Rows that several change are tallies: they
come last, table by table in the order of names and each table in one pass in the order of keys, so that two projectors
lock them in the same order. See docs/decisions/0030.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from . import rows, tallies
from .rows import KeyValues


class Changes:
    """Collects changes; `write` carries them out. One instance a batch."""

    def __init__(self) -> None:
        self._known: dict[Table, dict[KeyValues, dict[str, Any] | None]] = {}
        self._inserts: dict[Table, dict[KeyValues, dict[str, Any]]] = {}
        self._updates: dict[Table, dict[KeyValues, dict[str, Any]]] = {}
        self._adds: dict[Table, dict[KeyValues, dict[str, int]]] = {}
        self._tallies: dict[Table, dict[KeyValues, dict[str, int]]] = {}
        self._deletes: dict[Table, dict[KeyValues, None]] = {}

    def insert(self, table: Table, **row: Any) -> None:
        """A new row, all columns given. One deleted earlier in the batch is replaced."""
        self._inserts.setdefault(table, {})[rows.key_of(table, row)] = row

    def update(self, table: Table, key: KeyValues, **values: Any) -> None:
        """Sets columns of one row, which may be one inserted in this batch."""
        if (row := self._inserts.get(table, {}).get(key)) is not None:
            row.update(values)
        else:
            self._updates.setdefault(table, {}).setdefault(key, {}).update(values)

    def add(self, table: Table, key: KeyValues, **deltas: int) -> None:
        """Increments columns of one row; a row that isn't there is left alone.

        A row inserted in the same batch doesn't get it: its read model counts afresh in `after`,
        which is right whichever of the two came first.
        """
        _sum(self._adds.setdefault(table, {}).setdefault(key, {}), deltas)

    def tally(self, table: Table, key: KeyValues, **deltas: int) -> None:
        """Increments columns of a tally row, which is inserted with zeros where it isn't there."""
        _sum(self._tallies.setdefault(table, {}).setdefault(key, {}), deltas)

    def delete(self, table: Table, key: KeyValues) -> None:
        """Takes one row away if it is there, be it inserted in this batch."""
        for waiting in (self._inserts, self._updates):
            waiting.get(table, {}).pop(key, None)
        self._deletes.setdefault(table, {})[key] = None

    def row(self, table: Table, key: KeyValues) -> dict[str, Any] | None:
        """The row as it stands at this point of the batch. Its key was announced by the read model's `reads`."""
        if (inserted := self._inserts.get(table, {}).get(key)) is not None:
            return inserted
        if key in self._deletes.get(table, {}):
            return None
        known = self._known[table][key]
        return None if known is None else known | self._updates.get(table, {}).get(key, {})

    def existing(self, table: Table, key: KeyValues) -> dict[str, Any]:
        """Like row, for a row that an earlier event of the same stream has made. Raises LookupError without it."""
        if (row := self.row(table, key)) is None:
            raise LookupError(f"{table.name} has no row {key}, though its stream's first event makes it")
        return row

    def inserted(self, table: Table) -> Sequence[KeyValues]:
        """Keys of the rows that this batch inserts."""
        return list(self._inserts.get(table, {}))

    def touched(self, table: Table) -> Sequence[KeyValues]:
        """Keys of the rows that this batch inserts, updates, raises or tallies."""
        written = (self._inserts, self._updates, self._adds, self._tallies)
        return list(dict.fromkeys(key for kind in written for key in kind.get(table, {})))

    def load(self, connection: Connection, keys: Iterable[tuple[Table, KeyValues]]) -> None:
        """Fetches, in bulk, the rows that folds are going to ask for."""
        wanted: dict[Table, dict[KeyValues, None]] = {}
        for table, key in keys:
            wanted.setdefault(table, {})[key] = None
        for table, asked in wanted.items():
            known: dict[KeyValues, dict[str, Any] | None] = dict.fromkeys(asked)
            for found in rows.fetch(connection, table, list(asked)):
                known[rows.key_of(table, found)] = found
            self._known[table] = known

    def write(self, connection: Connection) -> None:
        """Each table's rows in bulk, in the order of their names and keys; then the tallies, which others may hold."""
        private = {*self._deletes, *self._inserts, *self._updates, *self._adds}
        for table in _by_name(private):
            fresh = self._inserts.get(table, {})
            raised = {key: by for key, by in self._adds.get(table, {}).items() if key not in fresh}
            rows.delete(connection, table, sorted(self._deletes.get(table, {})))
            rows.insert(connection, table, [fresh[key] for key in sorted(fresh)])
            rows.update(connection, table, self._updates.get(table, {}))
            rows.increase(connection, table, raised)
        for table in _by_name(self._tallies):
            tallies.add(connection, table, self._tallies[table])


def _by_name(tables: Iterable[Table]) -> list[Table]:
    return sorted(tables, key=lambda table: table.name)


def _sum(into: dict[str, int], deltas: Mapping[str, int]) -> None:
    for column, delta in deltas.items():
        into[column] = into.get(column, 0) + delta
