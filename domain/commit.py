"""The commit: what one command stored. The unit of atomicity, of ordering and of the hash chain."""

import hashlib
from collections.abc import Collection, Iterable

import msgspec

from .ids import Digest, EventType, Id, Moment, StreamName, Trace
from .messages import Command

_CANONICAL = msgspec.json.Encoder(order="sorted")


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One event as kept.

    data    canonical JSON of the event's fields; only its structure is left once erased
    salt    32 hex digits; None once erased
    digest  hex sha256 of the salt's text followed by the data's canonical JSON, as first written
    """

    data: msgspec.Raw
    digest: Digest
    erased: bool = False
    salt: Digest | None = None
    schema: int
    type: EventType


class Commit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One document: its events, who and when. Why is text of its events.

    first           version of its first event in its stream, from 1
    actor           the id of an account, or OPERATOR
    claim           what nobody else may have, such as "handle:mira"; not sealed, and gone once the handle is erased
    key             the thread's post id, else the account's id: what must stay in order with what
    command_digest  hex sha256 of the first event's salt and the command, to tell a repeat from a reuse
    command_id      what stored_command_id gives
    It has no place in the global order yet, or whoever read it didn't ask for that: see SequencedCommit.
    """

    actor: Id
    at: Moment
    causation_id: Trace | None = None
    claim: str | None = None
    command_digest: Digest | None = None
    command_id: Digest | None = None
    correlation_id: Trace | None = None
    events: tuple[StoredEvent, ...]
    first: int
    id: Id
    key: Id
    stream: StreamName
    traceparent: Trace | None = None

    @property
    def last(self) -> int:
        """The version of its last event, which is the stream's version after it."""
        return self.first + len(self.events) - 1


class SequencedCommit(Commit, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A commit with its place in the one global order. What needs a position asks for this type.

    position  from 1, without holes
    chain     hex sha256 over the previous chain, this commit without data, salt and claim, and position
    """

    chain: Digest
    position: int


def position_of(commit: Commit) -> int | None:
    """None where it has no position yet."""
    return commit.position if isinstance(commit, SequencedCommit) else None


def sequenced_only(commits: Iterable[Commit]) -> list[SequencedCommit]:
    """Those that have their place in the global order, in the order in which they come."""
    return [commit for commit in commits if isinstance(commit, SequencedCommit)]


def stored_command_id(actor: str, command_id: str) -> Digest:
    """What stands for it in the store, where it is sealed: command ids of one actor never meet another's, and programs
    may call theirs by anything."""
    return hashlib.sha256(f"{actor}:{command_id}".encode()).hexdigest()


def stored_digest(command: Command, salt: str) -> str:
    """What a commit says of its command. Whom that names isn't in it: many salts stay for ever, and whoever tried all
    handles would learn which one it was."""
    return digest(command, salt, left_out=("handle", *command.regenerated))


def digest(command: Command, salt: str, left_out: Collection[str] | None = None) -> str:
    """Equal for two commands that say the same; "" for one that can't be written down, and is never stored. left_out:
    fields that don't count, by default those that are regenerated."""
    left_out = command.regenerated if left_out is None else left_out
    said = {name: getattr(command, name) for name in command.__struct_fields__ if name not in left_out}
    try:
        body = _CANONICAL.encode([type(command).__name__, said])
    except UnicodeEncodeError:
        return ""
    return hashlib.sha256(salt.encode() + body).hexdigest()
