"""What the domain needs from outside, named for the need. Each has an embedded and a server adapter."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .commit import Commit, StoredEvent
from .errors import DuplicateCommand, VersionConflict
from .messages import Event


class EventStore(Protocol):
    """Keeps commits for ever. tests/eventstore/contract.py says in tests what every adapter must do."""

    def append(self, commit: Commit, erase: Sequence[int] = ()) -> Commit:
        """Stores a commit whole, durably, or not at all; gives it back with what the store knows of it.

        erase: versions of the same stream whose erasable fields go for good in the same step.
        Raises VersionConflict when the stream has moved past commit.first - 1 (or isn't there yet),
        DuplicateCommand when the command id is stored already, Unavailable when nothing was stored
        because the store can't be reached or can't write.
        """

    def append_many(self, commits: Sequence[Commit]) -> list[Commit | VersionConflict | DuplicateCommand]:
        """Stores each commit whole or not at all, in order; one outcome a commit, at the same index."""

    def restore(self, commits: Sequence[Commit]) -> None:
        """Stores commits of an export, all or none, with the positions and the chain they have.

        Raises Damaged, which names the first one that doesn't follow what is stored as the next commit.
        """

    def load(self, stream: str) -> list[Commit]:
        """A stream's commits in order of version, sequenced or not; empty where there is none."""

    def load_many(self, streams: Iterable[str]) -> Mapping[str, list[Commit]]:
        """Like load, for many streams in few round trips; a stream without commits is left out."""

    def find_command(self, command_id: str) -> Commit | None:
        """The commit that this command id stored, or None."""

    def read(self, after: int, limit: int) -> list[Commit]:
        """Up to limit sequenced commits with position > after, in order of position, without holes.

        A commit that can't be decoded comes in its place with events that Codec.decode refuses, so that
        one damaged document hides no other.
        """

    def head(self) -> tuple[int, str]:
        """The last position given out and its chain; (0, "") for an empty store."""

    def close(self) -> None: ...


class Codec(Protocol):
    """Between the domain's events and their stored form."""

    def encode(self, event: Event) -> StoredEvent:
        """Canonical data, a fresh salt and the digest over both."""

    def decode(self, stored: StoredEvent, where: Commit) -> Event:
        """The event in today's shape, upcast where needed. Raises Damaged, which names the commit."""
