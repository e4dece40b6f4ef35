"""Decisions about streams of 10,000 versions, against the same ones about streams of one: in processor time and memory.

A decision is what the bus does for a command, the append included, in a process that has decided about the stream
before.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.commit import Commit, SequencedCommit
from domain.errors import Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Event
from domain.ports import EventStore
from eventstore.chain import sequenced
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore

from .measure import Row, Turns, in_turns

VERSIONS = 10_000
TURNS, A_TURN = 60, 5
WEIGHED = 21
LIKE_MOST, EDIT_MOST = 1.5, 2.0
BODY_CHARS = 200
_AT_ONCE = 500
_PEOPLE = 200
_AUTHOR = "author"
Ready = tuple[Command, Envelope]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of decision costs at many versions and at one. most: what is promised, as a multiple.

    turns: processor seconds of A_TURN decisions each; bytes: the most that one had in memory, at many and at one.
    """

    what: str
    most: float
    turns: Turns
    bytes: tuple[float, float]

    @property
    def time(self) -> float:
        return median(many / one for many, one in zip(self.turns.ours, self.turns.floor, strict=True))

    @property
    def memory(self) -> float:
        return self.bytes[0] / self.bytes[1]


def run(folder: Path, size: int | None) -> Iterator[Row]:
    with closing(SqliteEventStore(folder / "events.db")) as store:
        yield from rows("decision", store, size or VERSIONS)


