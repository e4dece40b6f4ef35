"""An event store in a dict: quick ground for tests of the domain, held to the same contract as the real ones."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

from domain.commit import Commit, SequencedCommit
from domain.errors import ClaimTaken, Damaged, DuplicateCommand, VersionConflict
from domain.ids import uuid7
from domain.ports import Backlog
from eventstore.chain import sequenced
from eventstore.codec import EventCodec
from eventstore.erasures import without


class MemoryEventStore:
    """Meets domain.ports.EventStore, but for surviving its process."""

    def __init__(self) -> None:
        self._commits: list[SequencedCommit] = []
        self._codec = EventCodec()
        self._lock = threading.Lock()
        self._id = uuid7()

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> Commit:
        with self._lock:
            stored = self._put(commit)
            if isinstance(stored, Exception):
                raise stored
            self._erase(commit.stream, erase)
            return stored

    def append_many(self, commits: Sequence[Commit]) -> list[Commit | VersionConflict | DuplicateCommand]:
        with self._lock:
            return [self._put(commit) for commit in commits]

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        with self._lock:
            before = list(self._commits)
            for commit in commits:
                if self._put(commit) != commit:
                    self._commits = before
                    raise Damaged(f"Commit {commit.id} doesn't follow what is stored.")

    def load(self, stream: str) -> list[Commit]:
        return [commit for commit in self._commits if commit.stream == stream]

    def load_many(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        return {stream: found for stream in streams if (found := self.load(stream))}

    def load_from(self, firsts: Mapping[str, int]) -> dict[str, list[Commit]]:
        found = {stream: [one for one in self.load(stream) if one.first >= first] for stream, first in firsts.items()}
        return {stream: commits for stream, commits in found.items() if commits}

    def find_command(self, command_id: str) -> Commit | None:
        return next((commit for commit in self._commits if commit.command_id == command_id), None)

    def find_claim(self, claim: str) -> Commit | None:
        return next((commit for commit in self._commits if commit.claim == claim), None)

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        return self._commits[after : after + limit]

    def head(self) -> tuple[int, str]:
        commits = self._commits[-1:]
        return (commits[0].position, commits[0].chain) if commits else (0, "")

    def unsequenced(self) -> Backlog:
        return Backlog()

    def id(self) -> str:
        return self._id

    def chains(self, positions: Collection[int]) -> dict[int, str]:
        return {commit.position: commit.chain for commit in self._commits if commit.position in positions}

    def close(self) -> None:
        """Nothing is open."""

    def _put(self, commit: Commit) -> SequencedCommit | VersionConflict | DuplicateCommand:
        if commit.command_id is not None and self.find_command(commit.command_id):
            return DuplicateCommand(commit.command_id)
        stream = self.load(commit.stream)
        if commit.first != (stream[-1].last if stream else 0) + 1:
            return VersionConflict(commit.stream, commit.first - 1)
        if commit.claim is not None and self.find_claim(commit.claim):
            return ClaimTaken(commit.stream, commit.first - 1, commit.claim)
        position, chain = self.head()
        stored = sequenced(commit, position + 1, chain)
        self._commits.append(stored)
        return stored

    def _erase(self, stream: str, versions: Sequence[int]) -> None:
        gone = {(stream, version) for version in versions}
        self._commits = [without(commit, gone, self._codec) for commit in self._commits]
