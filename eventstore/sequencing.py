"""Gives commits their positions and the chain, so that two who do it at once can't do it wrong.

Each batch is one ordered list of conditional writes. A write fails where its position is taken (the unique
index), and where its commit isn't waiting any more (an upsert that finds nothing tries to insert the same _id,
which is taken). The first failure ends the list. So position n is only ever given by somebody who has just given
n - 1, or read it as the last; the chain is made over what is really there; and it makes no difference who holds
the lease, or thinks so. See docs/decisions/0010.
"""

from collections.abc import Sequence

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from domain.commit import Commit

from .codec import sequenced
from .documents import Document
from .mongo import MongoEventStore
from .mongo_server import DUPLICATE, answering


class Sequencer:
    """Numbers what waits. Knows the last position as long as nobody else gives any."""

    def __init__(self, store: MongoEventStore) -> None:
        self._store = store
        self._last: tuple[int, str] | None = None

    def step(self, limit: int) -> list[Commit]:
        """Numbers up to about limit commits and gives them as stored; fewer, or none, where somebody was faster.

        Raises Unavailable; what was given by then stays given.
        """
        waiting = self._store.waiting(limit)
        if not waiting:
            return []
        position, chain = self._last or self._store.head()
        self._last = None
        given: list[Commit] = []
        for commit in waiting:
            given.append(sequenced(commit, position + 1, chain))
            position, chain = position + 1, given[-1].chain or ""
        stored = self._written(given)
        if len(stored) == len(given):
            self._last = (position, chain)
        return stored

    def _written(self, given: Sequence[Commit]) -> list[Commit]:
        """Those that were written: all, or the first ones, up to where somebody else had been."""
        with answering():
            try:
                self._store.commits.bulk_write([_numbering(commit) for commit in given], ordered=True)
            except BulkWriteError as error:
                found = error.details or {}
                errors = found.get("writeErrors") or []
                if found.get("writeConcernErrors") or not errors or errors[0]["code"] != DUPLICATE:
                    raise
                return list(given[: errors[0]["index"]])
        return list(given)


def _numbering(commit: Commit) -> UpdateOne:
    change: Document = {"$set": {"position": commit.position, "chain": commit.chain}, "$unset": {"waiting": ""}}
    return UpdateOne({"_id": commit.id, "waiting": {"$gt": 0}}, change, upsert=True)
