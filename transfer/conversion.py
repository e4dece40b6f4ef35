"""Converts an export in which commits name people by their handles to one that names them by ids, and seals no reason.

Every commit keeps its place, id and time, and what it says; the chain is made anew. Ids are random, so converting twice
gives two sites. See docs/decisions/0095.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from domain import ids
from domain.account import AccountRegistered
from domain.commit import Commit, SequencedCommit, StoredEvent, stored_command_id
from domain.errors import Damaged
from domain.handle import HandleClaimed, claim
from domain.messages import Erasure, Event
from domain.rights import OPERATOR
from eventstore.chain import sequenced
from eventstore.codec import EventCodec, canonical_json, digest, encode_commit, skeleton_digest
from eventstore.erasures import Erasures

from .jsonl_export import BATCH_COMMITS, BadExport, Ending, encoded_ending
from .old_export import Evidence, OldCommit, OldExport
from .progress import Progress, no_progress

_OF_A_PERSON = frozenset({"account", "token", "webhooks"})
"""Kinds of streams that one person has, and whose commands name them."""


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a conversion. strangers: who acted and never registered."""

    path: Path
    evidence: Evidence
    chain: str
    people: int
    strangers: int
    seconds: float

    def text(self) -> str:
        rate = self.evidence.commits / self.seconds if self.seconds else 0.0
        commits, people = f"{self.evidence.commits:,} commits", f"{self.people:,} people"
        lines = [
            f"{commits} of {people} converted in {self.seconds:,.1f} s ({rate:,.0f}/s).",
            f"The chain that ended with {self.evidence.chain} ends with {self.chain} now; the first commit says so.",
            f"Import {self.path} into an empty site.",
        ]
        if self.strangers:
            lines.insert(1, f"{self.strangers:,} who acted and never registered have ids without an account.")
        return "\n".join(lines)


def convert(path: Path, out: BinaryIO, to: Path, progress: Progress = no_progress) -> Converted:
    """Writes the export in `path` in today's format; to is what the file will be called. Memory grows with the numbers
    of people and of erased texts alone.

    Raises BadExport, which names the line, where it isn't as it was written, or holds what this version doesn't know.
    """
    began = time.monotonic()
    export = OldExport(path)
    evidence = export.verify(progress)
    people = _People(export.registrations)
    conversion = _Conversion(people, evidence)
    erasures, chain = Erasures(), ""
    for position, old in enumerate(export.commits(), 1):
        commit = conversion.commit(old, chain, path)
        erasures.see(commit)
        out.write(encode_commit(commit) + b"\n")
        chain = commit.chain
        if position % BATCH_COMMITS == 0 or position == evidence.commits:
            progress(position, evidence.commits)
    for fault in erasures.unexplained():
        raise BadExport(f"{path}: {fault}. Nothing was written.")
    out.write(encoded_ending(Ending(chain=chain, commits=evidence.commits)))
    seconds = time.monotonic() - began
    registered, strangers = len(export.registrations), people.strangers
    return Converted(path=to, evidence=evidence, chain=chain, people=registered, strangers=strangers, seconds=seconds)


class _People:
    """Gives each handle an id, which tells when its account was registered and nothing else: it can't be guessed."""

    def __init__(self, registrations: dict[str, str]) -> None:
        self._ids = {handle: _id_made(at) for handle, at in registrations.items()}
        self.strangers = 0

    def id(self, handle: str, at: str) -> str:
        """at: of the commit that names them, for those who never registered."""
        if handle == OPERATOR:
            return handle
        if handle not in self._ids:
            self.strangers += 1
            self._ids[handle] = _id_made(at)
        return self._ids[handle]


def _id_made(at: str) -> str:
    return ids.uuid7(int(datetime.fromisoformat(at).timestamp() * 1000), os.urandom(10))


