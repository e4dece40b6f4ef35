"""Stored events that can't be decoded here, for those who follow the store: a marked gap, and nothing of what it says.

A newer version wrote them, or they are damaged. What they say is unknown, and so is whether it is for everybody.
"""

import re
from collections.abc import Sequence

import msgspec

from .catalogue import by_type
from .commit import SequencedCommit, StoredEvent
from .errors import Damaged
from .messages import Event
from .ports import Codec

UNREADABLE = "Unreadable"
"""The type of an event in place of one that can't be decoded. Never stored."""
_PUBLIC = re.compile(r"(post|comment|account)-")
_LIKE = re.compile(r"like-((?:post|comment)-[0-9a-f-]{36})-")
_SECRET = ("token-", "webhooks-", "report-", "case-", "appeal-")
_SECRET_TYPES = frozenset(name for name, event in by_type().items() if event.secret)


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """Stands in place of an event. subject: what it is about, as far as everybody may know.

    secret: it would be kept out of every public stream if it could be read.
    """

    subject: str
    secret: bool


Decoded = tuple[SequencedCommit, list[Event | Unreadable]]
"""A commit and its events, in today's shape where they can be read."""


def decoded(codec: Codec, commit: SequencedCommit) -> Decoded:
    return commit, [_even_unreadable(codec, stored, commit) for stored in commit.events]


def unbroken(commits: Sequence[SequencedCommit], after: int, limit: int) -> list[SequencedCommit]:
    """Up to limit commits that begin after a position, with one that can't be read in place of each that is missing."""
    found: list[SequencedCommit] = []
    for commit in commits:
        missing = range(after + 1, min(commit.position, after + 1 + limit))
        found += [*map(_missing, missing), commit]
        after = commit.position
    return found[:limit]


def _even_unreadable(codec: Codec, stored: StoredEvent, commit: SequencedCommit) -> Event | Unreadable:
    try:
        return codec.decode(stored, commit)
    except Damaged:
        secret = stored.type in _SECRET_TYPES or commit.stream.startswith(_SECRET)
        return Unreadable(_subject(commit), secret)


def _subject(commit: SequencedCommit) -> str:
    """The stream, where everybody may know of it; of a like what is liked. Other streams may be private ones."""
    if _PUBLIC.match(commit.stream):
        return commit.stream
    liked = _LIKE.match(commit.stream)
    return liked[1] if liked else f"position-{commit.position}"


def _missing(position: int) -> SequencedCommit:
    event = StoredEvent(data=msgspec.Raw(b'""'), digest="", schema=0, type=UNREADABLE)
    return SequencedCommit(
        actor="", at="", chain="", events=(event,), first=1, id="", key="", position=position, stream=""
    )
