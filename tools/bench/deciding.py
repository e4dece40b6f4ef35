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
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.ports import EventStore
from eventstore.codec import EventCodec
from eventstore.mongo.store import MongoEventStore
from eventstore.sqlite.store import SqliteEventStore

from .measure import Row, Timed, alternate, cost_row, per_call, timed
from .site import send_all
from .stack import temporary_stack

VERSIONS = 10_000
TURNS, DECISIONS_A_TURN = 60, 5
MAX_RATIO, MAX_EDIT_RATIO = 1.5, 2.0
BODY = "x" * 200
ACCOUNTS_AT_ONCE = 200
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
        yield cost_row(f"{name}: {kind}", samples, per_call(DECISIONS_A_TURN), most=limit)


class Decisions:
    """A bus, and a post of so many versions. Where that is one, each edit is of a post of its own."""

    def __init__(self, store: EventStore, versions: int) -> None:
        self._bus = CommandBus(store, EventCodec(), all_handlers())
        self._preparing = CommandBus(store, EventCodec(), all_handlers())
        self._new_people: list[str] = []
        self._versions = versions
        self._author = self._new_person()
        self._post = self._new_post()
        for version in range(1, versions):
            self._preparing.send(*self._edit_of(self._post, version))

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
        if self._versions == 1:
            return self._edit_of(self._new_post(), 1)
        self._versions += 1
        return self._edit_of(self._post, self._versions - 1)

    def _edit_of(self, id: str, version: int) -> Sent:
        return post.EditPost(post=id, version=version, title="t", body=f"{BODY} {ids.uuid7()}"), _by(self._author)

    def _new_post(self) -> str:
        return self._preparing.send(post.NewPost(post=ids.uuid7(), title="t", body=BODY), _by(self._author)).subject

    def _new_person(self) -> str:
        if not self._new_people:
            handles = [f"p{ids.uuid7()}" for _ in range(ACCOUNTS_AT_ONCE)]
            registered = send_all(self._preparing, [(account.RegisterAccount(handle=one), _by(one)) for one in handles])
            self._new_people = [receipt.subject for receipt in registered]
        return self._new_people.pop()


def _by(actor: str) -> Envelope:
    return Envelope(actor=actor, at=ids.now(), command_id=ids.uuid7())
