"""The hash chain over commits: built when a commit gets its position, and verified over a run of commits.

It covers who did what, in which order, and the digests of the words; see codec.py for those.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from domain.commit import Commit, SequencedCommit, StoredEvent
from domain.handle import CLAIMING, HandleClaimed, HandleErased

from .codec import UNREADABLE, canonical_json, digest

_CLAIMING: dict[str, type[HandleClaimed | HandleErased]] = {event.type: event for event in CLAIMING}


class _SealedEvent(msgspec.Struct, omit_defaults=True):
    """What the chain covers of an event: all but data, salt and whether they were erased."""

    digest: str
    schema: int
    type: str


class _SealedCommit(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What the chain covers of a commit: all but data, salt, claim, position and the chain itself. What people type, a
    reason or a handle, is in the data."""

    actor: str
    at: str
    causation_id: str | None = None
    command_digest: str | None = None
    command_id: str | None = None
    correlation_id: str | None = None
    events: list[_SealedEvent]
    first: int
    id: str
    key: str
    stream: str
    traceparent: str | None = None


def link(previous: str, commit: Commit, position: int) -> str:
    """The chain after this commit: hex sha256(previous ‖ canonical commit without data, salt and claim ‖ position).

    previous is the hex chain before it, "" for the first commit; position is written in decimal.
    """
    sealed = _SealedCommit(
        actor=commit.actor,
        at=commit.at,
        causation_id=commit.causation_id,
        command_digest=commit.command_digest,
        command_id=commit.command_id,
        correlation_id=commit.correlation_id,
        events=[_SealedEvent(event.digest, event.schema, event.type) for event in commit.events],
        first=commit.first,
        id=commit.id,
        key=commit.key,
        stream=commit.stream,
        traceparent=commit.traceparent,
    )
    return hashlib.sha256(previous.encode() + canonical_json(sealed) + str(position).encode()).hexdigest()


def sequenced(commit: Commit, position: int, previous: str) -> SequencedCommit:
    """The commit at its place in the order: the next one after that with the chain `previous`."""
    return with_position(commit, position, link(previous, commit, position))


def with_position(commit: Commit, position: int, chain: str) -> SequencedCommit:
    """The commit with the position and the chain that it was given before."""
    return SequencedCommit(
        actor=commit.actor,
        at=commit.at,
        causation_id=commit.causation_id,
        claim=commit.claim,
        chain=chain,
        command_digest=commit.command_digest,
        command_id=commit.command_id,
        correlation_id=commit.correlation_id,
        events=commit.events,
        first=commit.first,
        id=commit.id,
        key=commit.key,
        position=position,
        stream=commit.stream,
        traceparent=commit.traceparent,
    )


def without_position(commit: Commit) -> Commit:
    """The commit without its place in the order, as stores keep it beside that."""
    return Commit(
        actor=commit.actor,
        at=commit.at,
        causation_id=commit.causation_id,
        claim=commit.claim,
        command_digest=commit.command_digest,
        command_id=commit.command_id,
        correlation_id=commit.correlation_id,
        events=commit.events,
        first=commit.first,
        id=commit.id,
        key=commit.key,
        stream=commit.stream,
        traceparent=commit.traceparent,
    )


def follows(chain: str | None, commit: SequencedCommit) -> bool:
    """Whether a commit comes right after the position with that chain; also where that can't be told."""
    return not chain or not commit.chain or link(chain, commit, commit.position) == commit.chain


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
    if commit.claim != claim_of(commit):
        yield f"commit {commit.id} at position {commit.position} claims something else than its handle"
    for version, event in enumerate(commit.events, commit.first):
        if not event.erased and not _intact(event):
            yield (
                f"position {commit.position}: {commit.stream} version {version} ({event.type}, commit {commit.id}) "
                "differs from its digest"
            )


def claim_of(commit: Commit) -> str | None:
    """What a commit may claim: the handle in its event, or what reserves one, as long as that isn't erased."""
    for event in commit.events:
        if (kind := _CLAIMING.get(event.type)) and not event.erased:
            with suppress(msgspec.DecodeError):
                return msgspec.json.decode(event.data, type=kind).claim
    return None


def _intact(event: StoredEvent) -> bool:
    return event.salt is not None and event.digest == digest(event.salt, memoryview(event.data))
