"""Verifies the hash chain over a run of commits: who did what, in which order, and with which words."""

from collections.abc import Iterable, Iterator

import msgspec

from domain.commit import Commit, SequencedCommit, StoredEvent
from domain.ports import EventStore

from .codec import digest, link


def faults(commits: Iterable[SequencedCommit], after: int = 0, chain: str = "") -> Iterator[str]:
    """A sentence for each thing that doesn't fit. after and chain are where the run starts.

    commits come in order of position. An erased event can't be compared with its digest; what is left of
    it must be named by a later erasure in its own stream, which `unexplained` checks over a whole store.
    """
    for commit in commits:
        if commit.position != after + 1:
            yield f"position {after + 1} is missing: {commit.id} comes next with position {commit.position}"
        if commit.chain != link(chain, commit, commit.position):
            yield f"commit {commit.id} at position {commit.position} isn't what the chain was made over"
        for version, event in enumerate(commit.events, commit.first):
            if not event.erased and not _intact(event):
                yield f"{commit.stream} version {version} ({event.type}, commit {commit.id}) differs from its digest"
        after, chain = commit.position, commit.chain


def _intact(event: StoredEvent) -> bool:
    return event.salt is not None and event.digest == digest(event.salt, memoryview(event.data))


class _Announcement(msgspec.Struct):
    erased: tuple[int, ...]


def announced(event: StoredEvent) -> tuple[int, ...]:
    """The versions that an erasure names: none where the event is no erasure, or where its data is broken, which
    `faults` tells already."""
    if not event.type.endswith("Erased"):
        return ()
    try:
        return msgspec.json.decode(event.data, type=_Announcement).erased
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


class Erasures:
    """Collects what is erased and what was announced as erased; the two must be the same."""

    def __init__(self) -> None:
        self._erased: set[tuple[str, int]] = set()
        self._announced: set[tuple[str, int]] = set()

    def see(self, commit: Commit) -> None:
        for version, event in enumerate(commit.events, commit.first):
            if event.erased:
                self._erased.add((commit.stream, version))
            else:
                self._announced.update((commit.stream, version) for version in announced(event))

    @property
    def unannounced(self) -> frozenset[tuple[str, int]]:
        """Stream and version of each event that is erased, though nothing that was seen says so."""
        return frozenset(self._erased - self._announced)

    @property
    def undone(self) -> frozenset[tuple[str, int]]:
        """Stream and version of each event that was announced as erased, and was seen with its text."""
        return frozenset(self._announced - self._erased)

    def unexplained(self) -> Iterator[str]:
        """A sentence for each text that is gone without an erasure, or announced as gone and still there."""
        for stream, version in sorted(self.unannounced):
            yield f"{stream} version {version} is erased, but no event of the stream says so"
        for stream, version in sorted(self.undone):
            yield f"{stream} version {version} was to be erased and still has its text"

    def unexplained_in(self, store: EventStore) -> Iterator[str]:
        """The same, once the streams in question are looked at again: texts are erased while somebody reads.

        An erasure counts as soon as it is stored, before it has its position.
        """
        for stream in sorted({stream for stream, _ in self.unannounced | self.undone}):
            again = Erasures()
            for commit in store.load(stream):
                again.see(commit)
            yield from again.unexplained()
