"""Finds erasures that the store has carried out and the read model hasn't applied yet.

An erasure takes texts out of the store at once; the event that says so is folded later. In between, a fold of the store
up to what is shown comes to other rows than the fold that was made before, and neither is wrong: such a stream can't be
compared. See docs/decisions/0035.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from threading import Event

import msgspec
from sqlalchemy import Connection, Table

from domain.commit import Commit
from domain.ports import EventStore
from eventstore.erasures import announced
from readmodel.engine.schema import metadata

from .comparison import Difference, differences
from .stream_repair import keys_of, owned_by, tallied_by

PAGE_COMMITS = 500


class Erasure(msgspec.Struct, frozen=True):
    """An event that says that words of its stream are erased, by its place in the stream and in the global order."""

    stream: str
    version: int
    position: int


class ErasureIndex:
    """All erasures of a store behind a position, looked up once and remembered: there are few."""

    def __init__(self, store: EventStore, after: int) -> None:
        self._store = store
        self._found: list[Erasure] = []
        self.position = after
        """Everything up to here has been looked at."""
        self._chain = ""

    def read_on(self, stop: Event) -> None:
        """Reads on to the store's end, or until stop is set; from its beginning where the store was put back."""
        if self._chain and self._store.chains([self.position]).get(self.position) != self._chain:
            self._found, self.position = [], 0
        while not stop.is_set() and (commits := self._store.read(self.position, PAGE_COMMITS)):
            for commit in commits:
                self._found += [
                    Erasure(commit.stream, version, commit.position)
                    for version, event in enumerate(commit.events, commit.first)
                    if announced(event)
                ]
            self.position, self._chain = commits[-1].position, commits[-1].chain

    def after(self, position: int) -> list[Erasure]:
        """Those behind a position, in their order."""
        return [one for one in self._found if one.position > position]


def erased_ahead_of(commits: Iterable[Commit], version: int) -> bool:
    """Whether something of a stream is erased at or below this version, and no event up to it says so.

    commits: all of the stream, those without a position too.
    """
    gone: set[int] = set()
    for commit in commits:
        for at, event in enumerate(commit.events, commit.first):
            if at > version:
                break
            if event.erased:
                gone.add(at)
            gone.difference_update(announced(event))
    return bool(gone)


def comparable(live: Connection, fresh: Connection, streams: Collection[str]) -> Iterator[Difference]:
    """The rows that differ between two folds of the same commits, without those of streams that can't be compared.

    streams: those in eventstore.erasures.Erasures.unannounced, for the commits that the fresh one was folded from.
    """
    spared = _rows_of(streams, live, fresh)
    return (one for one in differences(live, fresh) if one.key not in spared.get(metadata.tables[one.table], ()))


def _rows_of(streams: Collection[str], *copies: Connection) -> dict[Table, set[tuple[object, ...]]]:
    """The keys of the rows that come from these streams, in either copy, and of the rows that count them."""
    found: dict[Table, set[tuple[object, ...]]] = {}
    for copy in copies:
        for owned in chain.from_iterable(map(owned_by, streams)):
            found.setdefault(owned[0], set()).update(keys_of(copy, owned))
            for tallied, values in tallied_by(copy, owned):
                found.setdefault(tallied.table, set()).update((value,) for value in values)
    return found
