"""Erasing in MongoDB without transactions: the erasure is stored first and says itself what is still to be done."""

from collections.abc import Sequence

from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from eventstore.codec import EventCodec

from .connection import answering
from .documents import Document, commit_of, event_document, key_of


class Erasing:
    """Takes away what stored erasures name."""

    def __init__(self, commits: Collection[Document]) -> None:
        self._commits = commits
        self._codec = EventCodec()

    def now_or_later(self, stream: str, versions: Sequence[int]) -> None:
        """After the erasure is stored. The command stands whatever happens here: finish() does what is left."""
        try:
            self._erase(stream, frozenset(versions))
            self._commits.update_one({"stream": stream, "erasing": list(versions)}, {"$unset": {"erasing": ""}})
        except PyMongoError:
            return

    def finish(self) -> None:
        """Takes away what a crash has left. Doing it again is harmless."""
        with answering():
            for erasing in list(self._commits.find({"erasing": {"$exists": True}}, {"stream": 1, "erasing": 1})):
                self._erase(erasing["stream"], frozenset(erasing["erasing"]))
                self._commits.update_one({"_id": erasing["_id"]}, {"$unset": {"erasing": ""}})

    def _erase(self, stream: str, versions: frozenset[int]) -> None:
        """The only change a stored event ever sees: erasable fields and salts go."""
        for commit in map(commit_of, self._commits.find({"stream": stream})):
            changes = {
                f"events.{at}": event_document(self._codec.erase(event))
                for at, event in enumerate(commit.events)
                if commit.first + at in versions and not event.erased
            }
            if changes:
                self._commits.update_one({"_id": key_of(commit)}, {"$set": changes})
