"""The positions of commits, in batches: one document a batch, inserted once and never changed (docs/decisions/0015).

Its `_id` is the position before it, so of two relays that continue one batch the second finds the key taken:
batches have one order, without a hole. The insert assigns the positions; the commits' pending marks (unsequenced.py)
are cleared afterwards. Only the relay that inserted a batch withdraws it again.
"""

from collections.abc import Collection as Values
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.commit import SequencedCommit
from domain.errors import Damaged

from .connection import MAX_QUERY_VALUES, chunks, translating_errors
from .documents import Document, key_of

MAX_BATCH_COMMITS = 500
"""Of one batch."""
MAX_LOOKUP_GAP = 100
"""Positions no further apart are looked up by one query."""
PENDING_BATCHES = 2
"""Of so many of the newest batches the commits may still be marked as pending."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """base, before: the position before the batch, and the chain there. keys, chains: of its commits' documents."""

    base: int = 0
    before: str = ""
    keys: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()

    @property
    def position(self) -> int:
        """The last position in it."""
        return self.base + len(self.keys)

    @property
    def chain(self) -> str:
        return self.chains[-1] if self.chains else self.before

    def following(self, numbered: Sequence[SequencedCommit]) -> "Batch":
        """The batch after this one, of at most MAX_BATCH_COMMITS commits with the next positions."""
        return Batch(
            base=self.position,
            before=self.chain,
            keys=tuple(map(key_of, numbered)),
            chains=tuple(commit.chain for commit in numbered),
        )


class AssignedPosition(msgspec.Struct, frozen=True):
    """A position, its chain, and the key of the document that has it."""

    position: int
    chain: str
    key: str


class PositionBatches:
    """The collection of batches. Safe to share between threads."""

    def __init__(self, batches: Collection[Document]) -> None:
        self._batches = batches

    def documents(self) -> Iterator[Document]:
        """The documents as stored, in order."""
        with translating_errors():
            yield from self._batches.find({}, sort=[("_id", ASCENDING)])

    def newest(self, count: int = 1) -> list[Batch]:
        """Up to count batches, newest first."""
        with translating_errors():
            found = list(self._batches.find({}, sort=[("_id", DESCENDING)], limit=count))
        return [_batch(document) for document in found]

    def last(self) -> Batch:
        """The newest batch; an empty one in an empty store."""
        return next(iter(self.newest()), Batch())

    def insert_batch(self, batch: Batch) -> bool:
        """Inserts a batch; False where another relay's has its place.

        Raises Unavailable where the outcome is unknown: ask last() again.
        """
        document = msgspec.to_builtins(batch)
        document["_id"] = document.pop("base")
        with translating_errors():
            try:
                self._batches.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    def withdraw(self, batch: Batch) -> None:
        """Deletes a batch whose predecessor is gone. Its commits are unsequenced again."""
        with translating_errors():
            self._batches.delete_one({"_id": batch.base, "chains": batch.chain})

    def assigned(self, after: int, limit: int) -> list[AssignedPosition]:
        """Up to limit positions after `after`, in order and without holes."""
        with translating_errors():
            before = self._batches.find_one({"_id": {"$lte": after}}, sort=[("_id", DESCENDING)])
            # From that one on, not from `after`: the next one, which begins there, may have come since that look.
            wanted = {"_id": {"$gt": before["_id"] if before else -1, "$lt": after + limit}}
            later = self._batches.find(wanted, sort=[("_id", ASCENDING)])
            batches = [_batch(document) for document in ([before] if before else []) + list(later)]
        return [one for batch in batches for one in _positions_of(batch) if after < one.position <= after + limit]

    def chains(self, positions: Values[int]) -> dict[int, str]:
        """Position → its chain; positions that no commit has are left out."""
        found: dict[int, str] = {}
        for first, last in _close_ranges(sorted(positions)):
            found |= self._chains(first, last)
        return {position: found[position] for position in positions if position in found}

    def _chains(self, first: int, last: int) -> dict[int, str]:
        """At least of these positions."""
        chains = {"chains": 1}
        with translating_errors():
            newest = self._batches.find_one({"_id": {"$lt": last}}, chains, sort=[("_id", DESCENDING)])
            found = [newest] if newest else []
            if newest and newest["_id"] >= first:
                before = self._batches.find_one({"_id": {"$lt": first}}, chains, sort=[("_id", DESCENDING)])
                between = {"$gt": before["_id"] if before else -1, "$lt": newest["_id"]}
                found += ([before] if before else []) + list(self._batches.find({"_id": between}, chains))
        return {at: chain for batch in found for at, chain in enumerate(batch["chains"], batch["_id"] + 1)}

    def contains(self, *batches: Batch) -> bool:
        """Whether the store has these very batches. It hasn't after a restore to an earlier state."""
        wanted = [{"_id": batch.base, "chains": batch.chain} for batch in batches if batch.keys]
        with translating_errors():
            return not wanted or len(list(self._batches.find({"$or": wanted}, {"_id": 1}))) == len(wanted)

    def assigned_to(self, keys: Iterable[str]) -> list[AssignedPosition]:
        """The positions of the commits with these document keys; those without one are left out."""
        wanted = list(keys)
        found: dict[int, Batch] = {}
        for some in chunks(wanted, MAX_QUERY_VALUES):
            with translating_errors():
                found |= {one["_id"]: _batch(one) for one in self._batches.find({"keys": {"$in": some}})}
        sought = frozenset(wanted)
        return [one for batch in found.values() for one in _positions_of(batch) if one.key in sought]


def _close_ranges(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of positions that lie close together, each looked up by one query: first and last of each."""
    first = last = 0
    for position in positions:
        if last and position - last > MAX_LOOKUP_GAP:
            yield first, last
            first = 0
        first, last = first or position, position
    if last:
        yield first, last


def _batch(document: Document) -> Batch:
    try:
        return msgspec.convert(document | {"base": document["_id"]}, Batch)
    except msgspec.ValidationError as error:
        raise Damaged(
            f"the positions after {document['_id']!r} can't be read ({error}). Restore the newest backup."
        ) from error


def _positions_of(batch: Batch) -> list[AssignedPosition]:
    return list(map(AssignedPosition, range(batch.base + 1, batch.position + 1), batch.chains, batch.keys))
