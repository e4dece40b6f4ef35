"""Given events, when a command is sent, then events are stored or it is refused: through the real bus."""

from collections.abc import Callable
from typing import Any, Self

import msgspec

from domain import account, comment, handle, like, post, site, token, webhook
from domain.bus import CommandBus
from domain.commit import Commit
from domain.errors import Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Erasure, Event, Receipt
from domain.moderation import appeal, bulk, report, suspension
from domain.moderation import case as cases
from domain.rights import OPERATOR
from eventstore.codec import EventCodec
from tests.eventstore.memory import MemoryEventStore
from tests.people import id_of

AT = "2026-11-24T06:00:00.000000Z"
POST, COMMENT, REPLY = (f"0192abcd-0000-7000-8000-00000000000{digit}" for digit in "123")
NOBODY = "0192abcd-0000-7000-8000-0000000000ff"


class Case:
    """One story. `given` and `when` can alternate; `then` and `refused` look at the last `when`."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()
        self.codec = EventCodec()
        self.bus = CommandBus(self.store, self.codec, all_handlers())
        self.outcome: Receipt | Refused | None = None
        self.stored: list[Commit] = []

    def given(self, *events: Event, by: str = "ada") -> Self:
        for event in events:
            stream = stream_of(event)
            first = sum(len(commit.events) for commit in self.store.load(stream)) + 1
            stored = (self.codec.encode(event),)
            claim = handle.claim(event.handle) if isinstance(event, handle.HandleClaimed) else None
            actor = by if by == OPERATOR else id_of(by)
            self.store.append(
                Commit(actor=actor, at=AT, claim=claim, events=stored, first=first, id=NOBODY, key="", stream=stream)
            )
        return self

    def when(
        self, command: Command, by: str = "ada", command_id: str | None = None, seen: tuple[int, ...] | None = None
    ) -> Self:
        before = self.store.head()[0]
        sent = Envelope(actor=by, at=getattr(command, "now", AT), command_id=command_id, seen=seen)
        try:
            self.outcome = self.bus.send(command, sent)
        except Refused as refusal:
            self.outcome = refusal
        self.stored = self.store.read(before, 100)
        return self

    def then(self, *events: Event) -> Self:
        assert isinstance(self.outcome, Receipt), self.outcome
        stored = [self.codec.decode(event, commit) for commit in self.stored for event in commit.events]
        assert [_decided(event) for event in stored] == list(events)
        return self

    def refused(self, kind: type[Refused], words: str = "") -> Self:
        assert type(self.outcome) is kind, self.outcome
        assert words in str(self.outcome)
        assert self.stored == []
        return self

    def refused_somehow(self) -> Self:
        assert isinstance(self.outcome, Refused), self.outcome
        assert self.stored == []
        return self


def _decided(event: Event) -> Event:
    """As it was decided: what an erasure leaves is added by the bus."""
    return msgspec.structs.replace(event, skeletons=()) if isinstance(event, Erasure) else event


def person(called: str, *roles: str) -> list[Event]:
    granted = [account.RoleGranted(account=id_of(called), role=role) for role in roles]
    registered = account.AccountRegistered(account=id_of(called), name="")
    return [registered, handle.HandleClaimed(account=id_of(called), handle=called), *granted]


def people() -> Case:
    """ada and bob, a moderator mod, an admin root, and sus, who is suspended."""
    case = Case().given(*person("ada"), *person("bob"), *person("mod", "moderator"), *person("root", "admin"))
    return case.given(*person("sus"), suspension.AccountSuspended(account=id_of("sus")))


def published(id: str = POST, author: str = "ada") -> post.PostPublished:
    return post.PostPublished(post=id, author=id_of(author), title="Hello", body="World")


def added(id: str = COMMENT, author: str = "ada", parent: str | None = None, depth: int = 0) -> comment.CommentAdded:
    return comment.CommentAdded(
        comment=id, post=POST, parent=parent, root=COMMENT, depth=depth, author=id_of(author), body="Indeed"
    )


def stream_of(event: Any) -> str:
    """Of a report or an appeal that doesn't say whose it is: bob's report, ada's appeal."""
    streams: tuple[tuple[Any, Callable[[], str]], ...] = (
        (post, lambda: post.stream(event.post)),
        (comment, lambda: comment.stream(event.comment)),
        (like, lambda: like.stream(event.target, event.account)),
        (token, lambda: token.stream(event.token)),
        (webhook, lambda: webhook.stream(event.account)),
        (site, site.stream),
        (report, lambda: report.stream(event.target, getattr(event, "reporter", id_of("bob")))),
        (bulk, lambda: bulk.stream(event.batch)),
        (cases, lambda: cases.stream(event.target)),
        (appeal, lambda: appeal.stream(event.decision, getattr(event, "account", id_of("ada")))),
        (account, lambda: account.stream(event.account)),
    )
    return next(stream() for module, stream in streams if isinstance(event, module.EVENTS))
