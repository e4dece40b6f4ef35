"""Applies commits to a generation under the version rule, inside the caller's transaction.

A commit applies iff it is the next of its stream. An older one is a duplicate and is skipped; a later one
shows a gap, which is healed from the store first. A stream with an event that can't be read is parked.
"""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from domain.commit import SequencedCommit, sequenced_only
from domain.errors import Damaged
from domain.ids import now
from domain.ports import Codec, EventStore
from readmodel import catalogue
from readmodel.engine import progress
from readmodel.engine.model import Fact
from readmodel.engine.progress import DeadLetter


class FoldResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch came to: commits applied, skipped as duplicates, healed from the store, streams parked."""

    applied: int = 0
    skipped: int = 0
    healed: int = 0
    parked: int = 0


class CommitFolder:
    """Knows how to decode and where to heal from; keeps nothing between batches."""

    def __init__(self, store: EventStore, codec: Codec) -> None:
        self.store = store
        self._codec = codec

    def fold(self, connection: Connection, commits: Sequence[SequencedCommit]) -> FoldResult:
        """Applies the commits in order. Exactly once each, however often they come."""
        before = progress.versions(connection, {commit.stream for commit in commits})
        batch = _Batch(before, progress.parked_streams(connection))
        for commit in commits:
            self._take(batch, commit)
        catalogue.apply(connection, batch.facts)
        progress.save_versions(connection, before, batch.after)
        progress.park(connection, batch.letters)
        return batch.folded()

    def replay(self, connection: Connection, stream: str, upto: int | None = None) -> FoldResult:
        """Takes a parked stream up again from where it stopped, where given up to that version only.

        It is parked again if it still can't be read.
        """
        progress.lock_partitions(connection)
        progress.unpark(connection, stream)
        shown = progress.version(connection, stream)
        due = [commit for commit in sequenced_only(self.store.load(stream)) if commit.first > shown]
        return self.fold(connection, [commit for commit in due if upto is None or commit.last <= upto])

    def facts(self, commit: SequencedCommit) -> list[Fact]:
        """The events of one commit in today's shape. Raises Damaged."""
        return [
            Fact(
                event=self._codec.decode(stored, commit),
                stream=commit.stream,
                version=version,
                actor=commit.actor,
                at=commit.at,
                commit=commit.id,
                position=commit.position,
                erased=stored.erased,
            )
            for version, stored in enumerate(commit.events, commit.first)
        ]

    def _take(self, batch: "_Batch", commit: SequencedCommit) -> None:
        shown = batch.shown(commit.stream)
        if batch.is_parked(commit.stream) or commit.last <= shown:
            batch.skipped += 1
            return
        try:
            if commit.first == shown + 1:
                batch.take(commit, self.facts(commit))
                return
            for due in self._due(batch, commit, shown):
                batch.take(due, self.facts(due))
        except Damaged as error:
            batch.park(commit, str(error))

    def _due(self, batch: "_Batch", commit: SequencedCommit, shown: int) -> Iterator[SequencedCommit]:
        """What the log left out of a commit's stream, then the commit itself."""
        for missed in sequenced_only(self.store.load(commit.stream)):
            if missed.first == shown + 1 and missed.last <= commit.last:
                batch.healed += missed.id != commit.id
                yield missed
                shown = missed.last
        if shown != commit.last:
            raise Damaged(
                f"commit {commit.id} is version {commit.first} of {commit.stream}, but the store has no version "
                f"{shown + 1}. Run `bin/verbatim verify` to see what the store has."
            )


class _Batch:
    """One batch on its way: facts to fold, versions as they will stand, streams to park."""

    def __init__(self, before: dict[str, int], parked: frozenset[str]) -> None:
        self.facts: list[Fact] = []
        self.after = dict(before)
        self.letters: list[DeadLetter] = []
        self.applied = self.skipped = self.healed = 0
        self._parked = set(parked)

    def shown(self, stream: str) -> int:
        return self.after.get(stream, 0)

    def is_parked(self, stream: str) -> bool:
        return stream in self._parked

    def take(self, commit: SequencedCommit, facts: list[Fact]) -> None:
        self.facts += facts
        self.after[commit.stream] = commit.last
        self.applied += 1

    def park(self, commit: SequencedCommit, error: str) -> None:
        self._parked.add(commit.stream)
        self.letters.append(dead_letter(commit, self.shown(commit.stream) + 1, error))

    def folded(self) -> FoldResult:
        return FoldResult(applied=self.applied, skipped=self.skipped, healed=self.healed, parked=len(self.letters))


def dead_letter(commit: SequencedCommit, version: int, error: str) -> DeadLetter:
    return DeadLetter(
        stream=commit.stream, version=version, commit_id=commit.id, error=error, attempts=1, parked_at=now()
    )