def rows(name: str, store: EventStore, versions: int) -> Iterator[Row]:
    """Of a short stream, which shows nothing, a few turns are enough."""
    turns = min(TURNS, max(2, versions // 10))
    for cost in costs(store, versions, turns):
        times = [f"{1_000_000 * median(seconds) / A_TURN:,.0f} µs" for seconds in (cost.turns.ours, cost.turns.floor)]
        peaks = [f"{size / 1_000:,.0f} KB" for size in cost.bytes]
        for what, (many, one), ratio in (("time", times, cost.time), ("memory", peaks, cost.memory)):
            yield Row(
                what=f"{name}: {cost.what}, {what}",
                ours=many,
                floor=one,
                value=f"× {ratio:.2f}",
                target=f"≤ × {cost.most:g}",
                ok=ratio <= cost.most,
                how=f"CommandBus.send about a stream of {versions:,} versions. Floor: about one of a single version. "
                f"Time: processor time, median of {turns} turns of {A_TURN}; memory: median of {weighed(turns)} peaks "
                "by tracemalloc.",
            )


def weighed(turns: int) -> int:
    """How many decisions are weighed for so many turns."""
    return min(WEIGHED, turns)


def costs(store: EventStore, versions: int, turns: int = TURNS, body_chars: int = BODY_CHARS) -> Iterator[Cost]:
    """On an empty store. body_chars: of each text."""
    many, one = Decisions(store, versions, body_chars), Decisions(store, 1, body_chars)
    for what, most, kind in (
        ("like", LIKE_MOST, Decisions.like),
        ("comment", LIKE_MOST, Decisions.comment),
        ("edit", EDIT_MOST, Decisions.edit),
        ("like of a comment", LIKE_MOST, Decisions.like_of_comment),
        ("by an account", LIKE_MOST, Decisions.by_account),
    ):
        turn_of_many, turn_of_one = many.turn(kind), one.turn(kind)
        turn_of_many()
        turn_of_one()
        timed = in_turns(turn_of_many, turn_of_one, turns)
        peaks = many.peak(kind, weighed(turns)), one.peak(kind, weighed(turns))
        yield Cost(what=what, most=most, turns=timed, bytes=peaks)


class Decisions:
    """A bus, and a post, a comment and an account of so many versions. At one version each edit has its own post."""

    def __init__(self, store: EventStore, versions: int, body_chars: int) -> None:
        self.bus = CommandBus(store, EventCodec(), all_handlers())
        self._other = CommandBus(store, EventCodec(), all_handlers())
        self._text = "x" * body_chars
        self._versions = versions
        self._post, self._comment, self._holder = ids.uuid7(), ids.uuid7(), f"holder{versions}"
        self._people: Iterator[str] = iter(())
        for stream, event in (
            (account.stream(_AUTHOR), self._registered),
            (account.stream(self._holder), self._profile),
            (post.stream(self._post), self._edited),
            (comment.stream(self._comment), self._said),
        ):
            length = 1 if event == self._registered else versions
            if not store.load(stream):
                fill(store, stream, [event(version) for version in range(1, length + 1)])

    def turn(self, kind: "Kind") -> Callable[[], float]:
        """Makes A_TURN commands, then sends them: the processor seconds that sending took."""

        def turn() -> float:
            ready = [self._ready(kind) for _ in range(A_TURN)]
            began = time.process_time()
            for command, envelope in ready:
                self.bus.send(command, envelope)
            return time.process_time() - began

        return turn

    def peak(self, kind: "Kind", times: int) -> float:
        """The most bytes that one decision had in memory beside what was there before: the median of some."""
        return median(self._weighed(*self._ready(kind)) for _ in range(times))

    def like(self) -> tuple[str, Command]:
        return self._somebody(), like.Like(target=post.stream(self._post))

    def like_of_comment(self) -> tuple[str, Command]:
        return self._somebody(), like.Like(target=comment.stream(self._comment))

    def comment(self) -> tuple[str, Command]:
        return self._somebody(), comment.AddComment(comment=ids.uuid7(), post=self._post, body="Well said.")

    def by_account(self) -> tuple[str, Command]:
        return self._holder, post.NewPost(post=ids.uuid7(), title="t", body=self._text)

    def edit(self) -> tuple[str, Command]:
        id, version = self._post, self._versions
        if version == 1:
            id = ids.uuid7()
            self._do(_AUTHOR, post.NewPost(post=id, title="t", body=self._text))
        else:
            self._versions += 1
        return _AUTHOR, post.EditPost(post=id, version=version, title="t", body=f"{self._text} {ids.uuid7()}")

    def _ready(self, kind: "Kind") -> Ready:
        actor, command = kind(self)
        return command, Envelope(actor=actor, at=ids.now(), command_id=ids.uuid7())

    def _somebody(self) -> str:
        """Who has liked nothing yet."""
        handle = next(self._people, None)
        if handle is None:
            fresh = [f"p{ids.uuid7()}" for _ in range(_PEOPLE)]
            for outcome in self._other.send_batch(
                [(account.RegisterAccount(handle=one), Envelope(actor=one, at=ids.now())) for one in fresh]
            ):
                if isinstance(outcome, Refused):
                    raise outcome
            self._people = iter(fresh)
            handle = next(self._people)
        return handle

    def _do(self, actor: str, command: Command) -> None:
        self._other.send(command, Envelope(actor=actor, at=ids.now()))

    def _weighed(self, command: Command, envelope: Envelope) -> int:
        gc.collect()
        tracemalloc.start()
        try:
            self.bus.send(command, envelope)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def _registered(self, _version: int) -> Event:
        return account.AccountRegistered(handle=_AUTHOR, name="")

    def _profile(self, version: int) -> Event:
        if version == 1:
            return account.AccountRegistered(handle=self._holder, name="")
        return account.ProfileEdited(handle=self._holder, name=f"{version}", bio=self._text)

    def _edited(self, version: int) -> Event:
        body = f"{self._text} {version}"
        if version == 1:
            return post.PostPublished(post=self._post, author=_AUTHOR, title="t", body=body)
        return post.PostEdited(post=self._post, title="t", body=body)

    def _said(self, version: int) -> Event:
        body = f"{self._text} {version}"
        if version > 1:
            return comment.CommentEdited(comment=self._comment, body=body)
        return comment.CommentAdded(
            comment=self._comment, post=self._post, parent=None, root=self._comment, depth=0, author=_AUTHOR, body=body
        )


Kind = Callable[[Decisions], tuple[str, Command]]


def fill(store: EventStore, stream: str, events: Sequence[Event]) -> None:
    """Stores a new stream with a commit for each event, as an import does."""
    codec, (position, chain) = EventCodec(), store.head()
    for begin in range(0, len(events), _AT_ONCE):
        commits: list[SequencedCommit] = []
        for first, event in enumerate(events[begin : begin + _AT_ONCE], begin + 1):
            stored = (codec.encode(event),)
            commit = Commit(
                actor=_AUTHOR, at=ids.now(), events=stored, first=first, id=ids.uuid7(), key=stream, stream=stream
            )
            commits.append(sequenced(commit, position + 1, chain))
            position, chain = commits[-1].position, commits[-1].chain
        store.restore(commits)
