"""Which commit has which position, where appends don't wait for each other. See docs/decisions/0015.

One document, the head, is changed by compare-and-set and so puts every batch of numbers in one order: it says which
ids get the positions after `base`, and over which chain. That is the promise; the commits themselves are marked after
it, by whoever comes first, always the same way. A batch is promised only once the one before it is marked.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.commit import Commit

from .documents import Document
from .mongo_server import answering

PIECE = 250
"""So many commits are marked by one statement; it looks each one's place up in a list."""
PIECES = 4
"""So many statements at a time: in which order they end makes no difference."""
_PAGE = 1_000


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """base and before: the last position of the batch before, and its chain. ids and chains: this batch."""

    base: int = 0
    before: str = ""
    ids: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()

    @property
    def position(self) -> int:
        """The last position promised."""
        return self.base + len(self.ids)

    @property
    def chain(self) -> str:
        return self.chains[-1] if self.chains else self.before

    def follows(self, numbered: Sequence[Commit]) -> "Head":
        """The head after this one: commits with the positions that come next."""
        return Head(
            base=self.position,
            before=self.chain,
            ids=tuple(commit.id for commit in numbered),
            chains=tuple(commit.chain or "" for commit in numbered),
        )


class Numbers:
    """The head, and the marks on the commits."""

    def __init__(self, heads: Collection[Document], commits: Collection[Document]) -> None:
        self._heads = heads
        self._commits = commits

    def promised(self) -> Head:
        """The head as it stands; an empty one where there was none."""
        with answering():
            found = self._heads.find_one({"_id": "head"})
        return msgspec.convert(found, Head) if found else Head()

    def promise(self, before: Head, after: Head) -> bool:
        """Puts the next batch in its place; False where somebody else's is there by now.

        Where the answer is lost nothing is known: look at promised() again.
        """
        document = msgspec.to_builtins(after)
        with answering():
            if before == Head():
                # A first head is only ever inserted.
                try:
                    self._heads.insert_one({"_id": "head", **document, "position": after.position})
                except DuplicateKeyError:
                    return False
                return True
            mine = {"_id": "head", "position": before.position, "base": before.base}
            return self._heads.update_one(mine, {"$set": document | {"position": after.position}}).matched_count == 1

    def mark(self, head: Head) -> None:
        """Gives the head's commits their positions and chains, unless they have them. Repeating it is harmless."""
        pieces = range(0, len(head.ids), PIECE)
        if len(pieces) < 2:
            self._mark_piece(head, 0)
            return
        with ThreadPoolExecutor(PIECES) as pool:
            list(pool.map(lambda at: self._mark_piece(head, at), pieces))

    def _mark_piece(self, head: Head, at: int) -> None:
        ids, chains = list(head.ids[at : at + PIECE]), list(head.chains[at : at + PIECE])
        if ids:
            waiting = {"_id": {"$in": ids}, "waiting": {"$gt": 0}}
            with answering():
                self._commits.update_many(waiting, _marking(head.base + at, ids, chains))

    def visible(self) -> tuple[int, str]:
        """The last position, and its chain, up to which every commit shows its own."""
        head = self.promised()
        position, chain = head.base, head.before
        while page := self._shown(position):
            for at, document in enumerate(page, position + 1):
                if document["position"] != at:
                    return position, chain
                position, chain = at, document["chain"]
        return position, chain

    def _shown(self, after: int) -> list[Document]:
        where = {"position": {"$gt": after, "$lte": after + _PAGE}}
        with answering():
            return list(self._commits.find(where, {"position": 1, "chain": 1}, sort=[("position", ASCENDING)]))


def _marking(base: int, ids: list[str], chains: list[str]) -> list[dict[str, Any]]:
    """A pipeline: the commit's place among the ids gives its position and its chain."""
    return [
        {"$set": {"position": {"$add": [base + 1, {"$indexOfArray": [ids, "$_id"]}]}}},
        {"$set": {"chain": {"$arrayElemAt": [chains, {"$subtract": ["$position", base + 1]}]}}},
        {"$unset": "waiting"},
    ]
