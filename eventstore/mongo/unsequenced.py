"""Commits without a position, in order of arrival.

A server may keep deleted index entries for minutes and pass over them in each scan, so frequent scans begin near where
the last one ended. A full scan is needed now and then: see Sequencer.
"""

from collections.abc import Sequence

from pymongo import ASCENDING
from pymongo.collection import Collection

from domain.commit import Commit

from .clock import ServerClock
from .connection import MAX_QUERY_VALUES, chunks, translating_errors
from .documents import Document, commit_of

Arrival = tuple[int, Commit]
"""When a commit arrived, by the server's clock in nanoseconds since 1970, and the commit."""


class UnsequencedCommits:
    """The commits without a position. Safe to share between threads."""

    def __init__(self, commits: Collection[Document], clock: ServerClock) -> None:
        self._commits = commits
        self._clock = clock

    def arrival_stamp(self) -> int:
        """The mark of a pending commit: its time of arrival. Raises Unavailable while the server's is unknown."""
        with translating_errors():
            return self._clock.stamp()

    def server_time_ns(self) -> int:
        """The server's time in nanoseconds since 1970."""
        with translating_errors():
            return self._clock.now()

    def arrived_after(self, limit: int, after: int = 0) -> list[Arrival]:
        """Up to limit commits that arrived later than `after`, in order; a stream's later one never before its earlier.

        Hosts know the server's time to some milliseconds, so a stream's later commit may have the earlier stamp: then
        the earlier one is fetched as well, whatever its stamp.
        """
        found = self._found({"waiting": {"$gt": after}}, limit)
        later = sorted({document["stream"] for document in found if document["first"] > 1})
        for some in chunks(later, MAX_QUERY_VALUES):
            found += self._found({"stream": {"$in": some}, "waiting": {"$gt": 0}}, 0)
        return _in_stream_order(found)

    def oldest(self, limit: int) -> list[Commit]:
        """Up to limit commits that are marked as pending, the oldest first. Some may have a position already."""
        return [commit_of(document) for document in self._found({"waiting": {"$gt": 0}}, limit)]

    def count(self) -> int:
        """How many commits are marked as pending."""
        with translating_errors():
            return self._commits.count_documents({"waiting": {"$gt": 0}})

    def clear_pending(self, keys: Sequence[str]) -> None:
        """Removes the pending mark of the commits with these document keys. Idempotent."""
        if keys:
            with translating_errors():
                waiting = {"_id": {"$in": list(keys)}, "waiting": {"$gt": 0}}
                self._commits.update_many(waiting, {"$unset": {"waiting": ""}})

    def _found(self, where: Document, limit: int) -> list[Document]:
        with translating_errors():
            return list(self._commits.find(where, sort=[("waiting", ASCENDING)], limit=limit, batch_size=limit))


def _in_stream_order(documents: Sequence[Document]) -> list[Arrival]:
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
