"""The two kinds of message the domain knows: intents (commands) and facts (events).

Messages are trees, never cycles, so the garbage collector needn't look at them (gc=False): imports and
rebuilds hold many.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from .ids import Digest


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intent, named in the imperative. It brings every id it needs, so that deciding is pure.

    `regenerated` names the fields that a sender makes anew each time it says the same thing (ids, password
    hashes): they don't count when a repeated command id is compared with what it first came with.
    """

    regenerated: ClassVar[tuple[str, ...]] = ()

    def streams_read(self, _actor: str) -> tuple[str, ...]:
        """Streams that deciding will look at, where the command can tell: they are loaded in one round trip."""
        return ()


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact, named in the past tense.

    `type` is the stored name and never changes; `schema` rises by one with each change of shape,
    together with an upcaster. `erasable` names the fields that hold what a person typed: those go
    when text is erased, the others are structure and stay, so their types are the markers of domain.ids, literals and
    numbers. An erased field reads as "", or as None where its type has that. `secret` keeps an event out of every
    public stream and page.
    """

    type: ClassVar[str]
    schema: ClassVar[int] = 1
    erasable: ClassVar[tuple[str, ...]] = ()
    secret: ClassVar[bool] = False


class Explained(Event, frozen=True, kw_only=True, gc=False):
    """A fact that somebody may have given a reason for. "": none was given; None: it is erased.

    Erasures and events of webhooks have the field by themselves: a struct has no two bases with fields.
    """

    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    reason: str | None = ""


class Erasure(Event, frozen=True, kw_only=True, gc=False):
    """A fact that takes the erasable fields of earlier events of its own stream away for good.

    erased     their versions; a later erasure takes the reason of an earlier one
    skeletons  for each of them hex sha256 of the canonical JSON that is left of its data; the bus fills them in when
               it stores the event. Empty where an event of schema 1 was stored, which didn't say so.
    """

    schema: ClassVar[int] = 2
    erased: tuple[int, ...]
    skeletons: tuple[Digest, ...] = ()


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who sends a command, when, and what it follows from.

    actor           account id, or OPERATOR for the command line; a handle stands for the account that has it
    at              ISO 8601 UTC with microseconds: "2026-11-24T05:54:59.000000Z"
    command_id      the same id twice has one effect; None where a repeat is harmless
    correlation_id  the request, causation_id the message, traceparent the W3C trace it came from
    without_roles   the actor acts as an author only, whatever roles they have (a token without that scope)
    seen            versions of the stream, one of which it must stand at, whether there is something to store or not;
                    for an edit one since which the text is the same; None: any
    decided_with    the roles that the actor had when they decided what this carries out: it is done as if they had
                    them still, and were active
    """

    actor: str
    at: str
    command_id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    without_roles: bool = False
    seen: tuple[int, ...] | None = None
    decided_with: frozenset[str] | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a command's sender is told: the stream and version it left, and the commit if one was stored.

    position is None until the commit is sequenced; commit is None when there was nothing to change;
    repeated tells that this command id had its effect before.
    """

    stream: str
    version: int
    commit: str | None = None
    position: int | None = None
    repeated: bool = False

    @property
    def subject(self) -> str:
        """The id behind the stream's kind: "post-0192…" gives "0192…"."""
        return self.stream.partition("-")[2]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler found: the events to store on a stream that stands at version.

    text_version: for an edit, the version since which its text stands; whoever saw it then or later is up to date.
    """

    stream: str
    version: int
    key: str
    events: list[Event]
    text_version: int | None = None

    def is_seen(self, versions: Sequence[int]) -> bool:
        """Whether whoever saw one of these versions saw what the command is about as it stands."""
        since = self.version if self.text_version is None else self.text_version
        return any(since <= version <= self.version for version in versions)
