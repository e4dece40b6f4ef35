"""The event store on MongoDB: commits are appended without contention, and the relay assigns their positions.

One document a commit; positions are kept apart, see positions.py. No transactions: what must hold is held by unique
keys, and a write without an answer is sent again as it is, which can't store it twice. See docs/decisions/0014.
"""

from collections.abc import Collection as Values
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pymongo.collection import Collection

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, DuplicateCommand, VersionConflict
from domain.ports import Backlog
from eventstore.chain import faults, with_position
from eventstore.codec import unreadable
from eventstore.restore_mark import require_whole

from . import connection, identity
from .appends import CommitWriter
from .clock import ServerClock
from .connection import MAX_QUERY_VALUES, chunks, translating_errors
from .documents import Document, commit_of, key_of
from .erasure import ErasureExecutor
from .positions import MAX_BATCH_COMMITS, PENDING_BATCHES, AssignedPosition, PositionBatches
from .restore import restore
from .restore_mark import MongoRestoreMark
from .unsequenced import UnsequencedCommits
from .verification import contradictions

Outcome = Commit | VersionConflict | DuplicateCommand
OBSOLETE_HEAD_DOCUMENT = "head"
"""A document that an earlier version of the relay kept positions in."""
STARTUP_CHECK_COMMITS = 1_000
"""Of the newest commits, verified when a process starts."""


