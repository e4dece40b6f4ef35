"""Verifies a whole event store: its chain, its digests, what erasures left, and the form in which all of it is kept."""

from collections.abc import Iterator
from typing import Protocol

from domain import ids
from domain.commit import SequencedCommit
from domain.errors import Damaged
from domain.ports import EventStore

from .chain import faults
from .erasures import Erasures
from .heads import Head
from .scan import pages


class VerifiableStore(EventStore, Protocol):
    def contradictions(self) -> Iterator[str]:
        """A sentence for each commit that isn't stored as commits are written."""


class StoreVerification:
    """One look over everything up to the head. Several are independent of each other."""

    def __init__(self, store: VerifiableStore) -> None:
        self._store = store
        self._erasures = Erasures()
        self.head = Head(at=ids.now(), chain="", position=0)
        """What was looked at so far."""

    def faults(self) -> Iterator[str]:
        """A sentence for each thing that isn't as it was written."""
        for look in (self._of_commits, self._store.contradictions):
            try:
                yield from look()
            except Damaged as error:
                yield str(error)

    def _of_commits(self) -> Iterator[str]:
        yield from faults(self._commits())
        yield from self._erasures.unexplained_in(self._store)

    def _commits(self) -> Iterator[SequencedCommit]:
        for page in pages(self._store):
            for commit in page:
                self._erasures.see(commit)
                yield commit
            self.head = Head(at=ids.now(), chain=page[-1].chain, position=page[-1].position)
