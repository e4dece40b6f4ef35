"""Between events and their stored form: canonical JSON, salts, digests, the chain, and upcasting.

Canonical JSON is what `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`
gives; anyone can recompute a digest or the chain from an export with that and sha256 alone.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, TypeVar, get_args

import msgspec

from domain import gaps
from domain.catalogue import by_type
from domain.commit import Commit, SequencedCommit, StoredEvent
from domain.errors import Damaged
from domain.messages import Event

from .upcasters import UPCASTERS, Upcaster

_CANONICAL = msgspec.json.Encoder(order="sorted")
_COMMIT = msgspec.json.Decoder(Commit)
_SEQUENCED = msgspec.json.Decoder(SequencedCommit)
AnyCommit = TypeVar("AnyCommit", Commit, SequencedCommit)


UNREADABLE = gaps.UNREADABLE
"""The type of an event in place of one whose commit can't be decoded. Never stored."""


class EventCodec:
    """Encodes to the newest schema; decodes every schema there ever was. Safe to share between threads.

    types: stored name → class; upcasters: (stored name, schema read) → the step to the next one.
    """

    def __init__(
        self,
        types: Mapping[str, type[Event]] | None = None,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        self._types = by_type() if types is None else types
        self._upcasters = upcasters
        self._decoders = {name: msgspec.json.Decoder(event) for name, event in self._types.items()}
        self._erased = {name: _erased_fields(event) for name, event in self._types.items()}

    def encode(self, event: Event) -> StoredEvent:
        """Canonical data, a fresh salt and the digest over both."""
        data = _CANONICAL.encode(event)
        salt = os.urandom(16).hex()
        return StoredEvent(
            data=msgspec.Raw(data), digest=digest(salt, data), salt=salt, schema=event.schema, type=event.type
        )

    def decode(self, stored: StoredEvent, where: Commit) -> Event:
        """The event in today's shape. Raises Damaged, which names the commit and what to do."""
        known = self._types.get(stored.type)
        if stored.type == UNREADABLE:
            raise Damaged(f"{where.stream} version {where.first}: {msgspec.json.decode(stored.data)}")
        if known is None or stored.schema > known.schema:
            raise Damaged(
                f"commit {where.id} ({where.stream} version {where.first}) has an event {stored.type} of schema "
                f"{stored.schema}, which this version of Verbatim doesn't know. Run the one that wrote it, or newer."
            )
        try:
            if stored.schema == known.schema and not stored.erased:
                return self._decoders[stored.type].decode(stored.data)
            return msgspec.convert(self._today(stored, known), known)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise Damaged(
                f"commit {where.id} ({where.stream} version {where.first}) has a malformed {stored.type}: {error}. "
                "Restore the store from a backup, or park the stream."
            ) from error

    def faults(self, commit: Commit) -> Iterator[str]:
        """A sentence for each event that this version can't read; storing it would park its stream."""
        for event in commit.events:
            try:
                self.decode(event, commit)
            except Damaged as error:
                yield str(error)

    def known(self, name: str) -> type[Event] | None:
        """The class behind a stored name."""
        return self._types.get(name)

    def erase(self, stored: StoredEvent) -> StoredEvent:
        """The event without its erasable fields and its salt; what was there can't be guessed from the digest."""
        known = self._types[stored.type]
        data = msgspec.json.decode(stored.data)
        kept = {name: value for name, value in data.items() if name not in known.erasable}
        return msgspec.structs.replace(stored, data=msgspec.Raw(_CANONICAL.encode(kept)), erased=True, salt=None)

    def skeleton(self, stored: StoredEvent) -> str:
        """hex sha256 of the canonical JSON that is left of the event's data once it is erased."""
        return skeleton_digest(stored if stored.erased else self.erase(stored))

    def misfit(self, stored: StoredEvent, where: Commit) -> str:
        """What an erased event has that it can't have, or lacks; "" where it is exactly its structure.

        An event of a type or schema that isn't known can't be looked at, and nothing is said of it.
        """
        known = self._types.get(stored.type)
        if known is None or stored.schema > known.schema:
            return ""
        if stored.salt is not None:
            return "it still has its salt"
        try:
            data = msgspec.json.decode(stored.data, type=dict[str, Any])
            today = self._today(stored, known)
            self.decode(stored, where)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, Damaged):
            return "what is left of it can't be read"
        strange = (data.keys() & set(known.erasable)) | (today.keys() ^ set(known.__struct_fields__))
        if strange:
            return f"{', '.join(sorted(strange))} can't be, or can't be missing, in what is left of it"
        return "" if _CANONICAL.encode(data) == bytes(stored.data) else "what is left of it isn't canonical JSON"

    def _today(self, stored: StoredEvent, known: type[Event]) -> dict[str, Any]:
        """The data in today's shape. What was erased reads as such from the first step on."""
        data: dict[str, Any] = msgspec.json.decode(stored.data)
        if stored.erased:
            data |= self._erased[stored.type]
        for schema in range(stored.schema, known.schema):
            data = self._upcasters[stored.type, schema](data)
        return data


def _erased_fields(event: type[Event]) -> dict[str, str | None]:
    """What each erasable field reads as once it is erased: None where its type has that, else empty text."""
    fields = {field.name: field.type for field in msgspec.structs.fields(event)}
    return {name: None if NoneType in get_args(fields[name]) else "" for name in event.erasable}


def canonical_json(value: Any) -> bytes:
    """As the module says; also of structs."""
    return _CANONICAL.encode(value)


def digest(salt: str, data: bytes | memoryview) -> str:
    """hex sha256(salt's text ‖ canonical JSON of data)."""
    return hashlib.sha256(salt.encode() + data).hexdigest()


def skeleton_digest(erased: StoredEvent) -> str:
    """hex sha256 of the canonical JSON of an erased event's data."""
    return hashlib.sha256(memoryview(erased.data)).hexdigest()


def unreadable(stream: str, first: int, last: int, why: str) -> Commit:
    """What stands for a stored commit that can't be decoded: its place, and events that refuse to be read."""
    data = msgspec.Raw(_CANONICAL.encode(why))
    event = StoredEvent(data=data, digest="", schema=0, type=UNREADABLE)
    events = (event,) * max(1, last - first + 1)
    return Commit(actor="", at="", events=events, first=first, id="", key="", stream=stream)


def encode_commit(commit: Commit) -> bytes:
    """One commit as canonical JSON, without line end; absent fields are left out."""
    return _CANONICAL.encode(commit)


def decode_commit(document: bytes | str) -> Commit:
    """A commit from its JSON, without its place in the order. Raises Damaged where it isn't one."""
    return _decoded(_COMMIT, document)


def decode_sequenced(document: bytes | str) -> SequencedCommit:
    """A commit with position and chain from its JSON. Raises Damaged where it isn't one, or lacks them."""
    return _decoded(_SEQUENCED, document)


def _decoded(decoder: "msgspec.json.Decoder[AnyCommit]", document: bytes | str) -> AnyCommit:
    try:
        return decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a stored commit is malformed ({error}): {document[:120]!r}…") from error