class MongoEventStore:
    """Keeps commits in one collection. Meets domain.ports.EventStore; safe to share between threads, not processes."""

    def __init__(self, url: str) -> None:
        self._client = connection.connect(url)
        self.database = connection.database(self._client)
        self.commits: Collection[Document] = self.database["commits"]
        self.positions = PositionBatches(self.database["numbers"])
        self.unsequenced_commits = UnsequencedCommits(
            self.commits, ServerClock(lambda: connection.time_of(self._client))
        )
        self._writer = CommitWriter(self.commits)
        self.erasures = ErasureExecutor(self.commits)
        self.restore_mark = MongoRestoreMark(self.database["store"])
        try:
            identity.require_format(self.database["store"], self.commits)
            with translating_errors():
                if self.database["relay"].find_one({"_id": OBSOLETE_HEAD_DOCUMENT}) is not None:
                    raise Damaged(
                        "An earlier version of Verbatim has numbered commits in this event store, and kept their "
                        "positions elsewhere. Export it with that version (`verbatim export`), and import the export "
                        "into an empty database with this one."
                    )
                self.commits.create_indexes(list(connection.COMMIT_INDEXES))
                self.database["numbers"].create_indexes(list(connection.BATCH_INDEXES))
            self.finish_erasures()
            self.id()
        except BaseException:
            self.close()
            raise

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> Commit:
        extra_fields: Document = {"waiting": self.unsequenced_commits.arrival_stamp()} | (
            {"erasing": list(erase)} if erase else {}
        )
        outcome = self._writer.write([commit], {commit.id: extra_fields})[0]
        if isinstance(outcome, Exception):
            raise outcome
        if erase:
            self.erasures.try_now(commit.stream, erase)
        return outcome

    def append_many(self, commits: Sequence[Commit]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        extra_fields: dict[str, Document] = {
            commit.id: {"waiting": self.unsequenced_commits.arrival_stamp()} for commit in commits
        }
        pending = list(enumerate(commits))
        while pending:
            wave = list(_independent(pending))
            written = self._writer.write([commit for _, commit in wave], extra_fields)
            outcomes.update(zip([at for at, _ in wave], written, strict=True))
            pending = [one for one in pending if one[0] not in outcomes]
        return [outcomes[at] for at in range(len(commits))]

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        restore(self, commits)

    def load(self, stream: str) -> list[Commit]:
        return self._placed(self._of_stream({"stream": stream}))

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in chunks(streams, MAX_QUERY_VALUES):
            for commit in self._placed(self._of_stream({"stream": {"$in": some}})):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def load_from(self, firsts: Mapping[str, int]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in chunks(firsts, MAX_QUERY_VALUES):
            with translating_errors():
                documents = list(self.commits.find(_range_query(some, firsts)))
            for commit in self._in_order(map(_unplaced_or_placeholder, documents)):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def find_command(self, command_id: str) -> Commit | None:
        found = [commit for commit in self._find({"_id": command_id}) if commit.command_id == command_id]
        return next(iter(self._placed(found)), None)

    def find_claim(self, claim: str) -> Commit | None:
        return next(iter(self._placed(self._find({"claim": claim}))), None)

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        while given := self.positions.assigned(after, limit):
            found: dict[str, Document] = {}
            for keys in chunks((one.key for one in given), MAX_QUERY_VALUES):
                with translating_errors():
                    found |= {document["_id"]: document for document in self.commits.find({"_id": {"$in": keys}})}
            if found:
                return [_commit_or_placeholder(found[one.key], one) for one in given if one.key in found]
            after = given[-1].position
        return []

    def head(self) -> tuple[int, str]:
        last = self.positions.last()
        return last.position, last.chain

    def unsequenced(self) -> Backlog:
        found = self.unsequenced_commits.oldest(2 * PENDING_BATCHES * MAX_BATCH_COMMITS)
        given = frozenset(key for batch in self.positions.newest(PENDING_BATCHES) for key in batch.keys)
        waiting = [commit for commit in found if key_of(commit) not in given]
        count = len(waiting)
        if len(found) == 2 * PENDING_BATCHES * MAX_BATCH_COMMITS:
            count = max(count, self.unsequenced_commits.count() - len(given))
        return Backlog(commits=count, oldest_at=waiting[0].at if waiting else None)

    def id(self) -> str:
        return identity.identity(self.database["store"])

    def chains(self, positions: Values[int]) -> dict[int, str]:
        return self.positions.chains(positions)

    def waiting(self, limit: int) -> list[Commit]:
        """Up to limit commits without a position, as they arrived; a stream's later one never before its earlier."""
        return [commit for _, commit in self.unsequenced_commits.arrived_after(limit)]

    def finish_erasures(self) -> None:
        """Carries out stored erasures that a crash interrupted. Idempotent."""
        self.erasures.finish()

    def contradictions(self) -> Iterator[str]:
        """A sentence for each document that isn't as it is written, of commits and of their positions."""
        return contradictions(self.commits, self.positions)

    def scrub(self) -> bool:
        """Whether no document still holds erased data."""
        self.finish_erasures()
        return True

    def check(self) -> None:
        """Verifies order, chain and digests of the newest commits. Raises Damaged with what to do."""
        require_whole(self.restore_mark)
        head = self.head()[0]
        after = max(0, head - STARTUP_CHECK_COMMITS)
        before = self.read(after - 1, 1) if after else []
        found = self.read(after, STARTUP_CHECK_COMMITS)
        fault = next(faults(found, after, before[0].chain if before else ""), None)
        if fault is None and (found[-1].position if found else after) < head:
            fault = f"position {found[-1].position + 1 if found else after + 1} is missing"
        if fault is not None:
            raise Damaged(
                f"The event store is damaged ({fault}). Stop the site and restore the newest backup or export."
            )

    def close(self) -> None:
        self._client.close()

    def _of_stream(self, where: Document) -> list[Commit]:
        return self._in_order(self._find(where))

    def _in_order(self, found: Iterable[Commit]) -> list[Commit]:
        """Commits in order of version. The writer takes note of them, so that the next append needs no look-up."""
        commits = sorted(found, key=lambda commit: commit.first)
        self._writer.note_stored(commits)
        return commits

    def _placed(self, commits: Sequence[Commit]) -> list[Commit]:
        """The commits, each with its position where it has one."""
        given = {one.key: one for one in self.positions.assigned_to(map(key_of, commits))}
        return [
            with_position(commit, one.position, one.chain) if (one := given.get(key_of(commit))) else commit
            for commit in commits
        ]

    def _find(self, where: Document, **options: Any) -> list[Commit]:
        with translating_errors():
            return [commit_of(document) for document in self.commits.find(where, **options)]


def _range_query(streams: Sequence[str], firsts: Mapping[str, int]) -> Document:
    """A filter for commits from a version on; whole streams by name alone, so that one index scan serves them all."""
    whole = [stream for stream in streams if firsts[stream] <= 1]
    rest = [{"stream": stream, "first": {"$gte": firsts[stream]}} for stream in streams if firsts[stream] > 1]
    return {"$or": [{"stream": {"$in": whole}}, *rest]} if rest else {"stream": {"$in": whole}}


_PLACE = {"stream": str, "first": int, "last": int}


def _commit_or_placeholder(document: Document, given: AssignedPosition) -> SequencedCommit:
    try:
        return with_position(commit_of(document), given.position, given.chain)
    except Damaged as error:
        if any(not isinstance(document.get(name), kind) for name, kind in _PLACE.items()):
            raise Damaged(f"position {given.position}: {error}") from error
        why = f"position {given.position}: {error}"
        torn = unreadable(document["stream"], document["first"], document["last"], why)
        return with_position(torn, given.position, given.chain)


def _unplaced_or_placeholder(document: Document) -> Commit:
    """The commit of a document; a placeholder for one that can't be decoded."""
    try:
        return commit_of(document)
    except Damaged as error:
        first = document.get("first")
        first = first if isinstance(first, int) else 1
        last = document.get("last")
        return unreadable(document["stream"], first, last if isinstance(last, int) else first, str(error))


def _independent(pending: Sequence[tuple[int, Commit]]) -> Iterator[tuple[int, Commit]]:
    """The first commit of each stream, command id and claim: those can be stored at once, in any order."""
    streams: set[str] = set()
    keys: set[str | None] = set()
    for at, commit in pending:
        if commit.stream not in streams and keys.isdisjoint((commit.command_id, commit.claim)):
            yield at, commit
        streams.add(commit.stream)
        keys |= {commit.command_id, commit.claim} - {None}
