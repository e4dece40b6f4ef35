"""Verifies the hash chain over a run of commits: who did what, in which order, and with which words."""

from collections.abc import Iterable, Iterator

import msgspec

from domain.commit import SequencedCommit, StoredEvent

from .codec import UNREADABLE, digest, link


def faults(commits: Iterable[SequencedCommit], after: int = 0, chain: str = "") -> Iterator[str]:
    """A sentence for each thing that doesn't fit. after and chain are where the run starts.

    commits come in order of position. An erased event can't be compared with its digest; what is left of it must be
    what a later erasure in its own stream says, which `erasures` checks over a whole store.
    """
    for commit in commits:
        if commit.position != after + 1:
            yield f"position {after + 1} is missing: {commit.id} comes next with position {commit.position}"
        yield from _changed(commit, chain)
        after, chain = commit.position, commit.chain


def _changed(commit: SequencedCommit, previous: str) -> Iterator[str]:
    if commit.events and commit.events[0].type == UNREADABLE:
        yield str(msgspec.json.decode(commit.events[0].data))
        return
    if commit.chain != link(previous, commit, commit.position):
        yield f"commit {commit.id} at position {commit.position} isn't what the chain was made over"
    for version, event in enumerate(commit.events, commit.first):
        if not event.erased and not _intact(event):
            yield (
                f"position {commit.position}: {commit.stream} version {version} ({event.type}, commit {commit.id}) "
                "differs from its digest"
            )


def _intact(event: StoredEvent) -> bool:
    return event.salt is not None and event.digest == digest(event.salt, memoryview(event.data))
