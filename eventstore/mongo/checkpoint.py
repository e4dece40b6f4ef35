"""The relay's checkpoint: how far commits are published. Saved after the acknowledgement, by the newest
leader only."""

from collections.abc import Mapping
from contextlib import suppress

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .connection import translating_errors
from .documents import Document


class NewerLeader(Exception):
    """Another relay has taken over the lease."""


class CheckpointState(msgspec.Struct, frozen=True, kw_only=True):
    """sent   every commit up to this position is in the log
    topic  the id of the topic that they are in; "" at first
    lasts  partition → a position: nothing of that partition lies between it and `sent`
    chain  at the position `sent`; "" where it isn't known
    """

    sent: int = 0
    topic: str = ""
    lasts: tuple[int, ...] = ()
    chain: str = ""


class Checkpoint:
    """The document of one topic, claimed for a term: whoever led before can't write it any more."""

    def __init__(self, documents: Collection[Document], topic: str, term: int) -> None:
        self._documents = documents
        self._id = f"topic {topic}"
        self._term = term

    def claim(self) -> CheckpointState:
        """Claims the checkpoint for this term and returns it. Raises NewerLeader, Unavailable."""
        with translating_errors(), suppress(DuplicateKeyError):
            if self._documents.find_one({"_id": self._id}) is None:
                self._documents.insert_one(
                    {"_id": self._id, "term": self._term, **msgspec.to_builtins(CheckpointState())}
                )
        return msgspec.convert(self._change({"term": self._term}), CheckpointState)

    def save(self, filled: CheckpointState) -> None:
        """Raises NewerLeader, Unavailable."""
        self._change({"term": self._term, **msgspec.to_builtins(filled)})

    def _change(self, values: Mapping[str, object]) -> Document:
        with translating_errors():
            found = self._documents.find_one_and_update(
                {"_id": self._id, "term": {"$lte": self._term}},
                {"$set": dict(values)},
                return_document=ReturnDocument.AFTER,
            )
        if found is None:
            raise NewerLeader(f"there is a later leader than that of term {self._term}")
        return found
