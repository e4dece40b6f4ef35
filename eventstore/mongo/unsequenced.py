"""What waits for a position, as it arrived.

A server may keep what was taken out of an index there for minutes and pass over it again at each look, so whoever looks
often begins near where the last look ended. It must look from the beginning now and then: see Sequencer.
"""

from collections.abc import Sequence

from pymongo import ASCENDING
from pymongo.collection import Collection

from domain.commit import Commit

from .clock import ServerClock
from .connection import PARAMETERS, answering, runs
from .documents import Document, commit_of

Arrived = tuple[int, Commit]
"""When, by the server's clock, in nanoseconds since 1970; and what."""


class Waiting:
    """The commits without a position. Safe to share between threads."""

    def __init__(self, commits: Collection[Document], clock: ServerClock) -> None:
        self._commits = commits
        self._clock = clock

    def stamp(self) -> int:
        """What says that a commit waits, and since when. Raises Unavailable where the server's time isn't known yet."""
        with answering():
            return self._clock.stamp()

    def now(self) -> int:
        """The server's time, which no stamp of a right clock is ahead of."""
        with answering():
            return self._clock.now()

    def first(self, limit: int, after: int = 0) -> list[Arrived]:
        """Up to limit commits that arrived after that, as they arrived; a stream's later one never before its earlier.

        Hosts know the server's time to some milliseconds, so a stream's later commit may have the earlier stamp: then
        the earlier one is fetched as well, whatever its stamp.
        """
        found = self._found({"waiting": {"$gt": after}}, limit)
        later = sorted({document["stream"] for document in found if document["first"] > 1})
        for some in runs(later, PARAMETERS):
            found += self._found({"stream": {"$in": some}, "waiting": {"$gt": 0}}, 0)
        return _in_order(found)

    def oldest(self, limit: int) -> list[Commit]:
        """Up to limit of those that still have their mark, the oldest first. Some may have a position by now."""
        return [commit_of(document) for document in self._found({"waiting": {"$gt": 0}}, limit)]

    def count(self) -> int:
        """How many still have their mark."""
        with answering():
            return self._commits.count_documents({"waiting": {"$gt": 0}})

    def unmark(self, keys: Sequence[str]) -> None:
        """The commits of these documents don't wait any more. Repeating it is harmless."""
        if keys:
            with answering():
                waiting = {"_id": {"$in": list(keys)}, "waiting": {"$gt": 0}}
                self._commits.update_many(waiting, {"$unset": {"waiting": ""}})

    def _found(self, where: Document, limit: int) -> list[Document]:
        with answering():
            return list(self._commits.find(where, sort=[("waiting", ASCENDING)], limit=limit, batch_size=limit))


def _in_order(documents: Sequence[Document]) -> list[Arrived]:
    """Each once, as they arrived; a stream's own in order of version, at the places that its stamps have."""
    once = {document["_id"]: document for document in documents}.values()
    if len({document["stream"] for document in once}) == len(documents):
        return [(document["waiting"], commit_of(document)) for document in once]
    streams: dict[str, list[Document]] = {}
    for document in sorted(once, key=lambda document: document["first"]):
        streams.setdefault(document["stream"], []).append(document)
    placed: list[tuple[int, str, Document]] = []
    for found in streams.values():
        stamps = sorted(document["waiting"] for document in found)
        placed += [(stamp, document["_id"], document) for stamp, document in zip(stamps, found, strict=True)]
    return [(stamp, commit_of(document)) for stamp, _, document in sorted(placed, key=lambda one: one[:2])]
