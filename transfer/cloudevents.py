"""Stored events as CloudEvents 1.0 (https://cloudevents.io) for one account: only what it may see.

Secret events aren't there. The words of what is removed, and the reasons for what was done to it, are withheld from
all but its author and moderators, likewise who likes what from all but themselves. Why a comment was removed isn't:
its tombstone says it. What was erased is gone for everyone. In place of an event that can't be read here comes one that
says so and no more: whoever follows knows of the gap, and goes on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import islice
from typing import Annotated, Any

import msgspec

from domain import account, comment, ids, like, post
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.commit import SequencedCommit
from domain.contribution import Contribution
from domain.errors import NotFound, Parked
from domain.gaps import UNREADABLE, Decoded, Unreadable
from domain.messages import Event

DEFAULT_SOURCE = "http://localhost:8000/api/v1/events"
TYPE_PREFIX = "org.verbatim."
"""Before the stored event's type: who defines what it means (CloudEvents asks for a reverse-DNS name)."""
MEDIA_TYPE = "application/cloudevents+json"
CANT_BE_READ = (
    "What happened here can't be read by this version of the site. Ask for this position again once that is mended."
)
Moment = Annotated[
    str, msgspec.Meta(description="ISO 8601, UTC, microseconds.", extra_json_schema={"format": "date-time"})
]
Number = Annotated[int, msgspec.Meta(ge=1)]


_PEOPLE = frozenset({"author", "account"})
"""Fields of events that hold the id of an account."""


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """type is the stored event's after org.verbatim., source where this site tells of its events, subject what
    it is about, position its commit's place in the global order.

    withheld names the fields of data that the caller may not see, with commas; they are left out, and actor is null
    where it would tell. It names reason where there is one that the caller may not see. An event that can't be read
    here is of the type Unreadable, and its data holds a sentence in detail alone; its time is null where not even that
    can be read. traceparent is the trace (W3C) of the call that brought it, where that call had one.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: Moment | None
    datacontenttype: str = "application/json"
    position: Number
    version: Number
    actor: str | None
    reason: str | None
    withheld: str | None = None
    traceparent: str | None = None
    data: dict[str, Any]


class Onlooker:
    """Converts commits to the CloudEvents that one account may see, by the store's present state."""

    def __init__(self, bus: CommandBus, account: str, *, uses_roles: bool, source: str = DEFAULT_SOURCE) -> None:
        self._bus = bus
        self._account = account
        self._uses_roles = uses_roles
        self._source = source

    def shown(self, stored: Sequence[Decoded]) -> list[list[CloudEvent]]:
        """For each commit the events that may be seen; none where all are secret."""
        look = _Look(self._bus.aggregates(), self._account, self._uses_roles, self._source)
        look.prefetch([event for _, events in stored for event in events], {commit.actor for commit, _ in stored})
        return [[look.shown(*numbered, commit) for numbered in _public(commit, events)] for commit, events in stored]


def _public(commit: SequencedCommit, events: Sequence[Event | Unreadable]) -> list[tuple[int, Event | Unreadable]]:
    return [(version, event) for version, event in enumerate(events, commit.first) if not event.secret]


def _gap(version: int, subject: str, commit: SequencedCommit, source: str) -> CloudEvent:
    return CloudEvent(
        id=f"position-{commit.position}:{version}",
        source=source,
        type=TYPE_PREFIX + UNREADABLE,
        subject=subject,
        time=commit.at or None,
        position=commit.position,
        version=version,
        actor=None,
        reason=None,
        data={"detail": CANT_BE_READ},
    )


