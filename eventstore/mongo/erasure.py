"""Carries out erasures in MongoDB without transactions: the erasing commit is stored first and names its work."""

from collections.abc import Sequence

from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from eventstore.codec import EventCodec
from eventstore.erasures import without

from .connection import translating_errors
from .documents import Document, commit_of, event_document, key_of


class ErasureExecutor:
    """Removes the data that stored erasures name."""

    def __init__(self, commits: Collection[Document]) -> None:
        self._commits = commits
        self._codec = EventCodec()

    def try_now(self, stream: str, versions: Sequence[int]) -> None:
        """Called once the erasing commit is stored; a failure is left to finish()."""
        try:
            self._erase(stream, frozenset(versions))
            self._commits.update_one({"stream": stream, "erasing": list(versions)}, {"$unset": {"erasing": ""}})
        except PyMongoError:
            return

    def finish(self) -> None:
        """Carries out erasures that were interrupted. Idempotent."""
        with translating_errors():
            for erasing in list(self._commits.find({"erasing": {"$exists": True}}, {"stream": 1, "erasing": 1})):
                self._erase(erasing["stream"], frozenset(erasing["erasing"]))
                self._commits.update_one({"_id": erasing["_id"]}, {"$unset": {"erasing": ""}})

    def _erase(self, stream: str, versions: frozenset[int]) -> None:
        """The only change a stored event ever sees: erasable fields and salts go."""
        gone = {(stream, version) for version in versions}
        for commit in map(commit_of, self._commits.find({"stream": stream})):
            changes = {
                f"events.{at}": event_document(self._codec.erase(event))
                for at, event in enumerate(commit.events)
                if commit.first + at in versions and not event.erased
            }
            if changes:
                update: Document = {"$set": changes}
                if commit.claim is not None and without(commit, gone, self._codec).claim is None:
                    update["$unset"] = {"claim": ""}
                self._commits.update_one({"_id": key_of(commit)}, update)
