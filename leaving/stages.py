"""The stages of carrying out that somebody left. A stage is done in steps, each of which says where the next goes on.

First the account is closed, and its handles go: from then on nobody can come back, and nothing new can come. Then what
the lists have of the person is erased page by page, once they show all that was before.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar, cast

import msgspec

from domain import account, comment, handle, leaving, post, reasons, token, webhook
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.commit import StoredEvent, position_of
from domain.errors import Damaged, NotFound, Parked
from domain.ids import from_now, now
from domain.messages import Command, Envelope, Event
from domain.ports import EventStore
from domain.rights import Account
from eventstore.codec import EventCodec
from operational import departures
from operational.departures import Departure, LeaseLost
from readmodel.engine import progress
from readmodel.engine.connections import changing
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter
from takeout import sources

AnyEvent = TypeVar("AnyEvent", bound=Event)
_CODEC = EventCodec()
WRITINGS_AT_ONCE = 20
"""Of one step: it ends well before its lease, and others who write come in between."""
TOKENS_AT_ONCE = 20
RESERVED = timedelta(days=leaving.RESERVED_DAYS)


class Wait(Exception):
    """The step can't be done now; it is tried again in a while. The message says what it waits for."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where erasing goes on: in which stage, behind what of it. unreadable: streams that couldn't be
    erased yet."""

    stage: int = 0
    after: list[Any] | None = None
    unreadable: list[str] = []


class Subject:
    """Whose departure it is, what it is carried out with, and what a step has done.

    erased: commit id → kind of thing, also of what an earlier attempt did. unreadable: streams that can't be erased.
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
        """The events of one type in a stream, by their versions. Raises Wait where one can't be read."""
        try:
            return {
                version: cast(AnyEvent, _CODEC.decode(stored, commit))
                for commit in self._store.load(stream)
                for version, stored in enumerate(commit.events, commit.first)
                if stored.type == type.type
            }
        except Damaged as error:
            raise Wait(str(error)) from error

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
            self.unreadable.append(stream)
        except NotFound:
            return
        else:
            if receipt.commit:
                self.erased[receipt.commit] = kind


Stage = Callable[[Subject, Cursor], list[Any] | None]
"""Carries out a step; gives where the next one goes on, None where the stage is over. Raises Wait, LeaseLost."""


def step(subject: Subject, cursor: Cursor) -> Cursor | None:
    """Carries out one step; gives the next cursor, None behind the last stage. Raises Wait, LeaseLost."""
    try:
        after = STAGES[cursor.stage](subject, cursor)
    except Parked as error:
        raise Wait(str(error)) from error
    unreadable = [*cursor.unreadable, *subject.unreadable]
    if after is not None:
        return msgspec.structs.replace(cursor, after=after, unreadable=unreadable)
    if cursor.stage + 1 == len(STAGES):
        return None
    return msgspec.structs.replace(cursor, stage=cursor.stage + 1, after=None, unreadable=unreadable)


def _author(event: StoredEvent) -> str:
    """Whom the first event of an imported post names; "" where it names nobody."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(event.data, type=_Authored).author
    return ""


class _Authored(msgspec.Struct):
    author: str = ""


def _close(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Closes the account, for good."""
    state, departure = subject.state(), subject.departure
    if not state.closed:
        if state.leaving is None:
            departures.drop(subject.control, departure)
            raise LeaseLost(departure.id)
        if state.leaving.until >= now():
            with changing(subject.control) as connection:
                departures.save(connection, departure, until=state.leaving.until, state="waiting", leased_until=now())
            raise LeaseLost(departure.id)
    command = leaving.EraseAccount(handle=subject.person, now=now())
    subject.erase("account", account.stream(subject.person), command)
    return None


def _retire_handles(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Each that was ever claimed: a repeat of this step finds what the first one did."""
    for version in subject.versions(account.stream(subject.person), handle.HandleClaimed):
        retire = leaving.RetireHandle(handle=subject.person, version=version, reserved_until=from_now(RESERVED))
        subject.erase("handles", f"{account.stream(subject.person)} {version}", retire)
    return None


def _wait_for_lists(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Until they show all that the person did: their account was closed after that."""
    last = subject.last_position()
    if last is None or subject.meter.measure().shown_before <= last:
        raise Wait("The lists don't show yet that the account is closed.")
    return None


def _tokens(subject: Subject, cursor: Cursor) -> list[Any] | None:
    last = cursor.after[0] if cursor.after else ""
    with subject.generations.connect() as connection:
        rows = sources.tokens_of(connection, subject.person, last, TOKENS_AT_ONCE)
    for row in rows:
        subject.erase("tokens", token.stream(row.id), token.EraseToken(token=row.id))
    departures.forget_uses(subject.control, [row.id for row in rows])
    return [rows[-1].id] if len(rows) == TOKENS_AT_ONCE else None


def _webhooks(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Each that was ever added, as with handles."""
    stream = webhook.stream(subject.person)
    for event in subject.versions(stream, webhook.WebhookAdded).values():
        remove = webhook.RemoveWebhook(handle=subject.person, webhook=event.webhook)
        subject.erase("webhooks", f"{stream} {event.webhook}", remove)
    return None


def _writings(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Posts and comments, newest first."""
    state = subject.state()
    key = tuple(cursor.after) if cursor.after else None
    with subject.generations.connect() as connection:
        page, next = sources.writings(connection, subject.person, key, WRITINGS_AT_ONCE)
    for one in page:
        if subject.erases(state, one.stream):
            _erase_writing(subject, one.stream)
    return list(next) if next else None


def _erase_writing(subject: Subject, stream: str) -> None:
    kind, _, id = stream.partition("-")
    if kind == "post":
        subject.erase("posts", stream, post.ErasePost(post=id))
    else:
        subject.erase("comments", stream, comment.EraseComment(comment=id))


def _reasons(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Those that the person gave for what they did to others' things; they stay where the texts do."""
    chosen = subject.state().leaving
    if chosen is None or chosen.choice == "keep":
        return None
    key = tuple(cursor.after) if cursor.after else None
    with subject.generations.connect() as connection:
        rows, next = sources.acts(connection, subject.person, key, WRITINGS_AT_ONCE)
    for stream in dict.fromkeys(row.stream for row in rows):
        subject.erase("reasons", stream, _erasing_reasons(stream))
    return list(next) if next else None


def _erasing_reasons(stream: str) -> Command:
    kind, _, id = stream.partition("-")
    match kind:
        case "post":
            return reasons.ErasePostReasons(post=id)
        case "comment":
            return reasons.EraseCommentReasons(comment=id)
    return reasons.EraseAccountReasons(account=id)


def _parked(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """What the lists may not have: streams that can't be folded, or couldn't be read before."""
    state = subject.state()
    with subject.generations.connect() as connection:
        parked = sorted(progress.parked_streams(connection))
    mine = [stream for stream in parked if subject.wrote(stream) and subject.erases(state, stream)]
    for stream in dict.fromkeys([*mine, *(one for one in cursor.unreadable if one.startswith(("post-", "comment-")))]):
        _erase_writing(subject, stream)
    if subject.unreadable:
        raise Wait(f"What can't be read can't be erased: {', '.join(subject.unreadable[:5])}")
    return None


def _rows(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    departures.delete_rows_of(subject.control, subject.person)
    return None


STAGES: Sequence[Stage] = (
    _close, _retire_handles, _wait_for_lists, _tokens, _webhooks, _writings, _reasons, _parked, _rows,
)  # fmt: skip