class _Look:
    """Decides visibility for the events of one page, by aggregates that are loaded once."""

    def __init__(self, aggregates: Aggregates, account: str, uses_roles: bool, source: str) -> None:
        self._source = source
        self._aggregates = aggregates
        self._account = account
        self._moderates = uses_roles and self._is_moderator()

    def prefetch(self, events: Sequence[Any], actors: Set[str]) -> None:
        """Loads every post and comment that may be removed, and whoever acted, in few round trips."""
        posts = {post.stream(event.post) for event in events if type(event) in post.EVENTS}
        comments = {event.comment for event in events if type(event) in comment.EVENTS}
        people = {account.stream(id) for id in actors if ids.is_id(id)}
        self._aggregates.prefetch(posts | people | {comment.stream(id) for id in comments})
        threads = {self._thread_of(id) for id in comments if ids.is_id(id)}
        self._aggregates.prefetch({post.stream(thread) for thread in threads})

    def shown(self, version: int, event: Event | Unreadable, commit: SequencedCommit) -> CloudEvent:
        if isinstance(event, Unreadable):
            return _gap(version, self._subject(event.subject), commit, self._source)
        return self._event(version, event, commit)

    def _event(self, version: int, event: Event, commit: SequencedCommit) -> CloudEvent:
        data = self._with_handles(msgspec.to_builtins(event))
        reason = data.pop("reason", None) or None
        withheld = tuple(name for name in self._withheld(event, commit.actor) if name in data)
        hidden = "handle" in withheld
        if reason is not None and self._hides_any(self._reason_needs, event):
            withheld += ("reason",)
        return CloudEvent(
            id=f"{commit.id}:{version}",
            source=self._source,
            type=TYPE_PREFIX + event.type,
            subject=data["target"] if hidden else self._subject(commit.stream),
            time=commit.at,
            position=commit.position,
            version=version,
            actor=None if hidden else self._aggregates.called(commit.actor),
            reason=None if "reason" in withheld else reason,
            withheld=",".join(withheld) or None,
            traceparent=commit.traceparent,
            data={name: value for name, value in data.items() if name not in withheld},
        )

    def _with_handles(self, data: dict[str, Any]) -> dict[str, Any]:
        """The data with handles where the store has account ids; what is stored as `account` is told as `handle`."""
        told: dict[str, Any] = {}
        for name, value in data.items():
            told["handle" if name == "account" else name] = self._aggregates.called(value) if name in _PEOPLE else value
        return told

    def _subject(self, stream: str) -> str:
        """The stream, with a handle in the place of an account's id."""
        kind, _, rest = stream.partition("-")
        if kind == "account":
            return f"{kind}-{self._aggregates.called(rest)}"
        if kind == "like":
            return stream[: -ids.LENGTH] + self._aggregates.called(stream[-ids.LENGTH :])
        return stream

    def _withheld(self, event: Event, actor: str) -> tuple[str, ...]:
        if isinstance(event, like.EVENTS):
            return () if actor == self._account else ("handle",)
        return event.erasable if event.erasable and self._hides_any(self._words_need, event) else ()

    def _hides_any(self, needed: Callable[[Any], Iterable[Contribution]], event: Event) -> bool:
        """Whether something that has to be seen first is removed and hidden from the account; also where that can't be
        read."""
        try:
            return not self._moderates and any(self._hides(thing) for thing in needed(event))
        except (NotFound, Parked):
            return True

    def _words_need(self, event: Any) -> Iterator[Contribution]:
        """What has to be seen by whoever sees the event's words: what it is about, and the thread of that."""
        if type(event) in post.EVENTS:
            yield self._aggregates.post(event.post)
        if type(event) in comment.EVENTS:
            yield (found := self._aggregates.comment(event.comment))
            yield self._aggregates.post(found.post)

    def _reason_needs(self, event: Any) -> Iterator[Contribution]:
        """The same for why it was done. A tombstone says why its comment was removed to whoever sees the thread."""
        return islice(self._words_need(event), isinstance(event, comment.CommentRemoved), None)

    def _is_moderator(self) -> bool:
        try:
            return self._aggregates.account(self._account).is_moderator
        except Parked:
            return False

    def _thread_of(self, comment: str) -> str:
        try:
            return self._aggregates.comment(comment).post
        except Parked:
            return ""

    def _hides(self, thing: Contribution) -> bool:
        return thing.removed and thing.author != self._account
