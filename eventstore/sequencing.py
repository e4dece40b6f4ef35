"""Numbers what waits. Two who do it at once can't do it wrong: see numbers; the lease only spares them the race."""

from domain.commit import Commit

from .codec import sequenced
from .mongo import MongoEventStore
from .numbers import Head


class Sequencer:
    """Knows the head as long as nobody else moves it."""

    def __init__(self, store: MongoEventStore) -> None:
        self._store = store
        self._head: Head | None = None

    def step(self, limit: int) -> list[Commit]:
        """Numbers up to about limit commits and gives them; none where nothing waits or somebody was faster.

        Raises Unavailable. What was promised by then is marked by the next step, whoever takes it.
        """
        head, self._head = self._head or self._adopted(), None
        waiting = self._store.waiting(limit)
        position, chain = head.position, head.chain
        numbered: list[Commit] = []
        for commit in waiting:
            numbered.append(sequenced(commit, position + 1, chain))
            position, chain = position + 1, numbered[-1].chain or ""
        if numbered:
            after = head.follows(numbered)
            if not self._store.numbers.promise(head, after):
                return []
            self._store.numbers.mark(after)
            head = after
        self._head = head
        return numbered

    def _adopted(self) -> Head:
        """The head as it stands, with its commits marked, so that none of them still waits."""
        head = self._store.numbers.promised()
        self._store.numbers.mark(head)
        return head
