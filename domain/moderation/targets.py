"""Targets: what a report, a case or a decision is about, which is a post, a comment or an account."""

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from domain.account import AccountRegistered, ProfileEdited
from domain.comment import CommentAdded, CommentEdited
from domain.commit import Commit, StoredEvent
from domain.errors import NotFound
from domain.ids import is_id
from domain.post import PostEdited, PostPublished

Kind = Literal["post", "comment", "account"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TEXTS = frozenset(
    event.type for event in (PostPublished, PostEdited, CommentAdded, CommentEdited, AccountRegistered, ProfileEdited)
)
"""The events that bring what others read of a target."""


class Target(msgspec.Struct, frozen=True):
    kind: Kind
    id: str

    @property
    def stream(self) -> str:
        return f"{self.kind}-{self.id}"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """How a target stands while a decision about it is made.

    author: its writer, or the account itself. thread: the id of the post it belongs to, else the account's own.
    text_version: the version that brought today's text. open: whether it stands, and its thread does.
    """

    author: str
    thread: str
    version: int
    text_version: int
    open: bool


class Seen(msgspec.Struct, frozen=True):
    """A text as somebody saw it. version: the one that brought it; digest: its event's, which is salted."""

    version: int
    digest: str


def parse(typed: str) -> Target:
    """The target of a stream's name. Raises NotFound for what can't be one."""
    kind, _, id = typed.partition("-")
    for known in KINDS:
        if kind == known and is_id(id):
            return Target(known, id)
    raise NotFound("There is no such thing.")


def text_seen(commits: Iterable[Commit], version: int) -> Seen | None:
    """The last text that a stream had at a version; None where that version never was. commits: all of the stream's."""
    found, last = None, 0
    for commit in commits:
        for at, stored in enumerate(commit.events, commit.first):
            last = at
            if at <= version and stored.type in TEXTS:
                found = Seen(at, stored.digest)
    return found if 1 <= version <= last else None


def text_before(commits: Iterable[Commit], version: int) -> tuple[Commit, StoredEvent] | None:
    """The event that brought the text which an edit at this version took the place of, and its commit."""
    found = None
    for commit in commits:
        for at, stored in enumerate(commit.events, commit.first):
            if at < version and stored.type in TEXTS:
                found = commit, stored
    return found
