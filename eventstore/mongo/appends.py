"""Writing commits so that each one's outcome is known, whatever happens to the connection on the way."""

import random
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError, ServerSelectionTimeoutError, WriteError

from domain.commit import Commit
from domain.errors import DuplicateCommand, Unavailable, VersionConflict

from .connection import DUPLICATE, brief
from .documents import Document, document_of, key_of

SETTLE_S = 15.0
"""How long the outcome of a write is looked for before the sender is told to try again."""
REMEMBERED = 20_000
_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.25
_CROWDED_S = 2.0
"""A server that finds writers in each other's way takes a second to end one of them. Those that come back at once are
in the way again, and nobody gets through; so each stays away for a while of its own, up to so long."""

_TAKEN_BACK = (WriteError, BulkWriteError)
"""Troubles of a server that answers: a deadlock, say."""

Outcome = Commit | VersionConflict | DuplicateCommand


class Writer:
    """Stores commits of different streams. Remembers how far streams were seen: what was stored stays stored, unless
    the database is put back."""

    def __init__(self, commits: Collection[Document]) -> None:
        self._commits = commits
        self._tails: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def saw(self, commits: Iterable[Commit]) -> None:
        """Takes note of commits that a majority has; the next one of their streams needs no proof."""
        self._note((commit.stream, commit.last) for commit in commits)

    def write(self, commits: Sequence[Commit], beside: Mapping[str, Document]) -> list[Outcome]:
        """One outcome a commit. beside: commit id → what its document holds that isn't part of the commit.

        Raises Unavailable where an outcome can't be found out. Sending a document again can't store it twice,
        since its _id is the command's, or the commit's; so what got no answer is sent again until it has one.
        """
        outcomes: dict[str, Outcome] = {}
        until, pause, doubt = time.monotonic() + SETTLE_S, _PAUSE_S, False
        trouble: PyMongoError | None = None
        while open := [commit for commit in commits if commit.id not in outcomes]:
            try:
                if trouble is not None:
                    # Whatever it was, the commit may be stored by now, or its place be taken.
                    outcomes |= self._reasons(open, {commit.id for commit in open})
                    open = [commit for commit in open if commit.id not in outcomes]
                trouble = None
                outcomes |= self._attempted(open, beside)
            except PyMongoError as error:
                trouble = error
            if len(outcomes) < len(commits):
                doubt = doubt or not isinstance(trouble, ServerSelectionTimeoutError | None)
                _give_up_after(until if doubt or trouble is None else 0.0, trouble, doubt)
                time.sleep(random.uniform(0.0, _CROWDED_S) if isinstance(trouble, _TAKEN_BACK) else pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
        self.saw(outcome for outcome in outcomes.values() if isinstance(outcome, Commit))
        return [outcomes[commit.id] for commit in commits]

    def _attempted(self, commits: Sequence[Commit], beside: Mapping[str, Document]) -> dict[str, Outcome]:
        """The outcomes that are certain after one attempt: commit id → outcome."""
        proven = self._proven(commits)
        refused = self._refused([commit for commit in commits if commit.id in proven], beside)
        kept: dict[str, Outcome] = {c.id: c for c in commits if c.id in proven and c.id not in refused}
        return kept | self._reasons([commit for commit in commits if commit.id not in kept], refused)

    def _proven(self, commits: Sequence[Commit]) -> set[str]:
        """The ids of those that follow a stored commit: unique keys find what is taken, not what is missing."""
        unseen = [commit.stream for commit in commits if not self._follows(commit)]
        if unseen:
            found = self._commits.find({"stream": {"$in": unseen}}, {"stream": 1, "last": 1})
            # What was seen before isn't believed where it goes further: the database was put back to an earlier state.
            self._forget(unseen)
            self._note((document["stream"], document["last"]) for document in found)
        return {commit.id for commit in commits if self._follows(commit)}

    def _follows(self, commit: Commit) -> bool:
        return commit.first == 1 or self._tails.get(commit.stream) == commit.first - 1

    def _refused(self, commits: Sequence[Commit], beside: Mapping[str, Document]) -> set[str]:
        """Sends them, and gives the ids of those that a unique key stood against. The others are stored."""
        documents = [document_of(commit) | beside[commit.id] for commit in commits]
        try:
            if len(documents) == 1:
                self._commits.insert_one(documents[0])
            elif documents:
                self._commits.insert_many(documents, ordered=False)
        except DuplicateKeyError:
            return {commits[0].id}
        except BulkWriteError as error:
            found = error.details or {}
            if found.get("writeConcernErrors") or any(one["code"] != DUPLICATE for one in found["writeErrors"]):
                raise
            return {commits[one["index"]].id for one in found["writeErrors"]}
        return set()

    def _reasons(self, refused: Sequence[Commit], keyed: set[str]) -> dict[str, Outcome]:
        """What stood in the way: the commit itself, stored before; its command id; or another's commit.

        keyed: those that a unique key stood against. What the key saw may not have reached the majority yet;
        then nothing can be said about it this time.
        """
        if not refused:
            return {}
        used = dict(self._seen({"_id": {"$in": list(map(key_of, refused))}}, "_id", "id"))
        places = [{"stream": commit.stream, "first": commit.first} for commit in refused]
        taken = self._seen({"$or": places}, "stream", "first")
        reasons: dict[str, Outcome] = {}
        for commit in refused:
            if (user := used.get(key_of(commit))) is not None:
                reasons[commit.id] = commit if user == commit.id else DuplicateCommand(key_of(commit))
            elif (commit.stream, commit.first) in taken or commit.id not in keyed:
                reasons[commit.id] = VersionConflict(commit.stream, commit.first - 1)
        return reasons

    def _seen(self, where: Document, *names: str) -> set[tuple[Any, ...]]:
        return {tuple(found[name] for name in names) for found in self._commits.find(where, dict.fromkeys(names, 1))}

    def _forget(self, streams: Iterable[str]) -> None:
        with self._lock:
            for stream in streams:
                self._tails.pop(stream, None)

    def _note(self, lasts: Iterable[tuple[str, int]]) -> None:
        with self._lock:
            for stream, last in lasts:
                self._tails[stream] = max(last, self._tails.pop(stream, 0))
            while len(self._tails) > REMEMBERED:
                self._tails.popitem(last=False)


def _give_up_after(until: float, trouble: PyMongoError | None, doubt: bool) -> None:
    if time.monotonic() < until:
        return
    why = brief(trouble) if trouble else "it refuses for no visible reason"
    known = "It isn't known whether this was stored" if doubt else "Nothing was stored"
    raise Unavailable(f"The event store doesn't answer ({why}). {known}; trying again is safe.") from trouble
