"""Commits to store: real events, encoded as the bus encodes them."""

from collections.abc import Collection

import msgspec

from domain import ids
from domain.commit import Commit
from domain.handle import FormerHandleErased, HandleClaimed, claim
from domain.messages import Event
from domain.post import PostEdited, PostErased, PostPublished
from eventstore.codec import EventCodec

AT = "2026-11-24T06:00:00.000000Z"
_CODEC = EventCodec()


def commit(
    stream: str, first: int, *events: Event, command_id: str | None = None, actor: str = "ada", key: str = ""
) -> Commit:
    """A commit as the bus would hand it to a store; one plain event where none is given."""
    return Commit(
        actor=actor,
        at=AT,
        command_digest="0" * 64 if command_id else None,
        command_id=command_id,
        events=tuple(map(_CODEC.encode, events or (text(f"{stream} {first}"),))),
        first=first,
        id=ids.uuid7(),
        key=key or stream,
        stream=stream,
    )


def text(body: str) -> PostEdited:
    return PostEdited(post="p", title="t", body=body)


def published(body: str, title: str = "t") -> PostPublished:
    return PostPublished(post="p", author="ada", title=title, body=body)


def erased(*versions: int, edits: Collection[int] = ()) -> PostErased:
    """The erasure of events that published() made, or text() where the version is one of edits."""
    left = {version: _LEFT_OF_EDITS if version in edits else _LEFT for version in versions}
    return PostErased(post="p", erased=versions, skeletons=tuple(left.values()))


def claiming(stream: str, handle: str) -> Commit:
    """The first commit of somebody called so."""
    claimed = commit(stream, 1, HandleClaimed(account=stream, handle=handle), actor=stream)
    return msgspec.structs.replace(claimed, claim=claim(handle))


def released(version: int) -> FormerHandleErased:
    """The erasure of what claiming() made."""
    left = _CODEC.skeleton(_CODEC.encode(HandleClaimed(account="account-a", handle="")))
    return FormerHandleErased(account="account-a", erased=(version,), skeletons=(left,))


def bodies(commits: list[Commit]) -> list[str]:
    """The texts of commits, for comparing what was stored."""
    events = [_CODEC.decode(event, commit) for commit in commits for event in commit.events]
    return [event.body for event in events if isinstance(event, PostEdited | PostPublished)]


_LEFT = _CODEC.skeleton(_CODEC.encode(published("")))
_LEFT_OF_EDITS = _CODEC.skeleton(_CODEC.encode(text("")))