class _Conversion:
    """Converts commit after commit, in order of position."""

    def __init__(self, people: _People, evidence: Evidence) -> None:
        self._people = people
        self._evidence = evidence
        self._codec = EventCodec()
        self._skeletons: dict[tuple[str, int], str] = {}
        """Of what is erased, by stream and version; the erasure that comes later says so."""

    def commit(self, old: OldCommit, previous: str, path: Path) -> SequencedCommit:
        """previous: the chain before it. path: what a fault is said of."""
        actor = self._people.id(old.actor, old.at)
        stream = self._stream(old)
        first = old.first + 1 if old.kind == "account" and old.first > 1 else old.first
        handle = _registered_handle(old)
        named = _named_by(old)
        commit = Commit(
            actor=actor,
            at=old.at,
            causation_id=self._caused_by(old),
            claim=claim(handle) if handle else None,
            command_digest=old.command_digest if _keeps_salts(old) else None,
            command_id=stored_command_id(actor, named) if named else None,
            correlation_id=ids.sealable(old.correlation_id) if old.correlation_id else None,
            events=(),
            first=first,
            id=old.id,
            key=self._people.id(old.key, old.at) if old.kind in _OF_A_PERSON else old.key,
            stream=stream,
            traceparent=old.traceparent,
        )
        try:
            events = tuple(self._events(old, commit, handle))
        except Damaged as error:
            said = ", ".join(f"{one.type} of schema {one.schema}" for one in old.events)
            fault = f"this version can't read what commit {old.id} holds ({said})"
            raise BadExport(f"{path} line {old.position}: {fault}. Nothing was written.") from error
        return sequenced(msgspec.structs.replace(commit, events=events), old.position, previous)

    def _stream(self, old: OldCommit) -> str:
        if old.kind in ("account", "webhooks"):
            return f"{old.kind}-{self._people.id(old.stream.partition('-')[2], old.at)}"
        if old.kind == "like":
            target = old.stream.removesuffix(f"-{old.actor}")
            return f"{target}-{self._people.id(old.actor, old.at)}"
        return old.stream

    def _caused_by(self, old: OldCommit) -> str | None:
        """The first commit is sealed together with what it was converted from."""
        if old.position > 1:
            return ids.sealable(old.causation_id) if old.causation_id else None
        said = {"converted": msgspec.to_builtins(self._evidence)}
        if old.causation_id is not None:
            said["causation_id"] = ids.sealable(old.causation_id)
        return canonical_json(said).decode()

    def _events(self, old: OldCommit, commit: Commit, handle: str) -> Iterator[StoredEvent]:
        version = commit.first
        if old.reason and not any("reason" in known.__struct_fields__ for known in self._known(old)):
            raise Damaged(f"commit {old.id} has a reason that none of its events has a place for")
        for stored in old.events:
            event = self._today(self._codec.decode(stored, commit), old, commit)
            converted = self._stored(stored, event, keeps_salt=_keeps_salts(old))
            if converted.erased:
                self._skeletons[commit.stream, version] = skeleton_digest(converted)
            yield converted
            version += 1
            if isinstance(event, AccountRegistered):
                yield self._codec.encode(HandleClaimed(account=event.account, handle=handle))
                version += 1

    def _known(self, old: OldCommit) -> Iterator[type[Event]]:
        return filter(None, (self._codec.known(event.type) for event in old.events))

    def _today(self, event: Event, old: OldCommit, commit: Commit) -> Event:
        """The event, which still has handles in place of ids, with what its commit says of it."""
        changes: dict[str, Any] = {}
        for name in ("account", "author"):
            if name in event.__struct_fields__:
                changes[name] = self._people.id(getattr(event, name), old.at)
        if getattr(event, "account_version", 0):
            changes["account_version"] = _version(event.account_version)  # type: ignore[attr-defined]
        if isinstance(event, Erasure):
            erased = tuple(map(_version, event.erased)) if old.kind == "account" else event.erased
            left = tuple(self._skeletons.get((commit.stream, one), "") for one in erased)
            changes |= {"erased": erased, "skeletons": left}
        if old.reason and "reason" in event.__struct_fields__:
            changes["reason"] = old.reason
        return msgspec.structs.replace(event, **changes)

    def _stored(self, old: StoredEvent, event: Event, *, keeps_salt: bool) -> StoredEvent:
        """In today's schema. What is erased stays so: nobody knows what its digest was made over."""
        stored = self._codec.encode(event)
        if old.erased:
            return self._codec.erase(stored)
        if not keeps_salt or old.salt is None:
            return stored
        return msgspec.structs.replace(stored, salt=old.salt, digest=digest(old.salt, memoryview(stored.data)))


def _registered_handle(old: OldCommit) -> str:
    """Who registers with this commit; "" where nobody does."""
    registers = old.kind == "account" and any(one.type == AccountRegistered.type for one in old.events)
    return old.stream.partition("-")[2] if registers else ""


def _version(old: int) -> int:
    """A version of an account's stream, now that its handle is claimed by the second one."""
    return old if old == 1 else old + 1


def _named_by(old: OldCommit) -> str | None:
    """What its sender called the command."""
    return old.command_id.removeprefix(f"{old.actor}:") if old.command_id else None


def _keeps_salts(old: OldCommit) -> bool:
    """Whether a repeated command can be compared still: its digest was made with the salt of the commit's first event.

    Commands about a person name them by handle, and such a digest would tell it to whoever tries all handles. So would
    the old chain in the first commit, if anybody could make the first of its links from what is left here.
    """
    return old.kind not in _OF_A_PERSON and old.position > 1
