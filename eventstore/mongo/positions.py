"""Which commit has which position, where appends don't wait for each other. See docs/decisions/0015.

One document a batch, inserted once and never changed; taken away again only by its maker (withdraw). Its `_id` is the
position before it, so whoever would follow the same batch finds the place taken: batches have one order, without a hole
between them. That insert gives the positions; the commits' marks, which say that they wait (mongo_waiting), are taken
away afterwards by whoever comes first.
"""

from collections.abc import Collection as Values
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.commit import SequencedCommit
from domain.errors import Damaged

from .connection import PARAMETERS, answering, runs
from .documents import Document, key_of

LARGEST = 500
"""Commits of one batch at most."""
NEAR = 100
"""Positions no further apart are asked for together."""
UNMARKED = 2
"""Of so many batches, the newest ones, marks may still be there."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """base and before: the position before it, and its chain. keys: of the commits' documents, with their chains."""

    base: int = 0
    before: str = ""
    keys: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()

    @property
    def position(self) -> int:
        """The last one that it gives."""
        return self.base + len(self.keys)

    @property
    def chain(self) -> str:
        return self.chains[-1] if self.chains else self.before

    def next(self, numbered: Sequence[SequencedCommit]) -> "Batch":
        """The batch after this one: commits with the positions that come next. At most LARGEST of them."""
        return Batch(
            base=self.position,
            before=self.chain,
            keys=tuple(map(key_of, numbered)),
            chains=tuple(commit.chain for commit in numbered),
        )


class Given(msgspec.Struct, frozen=True):
    """A position that was given: to the commit whose document has this key."""

    position: int
    chain: str
    key: str


class Numbers:
    """The batches."""

    def __init__(self, batches: Collection[Document]) -> None:
        self._batches = batches

    def documents(self) -> Iterator[Document]:
        """As they are stored, in order."""
        with answering():
            yield from self._batches.find({}, sort=[("_id", ASCENDING)])

    def newest(self, count: int = 1) -> list[Batch]:
        """The last batches, newest first."""
        with answering():
            found = list(self._batches.find({}, sort=[("_id", DESCENDING)], limit=count))
        return [_batch(document) for document in found]

    def last(self) -> Batch:
        """An empty one where there was none."""
        return next(iter(self.newest()), Batch())

    def give(self, batch: Batch) -> bool:
        """Puts a batch in its place; False where somebody else's is there by now.

        Where the answer is lost nothing is known: look at last() again.
        """
        document = msgspec.to_builtins(batch)
        document["_id"] = document.pop("base")
        with answering():
            try:
                self._batches.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    def withdraw(self, batch: Batch) -> None:
        """Takes a batch away that follows one which isn't there any more. Its commits wait again."""
        with answering():
            self._batches.delete_one({"_id": batch.base, "chains": batch.chain})

    def given(self, after: int, limit: int) -> list[Given]:
        """Up to limit positions after that, in order and without holes."""
        with answering():
            before = self._batches.find_one({"_id": {"$lte": after}}, sort=[("_id", DESCENDING)])
            # From that one on, not from `after`: the next one, which begins there, may have come since that look.
            wanted = {"_id": {"$gt": before["_id"] if before else -1, "$lt": after + limit}}
            later = self._batches.find(wanted, sort=[("_id", ASCENDING)])
            batches = [_batch(document) for document in ([before] if before else []) + list(later)]
        return [one for batch in batches for one in _places(batch) if after < one.position <= after + limit]

    def chains(self, positions: Values[int]) -> dict[int, str]:
        """Position → its chain; those that weren't given are left out."""
        found: dict[int, str] = {}
        for first, last in _near(sorted(positions)):
            found |= self._chains(first, last)
        return {position: found[position] for position in positions if position in found}

    def _chains(self, first: int, last: int) -> dict[int, str]:
        """At least of these positions."""
        chains = {"chains": 1}
        with answering():
            newest = self._batches.find_one({"_id": {"$lt": last}}, chains, sort=[("_id", DESCENDING)])
            found = [newest] if newest else []
            if newest and newest["_id"] >= first:
                before = self._batches.find_one({"_id": {"$lt": first}}, chains, sort=[("_id", DESCENDING)])
                between = {"$gt": before["_id"] if before else -1, "$lt": newest["_id"]}
                found += ([before] if before else []) + list(self._batches.find({"_id": between}, chains))
        return {at: chain for batch in found for at, chain in enumerate(batch["chains"], batch["_id"] + 1)}

    def have(self, *batches: Batch) -> bool:
        """Whether these very batches are there. Not so after the database was put back to an earlier state."""
        wanted = [{"_id": batch.base, "chains": batch.chain} for batch in batches if batch.keys]
        with answering():
            return not wanted or len(list(self._batches.find({"$or": wanted}, {"_id": 1}))) == len(wanted)

    def given_to(self, keys: Iterable[str]) -> list[Given]:
        """The positions that the commits of these documents have; those without one are left out."""
        wanted = list(keys)
        found: dict[int, Batch] = {}
        for some in runs(wanted, PARAMETERS):
            with answering():
                found |= {one["_id"]: _batch(one) for one in self._batches.find({"keys": {"$in": some}})}
        sought = frozenset(wanted)
        return [one for batch in found.values() for one in _places(batch) if one.key in sought]


def _near(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that lie close together: one question for them costs less than two."""
    first = last = 0
    for position in positions:
        if last and position - last > NEAR:
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


def _places(batch: Batch) -> list[Given]:
    return list(map(Given, range(batch.base + 1, batch.position + 1), batch.chains, batch.keys))
