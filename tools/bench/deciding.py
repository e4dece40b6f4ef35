"""Decisions about streams of 10,000 versions, beside those about streams of one, in processor time.

A decision is what the bus does for a command, the append included, in a process that has decided about the stream
before.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from domain import account, comment, ids, like, post
from domain.bus import CommandBus
from domain.commit import Commit, SequencedCommit
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Event
from domain.ports import EventStore
from eventstore.chain import sequenced
from eventstore.codec import EventCodec
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore

from .measure import Row, Timed, alternate, cost_row, timed
from .stack import temporary_stack

VERSIONS = 10_000
TURNS, DECISIONS_A_TURN = 60, 5
MAX_RATIO, MAX_EDIT_RATIO = 1.5, 2.0
BODY = "x" * 200
AUTHOR = "author"
ACCOUNTS_AT_ONCE = 200
RESTORED_AT_ONCE = 500
Sent = tuple[Command, Envelope]


def run(folder: Path, size: int | None) -> Iterator[Row]:
    with closing(SqliteEventStore(folder / "events.db")) as store:
        yield from _rows("decision", store, size or VERSIONS)


def run_on_stack(folder: Path, size: int | None) -> Iterator[Row]:  # noqa: ARG001 nothing is kept in files
    with temporary_stack() as stack, closing(MongoEventStore(stack.store_url)) as store:
        yield from _rows("stack: decision", store, size or VERSIONS)


def _rows(name: str, store: EventStore, versions: int) -> Iterator[Row]:
    turns = min(TURNS, max(2, versions // 10))
    long, short = Decisions(store, versions), Decisions(store, 1)
    for kind, limit in (("like", MAX_RATIO), ("comment", MAX_RATIO), ("edit", MAX_EDIT_RATIO)):
        ours, floor = long.timed(kind), short.timed(kind)
        alternate(ours, floor, 1)
        samples = alternate(ours, floor, turns)
        yield cost_row(
            f"{name}: {kind}",
            samples,
            calls=DECISIONS_A_TURN,
            most=limit,
            method=f"CommandBus.send about a stream of {versions:,} versions. Floor: about one of a single version. "
            f"Processor time, median of {turns} alternate turns of {DECISIONS_A_TURN}.",
        )


class Decisions:
    """A bus, and a post of so many versions. Where that is one, each edit is of a post of its own."""

    def __init__(self, store: EventStore, versions: int) -> None:
        self._bus = CommandBus(store, EventCodec(), all_handlers())
        self._preparing = CommandBus(store, EventCodec(), all_handlers())
        self._versions, self._post = versions, ids.uuid7()
        self._new_people: list[str] = []
        if not store.load(account.stream(AUTHOR)):
            _restore(store, account.stream(AUTHOR), iter([account.AccountRegistered(handle=AUTHOR, name="")]))
        _restore(store, post.stream(self._post), self._history(versions))

    def timed(self, kind: str) -> Timed:
        """Sends commands of a kind, in processor time."""
        make = {"like": self._like, "comment": self._comment, "edit": self._edit}[kind]
        return timed(
            lambda sent: self._bus.send(*sent), lambda: [make() for _ in range(DECISIONS_A_TURN)], time.process_time
        )

    def _like(self) -> Sent:
        return like.Like(target=post.stream(self._post)), _by(self._new_person())

    def _comment(self) -> Sent:
        command = comment.AddComment(comment=ids.uuid7(), post=self._post, body="Well said.")
        return command, _by(self._new_person())

    def _edit(self) -> Sent:
        id, version = self._post, self._versions
        if version == 1:
            id = ids.uuid7()
            self._preparing.send(post.NewPost(post=id, title="t", body=BODY), _by(AUTHOR))
        else:
            self._versions += 1
        return post.EditPost(post=id, version=version, title="t", body=f"{BODY} {ids.uuid7()}"), _by(AUTHOR)

    def _new_person(self) -> str:
        if not self._new_people:
            self._new_people = [f"p{ids.uuid7()}" for _ in range(ACCOUNTS_AT_ONCE)]
            for outcome in self._preparing.send_batch(
                [(account.RegisterAccount(handle=handle), _by(handle)) for handle in self._new_people]
            ):
                if isinstance(outcome, Exception):
                    raise outcome
        return self._new_people.pop()

    def _history(self, versions: int) -> Iterator[Event]:
        yield post.PostPublished(post=self._post, author=AUTHOR, title="t", body=f"{BODY} 1")
        for version in range(2, versions + 1):
            yield post.PostEdited(post=self._post, title="t", body=f"{BODY} {version}")


def _by(actor: str) -> Envelope:
    return Envelope(actor=actor, at=ids.now(), command_id=ids.uuid7())


def _restore(store: EventStore, stream: str, events: Iterator[Event]) -> None:
    """Stores a new stream with a commit for each event, as an import does."""
    codec, (position, chain) = EventCodec(), store.head()
    commits: list[SequencedCommit] = []
    for first, event in enumerate(events, 1):
        encoded = (codec.encode(event),)
        commit = Commit(
            actor=AUTHOR, at=ids.now(), events=encoded, first=first, id=ids.uuid7(), key=stream, stream=stream
        )
        commits.append(sequenced(commit, position + 1, chain))
        position, chain = commits[-1].position, commits[-1].chain
    for at in range(0, len(commits), RESTORED_AT_ONCE):
        store.restore(commits[at : at + RESTORED_AT_ONCE])
