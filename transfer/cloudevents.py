"""What is stored, as CloudEvents 1.0 (https://cloudevents.io), for one who asks: only what they may see.

Secret events aren't there. The words of what is removed are withheld from all but its author and moderators, likewise
who likes what from all but themselves. What was erased is gone for everyone.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from domain import comment, ids, like, post
from domain.account import Account
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.commit import SequencedCommit
from domain.errors import NotFound
from domain.messages import Event

SOURCE = "/api/v1/events"
MEDIA_TYPE = "application/cloudevents+json"
Stored = tuple[SequencedCommit, list[Event]]
Moment = Annotated[
    str, msgspec.Meta(description="ISO 8601, UTC, microseconds.", extra_json_schema={"format": "date-time"})
]
Number = Annotated[int, msgspec.Meta(ge=1)]


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """type is the stored event's, subject what it is about, position its commit's place in the global order.

    withheld names the fields of data that the caller may not see, with commas; they are left out, and actor is null
    where it would tell.
    """

    specversion: str = "1.0"
    id: str
    source: str = SOURCE
    type: str
    subject: str
    time: Moment
    datacontenttype: str = "application/json"
    position: Number
    version: Number
    actor: str | None
    reason: str | None
    withheld: str | None = None
    data: dict[str, Any]


class Onlooker:
    """Shows commits to one account, as things stand in the store now."""

    def __init__(self, bus: CommandBus, handle: str, *, uses_roles: bool) -> None:
        self._bus = bus
        self._handle = handle
        self._uses_roles = uses_roles

    def shown(self, stored: Sequence[Stored]) -> list[list[CloudEvent]]:
        """For each commit the events that may be seen; none where all are secret."""
        look = _Look(self._bus.aggregates(), self._handle, self._uses_roles)
        look.prefetch([event for _, events in stored for event in events])
        return [[look.event(*numbered, commit) for numbered in _public(commit, events)] for commit, events in stored]


def _public(commit: SequencedCommit, events: list[Event]) -> list[tuple[int, Event]]:
    return [(version, event) for version, event in enumerate(events, commit.first) if not event.secret]


class _Look:
    """One look at the store, shared by the events of a page."""

    def __init__(self, aggregates: Aggregates, handle: str, uses_roles: bool) -> None:
        self._aggregates = aggregates
        self._by: Account = aggregates.account(handle)
        self._moderates = uses_roles and self._by.is_moderator

    def prefetch(self, events: Sequence[Any]) -> None:
        """Everything that may be removed, in few round trips."""
        posts = {post.stream(event.post) for event in events if type(event) in post.EVENTS}
        comments = {event.comment for event in events if type(event) in comment.EVENTS}
        self._aggregates.prefetch(posts | {comment.stream(id) for id in comments})
        threads = {self._aggregates.comment(id).post for id in comments if ids.is_id(id)}
        self._aggregates.prefetch({post.stream(thread) for thread in threads})

    def event(self, version: int, event: Event, commit: SequencedCommit) -> CloudEvent:
        data = msgspec.to_builtins(event)
        withheld = tuple(name for name in self._withheld(event, commit.actor) if name in data)
        hidden = "handle" in withheld
        return CloudEvent(
            id=f"{commit.id}:{version}",
            type=event.type,
            subject=data["target"] if hidden else commit.stream,
            time=commit.at,
            position=commit.position,
            version=version,
            actor=None if hidden else commit.actor,
            reason=commit.reason,
            withheld=",".join(withheld) or None,
            data={name: value for name, value in data.items() if name not in withheld},
        )

    def _withheld(self, event: Event, actor: str) -> tuple[str, ...]:
        if isinstance(event, like.EVENTS):
            return () if actor == self._by.handle else ("handle",)
        return event.erasable if self._is_hidden(event) else ()

    def _is_hidden(self, event: Any) -> bool:
        """Whether what the event is about is removed, and not for this one to see."""
        if self._moderates or not event.erasable:
            return False
        try:
            if type(event) in post.EVENTS:
                return self._hides(self._aggregates.post(event.post))
            if type(event) in comment.EVENTS:
                found = self._aggregates.comment(event.comment)
                return self._hides(found) or self._hides(self._aggregates.post(found.post))
        except NotFound:
            return True
        return False

    def _hides(self, thing: post.Post | comment.Comment) -> bool:
        return thing.removed and thing.author != self._by.handle
