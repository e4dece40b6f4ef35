"""Whose departure is carried out, what it is carried out with, and what one step of that has done."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar, cast

import msgspec

from domain import account, comment, post
from domain.bus import CommandBus
from domain.commit import Commit, StoredEvent, position_of, stored_command_id
from domain.errors import Damaged, KeyReused, NotFound, Refused
from domain.ids import LENGTH, now
from domain.messages import Command, Envelope, Event
from domain.ports import EventStore
from domain.rights import Account, Choice
from eventstore.codec import EventCodec
from operational.departures import Departure
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter

AnyEvent = TypeVar("AnyEvent", bound=Event)
_CODEC = EventCodec()
_KINDS: dict[type[Command], str] = {post.ErasePost: "posts", comment.EraseComment: "comments"}
"""What the receipt calls what such a command erases; else by the stage."""


class Subject:
    """The departure of one person, for one step.

    erased: commit id → kind of thing, also of what an earlier attempt did. unreadable: kind and stream of what can't be
    read, and so can't be erased now.
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

    def state(self) -> Account:
        """Of the person's account, as it is now."""
        return self._bus.aggregates().account(self.person)

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
        first = next(iter(self._commits(stream)), None)
        return first is not None and self.person in (first.actor, _author(first.events[0]))

    def acted_in(self, stream: str) -> bool:
        """Whether this person did something there."""
        return any(commit.actor == self.person for commit in self._commits(stream))

    def _commits(self, stream: str) -> Sequence[Commit]:
        try:
            return self._store.load(stream)
        except Damaged:
            return self._store.load_from({stream: 1}).get(stream, [])

    def is_undecided(self, target: str) -> bool:
        """Whether moderators still have to decide on what the person reported of a target. Raises Parked.

        A case of an account that was closed meanwhile can't be decided, and needs nothing any more.
        """
        aggregates = self._bus.aggregates()
        kind, _, id = target.partition("-")
        if kind == "account" and aggregates.account(id).closed:
            return False
        return self.person in aggregates.case(target).reports.values()

    def is_open(self, stream: str) -> bool:
        """Whether a case or an appeal waits for moderators, or what they decided isn't carried out. Raises Parked.

        Nobody decides any more on an account that was closed.
        """
        aggregates = self._bus.aggregates()
        kind, _, rest = stream.partition("-")
        if kind == "appeal":
            decision, lodged_by = rest[:LENGTH], rest[LENGTH + 1 :]
            return not aggregates.appeal(decision, lodged_by).outcome
        case = aggregates.case(rest)
        if any(not one.carried_out or (one.taken_back and not one.reversed) for one in case.decisions.values()):
            return True
        of, _, id = rest.partition("-")
        return not case.decided and not (of == "account" and aggregates.account(id).closed)

    def choice(self) -> Choice | None:
        """What they chose; None where that isn't known: an older backup was restored, and the read model is new."""
        leaving = self.state().leaving
        return leaving.choice if leaving else self.departure.choice

    def erase(self, kind: str, stream: str, command: Command) -> None:
        """Sends a command of the closed account that erases something of a stream.

        The command's id is made from the departure and the stream, so that a repeat finds the first one's commit.
        """
        envelope = Envelope(actor=self.person, at=now(), command_id=f"leaving {self.departure.id} {kind} {stream}")
        try:
            receipt = self._bus.send(command, envelope)
            commit = receipt.commit
        except NotFound:
            return
        except KeyReused:
            # Done before, and the erasing event has been erased itself since.
            found = self._store.find_command(stored_command_id(self.person, envelope.command_id or ""))
            commit = found.id if found else None
        except Refused:
            self.unreadable.append(f"{kind} {stream}")
            return
        if commit:
            self.erased[commit] = _KINDS.get(type(command), kind)


def _author(event: StoredEvent) -> str:
    """Whom the first event of an imported post names; "" where it names nobody."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(event.data, type=_Authored).author
    return ""


class _Authored(msgspec.Struct):
    author: str = ""
