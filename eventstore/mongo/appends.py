"""Appends commits so that each one's outcome is known, whatever happens to the connection meanwhile."""

import random
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError, ServerSelectionTimeoutError, WriteError

from domain.commit import Commit
from domain.errors import ClaimTaken, DuplicateCommand, Unavailable, VersionConflict

from .connection import DUPLICATE, first_line
from .documents import Document, document_of, key_of

OUTCOME_TIMEOUT_S = 15.0
"""How long the outcome of a write is looked for before the sender is told to try again."""
MAX_CACHED_STREAMS = 20_000
_MIN_RETRY_DELAY_S = 0.005
_MAX_RETRY_DELAY_S = 0.25
_CONTENTION_BACKOFF_S = 2.0
"""A server takes a second to resolve a deadlock between writers. Those that retry at once deadlock again, so each waits
a random time up to this."""

_TRANSIENT_ERRORS = (WriteError, BulkWriteError)
"""Errors of a server that answers, such as a deadlock."""

Outcome = Commit | VersionConflict | DuplicateCommand


class CommitWriter:
    """Stores commits of different streams. Caches the last version of streams: what was stored stays stored, unless
    the database is restored."""

    def __init__(self, commits: Collection[Document]) -> None:
        self._commits = commits
        self._last_versions: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def note_stored(self, commits: Iterable[Commit]) -> None:
        """Caches the last versions of commits that a majority has: their successors need no look-up."""
        self._note((commit.stream, commit.last) for commit in commits)

    def write(self, commits: Sequence[Commit], extra_fields: Mapping[str, Document]) -> list[Outcome]:
        """One outcome a commit. extra_fields: commit id → fields of its document that aren't part of the commit.

        Raises Unavailable where an outcome can't be found out. Sending a document again can't store it twice,
        since its _id is the command's, or the commit's; so what got no answer is sent again until it has one.
        """
        outcomes: dict[str, Outcome] = {}
        until, pause, doubt = time.monotonic() + OUTCOME_TIMEOUT_S, _MIN_RETRY_DELAY_S, False
        trouble: PyMongoError | None = None
        while open := [commit for commit in commits if commit.id not in outcomes]:
            try:
                if trouble is not None:
                    # Whatever it was, the commit may be stored by now, or its place be taken.
                    outcomes |= self._explain(open, {commit.id for commit in open})
                    open = [commit for commit in open if commit.id not in outcomes]
                trouble = None
                outcomes |= self._attempt(open, extra_fields)
            except PyMongoError as error:
                trouble = error
            if len(outcomes) < len(commits):
                doubt = doubt or not isinstance(trouble, ServerSelectionTimeoutError | None)
                _raise_after_deadline(until if doubt or trouble is None else 0.0, trouble, doubt)
                time.sleep(
                    random.uniform(0.0, _CONTENTION_BACKOFF_S) if isinstance(trouble, _TRANSIENT_ERRORS) else pause
                )
                pause = min(2 * pause, _MAX_RETRY_DELAY_S)
        self.note_stored(outcome for outcome in outcomes.values() if isinstance(outcome, Commit))
        return [outcomes[commit.id] for commit in commits]

    def _attempt(self, commits: Sequence[Commit], extra_fields: Mapping[str, Document]) -> dict[str, Outcome]:
        """Commit id → outcome, where one attempt made it certain."""
        proven = self._with_known_predecessor(commits)
        refused = self._insert([commit for commit in commits if commit.id in proven], extra_fields)
        kept: dict[str, Outcome] = {c.id: c for c in commits if c.id in proven and c.id not in refused}
        return kept | self._explain([commit for commit in commits if commit.id not in kept], refused)

    def _with_known_predecessor(self, commits: Sequence[Commit]) -> set[str]:
        """The ids of commits whose predecessor is stored: unique keys find what is taken, not what is missing."""
        unseen = [commit.stream for commit in commits if not self._follows(commit)]
        if unseen:
            found = self._commits.find({"stream": {"$in": unseen}}, {"stream": 1, "last": 1})
            # What was seen before isn't believed where it goes further: the database was put back to an earlier state.
            self._forget(unseen)
            self._note((document["stream"], document["last"]) for document in found)
        return {commit.id for commit in commits if self._follows(commit)}

    def _follows(self, commit: Commit) -> bool:
        return commit.first == 1 or self._last_versions.get(commit.stream) == commit.first - 1

    def _insert(self, commits: Sequence[Commit], extra_fields: Mapping[str, Document]) -> set[str]:
        """Inserts them. Returns the ids of those that collided with a unique key; the others are stored."""
        documents = [document_of(commit) | extra_fields[commit.id] for commit in commits]
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

    def _explain(self, refused: Sequence[Commit], collided: set[str]) -> dict[str, Outcome]:
        """Why inserts collided: the commit itself was stored before; its command id; another commit of the stream;
        or its claim.

        collided: ids of those that a unique key refused. What the key saw may not have reached the majority yet; then
        no outcome is returned for it this time.
        """
        if not refused:
            return {}
        used = dict(self._find_fields({"_id": {"$in": list(map(key_of, refused))}}, "_id", "id"))
        places = [{"stream": commit.stream, "first": commit.first} for commit in refused]
        taken = self._find_fields({"$or": places}, "stream", "first")
        wanted = [commit.claim for commit in refused if commit.claim is not None]
        claims = {claim for (claim,) in self._find_fields({"claim": {"$in": wanted}}, "claim")} if wanted else set()
        reasons: dict[str, Outcome] = {}
        for commit in refused:
            if (user := used.get(key_of(commit))) is not None:
                reasons[commit.id] = commit if user == commit.id else DuplicateCommand(key_of(commit))
            elif (commit.stream, commit.first) in taken or commit.id not in collided:
                reasons[commit.id] = VersionConflict(commit.stream, commit.first - 1)
            elif commit.claim in claims:
                reasons[commit.id] = ClaimTaken(commit.stream, commit.first - 1, commit.claim or "")
        return reasons

    def _find_fields(self, where: Document, *names: str) -> set[tuple[Any, ...]]:
        return {tuple(found[name] for name in names) for found in self._commits.find(where, dict.fromkeys(names, 1))}

    def _forget(self, streams: Iterable[str]) -> None:
        with self._lock:
            for stream in streams:
                self._last_versions.pop(stream, None)

    def _note(self, lasts: Iterable[tuple[str, int]]) -> None:
        with self._lock:
            for stream, last in lasts:
                self._last_versions[stream] = max(last, self._last_versions.pop(stream, 0))
            while len(self._last_versions) > MAX_CACHED_STREAMS:
                self._last_versions.popitem(last=False)


def _raise_after_deadline(until: float, trouble: PyMongoError | None, doubt: bool) -> None:
    if time.monotonic() < until:
        return
    why = first_line(trouble) if trouble else "it refuses for no visible reason"
    known = "It isn't known whether this was stored" if doubt else "Nothing was stored"
    raise Unavailable(f"The event store doesn't answer ({why}). {known}; trying again is safe.") from trouble
