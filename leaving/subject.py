"""Whose departure is carried out, what it is carried out with, and what one step of that has done."""

from contextlib import suppress
from typing import TypeVar, cast

import msgspec

from domain import account, comment, post
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.commit import StoredEvent, position_of
from domain.errors import Damaged, NotFound, Parked
from domain.ids import now
from domain.messages import Command, Envelope, Event
from domain.ports import EventStore
from domain.rights import Account
from eventstore.codec import EventCodec
from operational.departures import Departure
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter

AnyEvent = TypeVar("AnyEvent", bound=Event)
_CODEC = EventCodec()
_KINDS: dict[type[Command], str] = {post.ErasePost: "posts", comment.EraseComment: "comments"}
"""What the receipt calls what such a command erases; else by the stage."""


class Subject:
    """erased: commit id → kind of thing, also of what an earlier attempt did. unreadable: kind and stream of what can't
    be read, and so can't be erased now.
    """

    def __init__(
        self, departure: Departure, generations: Generations, store: EventStore, bus: CommandBus, meter: LagMeter
    ) -> None:
        self.departure, self.person = departure, departure.account
        self.generations, self.control = generations, generations.control
        self.meter = meter
        self._store = store
        self.erased: dict[str, str] = {}
        self.unreadable: list[str] = []
        self._bus = bus

    @property
    def aggregates(self) -> Aggregates:
        """A fresh look at the streams."""
        return self._bus.aggregates()

    def state(self) -> Account:
        return self.aggregates.account(self.person)

    def last_position(self) -> int | None:
        """Of the account's newest commit; None where it has none yet."""
        return position_of(self._store.load(account.stream(self.person))[-1])

    def versions(self, stream: str, type: type[AnyEvent]) -> dict[int, AnyEvent]:
        """The events of one type in a stream, by their versions. Raises Damaged where one can't be read."""
        return {
            version: cast(AnyEvent, _CODEC.decode(stored, commit))
            for commit in self._store.load(stream)
            for version, stored in enumerate(commit.events, commit.first)
            if stored.type == type.type
        }

    def wrote(self, stream: str) -> bool:
        """Whether this person began a stream, which may be unreadable otherwise."""
        try:
            commits = self._store.load(stream)
        except Damaged:
            commits = self._store.load_from({stream: 1}).get(stream, [])
        return bool(commits) and self.person in (commits[0].actor, _author(commits[0].events[0]))

    def erases(self, state: Account, stream: str) -> bool:
        """Whether they chose that this post or comment is erased. Nothing is chosen where a restore closed it."""
        return state.leaving is not None and state.leaving.erases(stream)

    def erase(self, kind: str, stream: str, command: Command) -> None:
        """Sends a command of the closed account that erases something of a stream.

        The command's id is made from the departure and the stream, so that a repeat finds the first one's commit.
        """
        envelope = Envelope(actor=self.person, at=now(), command_id=f"leaving {self.departure.id} {kind} {stream}")
        try:
            receipt = self._bus.send(command, envelope)
        except Parked:
            self.unreadable.append(f"{kind} {stream}")
        except NotFound:
            return
        else:
            if receipt.commit:
                self.erased[receipt.commit] = _KINDS.get(type(command), kind)


def _author(event: StoredEvent) -> str:
    """Whom the first event of an imported post names; "" where it names nobody."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(event.data, type=_Authored).author
    return ""


class _Authored(msgspec.Struct):
    author: str = ""
