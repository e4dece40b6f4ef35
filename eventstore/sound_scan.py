"""Reading a store to copy it: verified as it is read, up to a head that explains whatever is erased."""

from collections.abc import Iterator

from domain.commit import SequencedCommit
from domain.errors import Damaged, Unavailable
from domain.ports import EventStore

from .chain import faults
from .erasures import Erasures
from .scan import PAGE_COMMITS, pages


class SoundScan:
    """One reading, from after a position with its chain.

    position, chain: how far it has come; upto: the head as it was last looked at; erasures: of what was read.
    """

    def __init__(self, store: EventStore, after: int = 0, chain: str = "") -> None:
        self._store = store
        self.position, self.chain = after, chain
        self.upto = store.head()[0]
        self.erasures = Erasures()

    def pages(self, size: int = PAGE_COMMITS) -> Iterator[list[SequencedCommit]]:
        """Every commit up to the head, in order. A copy of it is whole in itself: what is erased in it, it says.

        Raises Damaged, which names the position, where a commit is missing or isn't as it was written; Unavailable
        where a text was erased meanwhile, and the event that says so has no position yet.
        """
        while self.position < self.upto:
            for page in pages(self._store, self.position, self.upto, size):
                refuse_faults(faults(page, self.position, self.chain))
                for commit in page:
                    self.erasures.see(commit)
                self.position, self.chain = page[-1].position, page[-1].chain
                yield page
            if self.erasures.unannounced:
                self._look_for_erasures()
        refuse_faults(self.erasures.altered())

    def _look_for_erasures(self) -> None:
        """The head once more: a text was erased while it was read, and the event that says so has to be in the copy."""
        self.upto = self._store.head()[0]
        if self.upto == self.position:
            raise Unavailable("A text was erased just now, and the event that says so has no position yet. Try again.")


def refuse_faults(found: Iterator[str]) -> None:
    """Raises Damaged at the first."""
    for fault in found:
        raise Damaged(f"{fault}. `bin/verbatim verify` says more.")
