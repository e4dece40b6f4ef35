"""What the domain needs from outside, named for the need. Each has an embedded and a server adapter."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from .commit import Commit, SequencedCommit, StoredEvent
from .errors import DuplicateCommand, VersionConflict
from .messages import Event


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How many commits wait for their position, and when the oldest of them was made; None where none does."""

    commits: int = 0
    oldest_at: str | None = None


class EventStore(Protocol):
    """Keeps commits for ever. tests/eventstore/contract.py says in tests what every adapter must do."""

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> Commit:
        """Stores a commit whole, durably, or not at all; gives it back, as a SequencedCommit if it has a position.

        erase: versions of the same stream whose erasable fields go for good in the same step.
        Raises VersionConflict when the stream has moved past commit.first - 1 (or isn't there yet),
        ClaimTaken when another commit has its claim, DuplicateCommand when the command id is stored already,
        Unavailable when nothing was stored because the store can't be reached or can't write.
        """

    def append_many(self, commits: Sequence[Commit]) -> list[Commit | VersionConflict | DuplicateCommand]:
        """Stores each commit whole or not at all, in order; one outcome a commit, at the same index."""

    def restore(self, commits: Sequence[SequencedCommit]) -> None:
        """Stores commits of an export, all or none, with the positions and the chain they have.

        Raises Damaged, which names the first one that doesn't follow what is stored as the next commit.
        """

    def load(self, stream: str) -> list[Commit]:
        """A stream's commits in order of version, each that has a position as a SequencedCommit; empty for none."""

    def load_many(self, streams: Iterable[str]) -> Mapping[str, list[Commit]]:
        """Like load, for many streams in few round trips; a stream without commits is left out."""

    def load_from(self, firsts: Mapping[str, int]) -> Mapping[str, list[Commit]]:
        """For decisions: of each stream the commits whose `first` is at least the given one, in order of version.

        Their positions aren't looked up; a stream without such commits is left out. A commit that can't be decoded
        comes in its place with events that Codec.decode refuses, so that it hides no other stream.
        """

    def find_command(self, command_id: str) -> Commit | None:
        """The commit that this command id stored, as a SequencedCommit if it has a position; or None."""

    def find_claim(self, claim: str) -> Commit | None:
        """The commit that has this claim, as a SequencedCommit if it has a position; or None."""

    def read(self, after: int, limit: int) -> list[SequencedCommit]:
        """Up to limit commits with position > after, in order of position; empty only at the end.

        A commit that can't be decoded comes in its place with events that Codec.decode refuses, and one that
        is missing is left out, so that one damaged document hides no other. Whoever may not overlook a missing
        one reads by eventstore.scan.
        """

    def head(self) -> tuple[int, str]:
        """The last position given out and its chain; (0, "") for an empty store."""

    def unsequenced(self) -> Backlog:
        """What is stored and has no position yet: nothing follows it, however far the log has got."""

    def id(self) -> str:
        """What tells this store from every other: made once, and copied with it. Raises Unavailable."""

    def chains(self, positions: Collection[int]) -> Mapping[int, str]:
        """The chain at each of these positions; one that hasn't been given out, or is missing, is left out."""

    def close(self) -> None: ...


class Codec(Protocol):
    """Between the domain's events and their stored form."""

    def encode(self, event: Event) -> StoredEvent:
        """Canonical data, a fresh salt and the digest over both."""

    def skeleton(self, stored: StoredEvent) -> str:
        """hex sha256 of the canonical JSON that is left of the event's data once it is erased."""

    def decode(self, stored: StoredEvent, where: Commit) -> Event:
        """The event in today's shape, upcast where needed. Raises Damaged, which names the commit."""
