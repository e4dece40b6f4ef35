"""The server's event store: commits in MongoDB, appended without waiting for each other, numbered by the relay.

One document a commit; positions are kept in others, see numbers. No transactions: what must hold is held by unique
keys, and a write without an answer is sent again as it is, which can't store it twice. See docs/decisions/0014.
"""

from collections.abc import Collection as Values
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, DuplicateCommand, VersionConflict
from domain.ports import Backlog
from eventstore.chain import faults
from eventstore.codec import placed, sequenced, unreadable

from . import connection, identity
from .appends import Writer
from .clock import ServerClock
from .connection import PARAMETERS, answering, runs
from .documents import Document, commit_of, document_of, key_of
from .erasure import Erasing
from .positions import LARGEST, UNMARKED, Given, Numbers
from .unsequenced import Waiting
from .verification import contradictions

Outcome = Commit | VersionConflict | DuplicateCommand
EARLIER = "head"
"""A document of the relay's that is not made any more: it said which commits get the next positions."""
CHECKED = 1_000
"""So many of the newest commits are looked at when a process starts."""


class MongoEventStore:
    """Keeps commits in one collection. Meets domain.ports.EventStore; safe to share between threads, not processes."""

    def __init__(self, url: str) -> None:
        self._client = connection.connect(url)
        self.database = connection.database(self._client)
        self.commits: Collection[Document] = self.database["commits"]
        self.numbers = Numbers(self.database["numbers"])
        self.arrivals = Waiting(self.commits, ServerClock(lambda: connection.time_of(self._client)))
        self._writer = Writer(self.commits)
        self._erasing = Erasing(self.commits)
        try:
            with answering():
                if self.database["relay"].find_one({"_id": EARLIER}) is not None:
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
        beside: Document = {"waiting": self.arrivals.stamp()} | ({"erasing": list(erase)} if erase else {})
        outcome = self._writer.write([commit], {commit.id: beside})[0]
        if isinstance(outcome, Exception):
            raise outcome
        if erase:
            self._erasing.now_or_later(commit.stream, erase)
        return outcome

    def append_many(self, commits: Sequence[Commit]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        beside: dict[str, Document] = {commit.id: {"waiting": self.arrivals.stamp()} for commit in commits}
        pending = list(enumerate(commits))
        while pending:
            wave = list(_unrelated(pending))
            written = self._writer.write([commit for _, commit in wave], beside)
            outcomes.update(zip([at for at, _ in wave], written, strict=True))
            pending = [one for one in pending if one[0] not in outcomes]
        return [outcomes[at] for at in range(len(commits))]

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        """None of them where one doesn't fit. A crash on the way leaves the first ones, which are in order: those that
        wait then get the positions that they had."""
        self._refuse_what_doesnt_follow(commits)
        last = self.numbers.last()
        for some in runs(commits, LARGEST):
            last = last.next(some)
            documents = [document_of(commit) | {"waiting": self.arrivals.stamp()} for commit in some]
            with answering():
                try:
                    self.commits.insert_many(documents, ordered=True)
                except BulkWriteError as error:
                    raise _overtaken(f"{error.details['writeErrors']}") from error
            if not self.numbers.give(last):
                raise _overtaken(f"another commit has position {last.base + 1}")
            self.arrivals.unmark(last.keys)

    def load(self, stream: str) -> list[Commit]:
        return self._placed(self._of_stream({"stream": stream}))

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in runs(streams, PARAMETERS):
            for commit in self._placed(self._of_stream({"stream": {"$in": some}})):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def load_from(self, firsts: Mapping[str, int]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        for some in runs(firsts, PARAMETERS):
            with answering():
                documents = list(self.commits.find(_bounds(some, firsts)))
            for commit in self._in_order(map(_even_torn, documents)):
                found.setdefault(commit.stream, []).append(commit)
        return found

    def find_command(self, command_id: str) -> Commit | None:
        found = [commit for commit in self._find({"_id": command_id}) if commit.command_id == command_id]
        return next(iter(self._placed(found)), None)

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        while given := self.numbers.given(after, limit):
            found: dict[str, Document] = {}
            for keys in runs((one.key for one in given), PARAMETERS):
                with answering():
                    found |= {document["_id"]: document for document in self.commits.find({"_id": {"$in": keys}})}
            if found:
                return [_even_unreadable(found[one.key], one) for one in given if one.key in found]
            after = given[-1].position
        return []

    def head(self) -> tuple[int, str]:
        last = self.numbers.last()
        return last.position, last.chain

    def unsequenced(self) -> Backlog:
        found = self.arrivals.oldest(2 * UNMARKED * LARGEST)
        given = frozenset(key for batch in self.numbers.newest(UNMARKED) for key in batch.keys)
        waiting = [commit for commit in found if key_of(commit) not in given]
        count = len(waiting)
        if len(found) == 2 * UNMARKED * LARGEST:
            count = max(count, self.arrivals.count() - len(given))
        return Backlog(commits=count, oldest_at=waiting[0].at if waiting else None)

    def id(self) -> str:
        return identity.identity(self.database["store"])

    def chains(self, positions: Values[int]) -> dict[int, str]:
        return self.numbers.chains(positions)

    def waiting(self, limit: int) -> list[Commit]:
        """Up to limit commits without a position, as they arrived; a stream's later one never before its earlier."""
        return [commit for _, commit in self.arrivals.first(limit)]

    def finish_erasures(self) -> None:
        """Takes away what stored erasures name and a crash has left. Doing it again is harmless."""
        self._erasing.finish()

    def contradictions(self) -> Iterator[str]:
        """A sentence for each document that isn't as it is written, of commits and of their positions."""
        return contradictions(self.commits, self.numbers)

    def scrub(self) -> bool:
        """Whether no document has what was erased."""
        self.finish_erasures()
        return True

    def check(self) -> None:
        """Looks at the newest commits: their order, their chain, their digests. Raises Damaged with what to do."""
        head = self.head()[0]
        after = max(0, head - CHECKED)
        before = self.read(after - 1, 1) if after else []
        found = self.read(after, CHECKED)
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
        """Commits in order of version, streams among each other. Their writer needs no proof that they are there."""
        commits = sorted(found, key=lambda commit: commit.first)
        self._writer.saw(commits)
        return commits

    def _placed(self, commits: Sequence[Commit]) -> list[Commit]:
        """Those that have a position by now with it, the others as they are."""
        given = {one.key: one for one in self.numbers.given_to(map(key_of, commits))}
        return [
            placed(commit, one.position, one.chain) if (one := given.get(key_of(commit))) else commit
            for commit in commits
        ]

    def _find(self, where: Document, **options: Any) -> list[Commit]:
        with answering():
            return [commit_of(document) for document in self.commits.find(where, **options)]

    def _refuse_what_doesnt_follow(self, commits: Sequence[SequencedCommit]) -> None:
        position, chain = self.head()
        lasts = {stream: found[-1].last for stream, found in self.load_many({c.stream for c in commits}).items()}
        commands = [commit.command_id for commit in commits if commit.command_id is not None]
        with answering():
            used = {found["_id"] for found in self.commits.find({"_id": {"$in": commands}}, {"_id": 1})}
            idle = self.commits.find_one({"waiting": {"$gt": 0}}) is None
        for commit in commits:
            next_version = lasts.get(commit.stream, 0) + 1
            follows = sequenced(commit, position + 1, chain) == commit and commit.first == next_version
            if not (idle and follows) or commit.command_id in used:
                raise Damaged(f"Commit {commit.id} at position {commit.position} doesn't follow what is stored.")
            position, chain = commit.position, commit.chain
            lasts[commit.stream] = commit.last
            used |= {commit.command_id} - {None}


def _bounds(streams: Sequence[str], firsts: Mapping[str, int]) -> Document:
    """Whole streams are asked for by their names alone: one look at the index for all of them."""
    whole = [stream for stream in streams if firsts[stream] <= 1]
    rest = [{"stream": stream, "first": {"$gte": firsts[stream]}} for stream in streams if firsts[stream] > 1]
    return {"$or": [{"stream": {"$in": whole}}, *rest]} if rest else {"stream": {"$in": whole}}


_PLACE = {"stream": str, "first": int, "last": int}


def _even_unreadable(document: Document, given: Given) -> SequencedCommit:
    try:
        return placed(commit_of(document), given.position, given.chain)
    except Damaged as error:
        if any(not isinstance(document.get(name), kind) for name, kind in _PLACE.items()):
            raise Damaged(f"position {given.position}: {error}") from error
        why = f"position {given.position}: {error}"
        torn = unreadable(document["stream"], document["first"], document["last"], why)
        return placed(torn, given.position, given.chain)


def _even_torn(document: Document) -> Commit:
    """The commit of a document; in place of one that can't be decoded, events that can't be."""
    try:
        return commit_of(document)
    except Damaged as error:
        first = document.get("first")
        first = first if isinstance(first, int) else 1
        last = document.get("last")
        return unreadable(document["stream"], first, last if isinstance(last, int) else first, str(error))


def _overtaken(what: str) -> Damaged:
    return Damaged(
        "Somebody wrote to the store while an export was being restored, so that it doesn't follow what is stored any "
        f"more: {what}. Stop the site, empty the store, and start again."
    )


def _unrelated(pending: Sequence[tuple[int, Commit]]) -> Iterator[tuple[int, Commit]]:
    """The first of each stream and of each command id, which can be stored at once: no other waits for its fate."""
    streams: set[str] = set()
    commands: set[str | None] = set()
    for at, commit in pending:
        if commit.stream not in streams and commit.command_id not in commands:
            yield at, commit
        streams.add(commit.stream)
        commands |= {commit.command_id} - {None}
