"""Verifies erasures: what is erased and what was announced as erased are the same, and nothing but structure is left.

The digest of an erased event was made over its text, so it says nothing about what is left of it. The erasing event,
which is on the chain, says that instead. See docs/decisions/0041.
"""

from collections.abc import Collection, Iterator
from typing import TypeVar

import msgspec

from domain.commit import Commit, StoredEvent, position_of
from domain.ports import EventStore

from .chain import claim_of
from .codec import EventCodec, skeleton_digest

Version = tuple[str, int]
"""Of a stream."""
AnyCommit = TypeVar("AnyCommit", bound=Commit)


class _Left(msgspec.Struct, frozen=True):
    """What is left of an erased event. misfit: what is wrong with its form; contradicts: what its commit denies."""

    position: int | None
    skeleton: str
    misfit: str
    contradicts: str


class _Announced(msgspec.Struct, frozen=True):
    """What an erasure at a position says of one version; skeleton is None where it is of the first schema."""

    position: int | None
    skeleton: str | None


class _Data(msgspec.Struct, frozen=True):
    erased: tuple[int, ...]
    skeletons: tuple[str, ...] = ()


def announced(event: StoredEvent) -> tuple[int, ...]:
    """The versions that an erasure names: none where the event is no erasure, or where its data is broken, which
    `chain.faults` tells already."""
    return _data(event).erased if _is_erasure(event) else ()


def without(commit: AnyCommit, gone: Collection[Version], codec: EventCodec) -> AnyCommit:
    """The commit without the texts of these events."""
    versions = range(commit.first, commit.last + 1)
    if not any((commit.stream, version) in gone for version in versions):
        return commit
    events = tuple(
        codec.erase(event) if (commit.stream, version) in gone and not event.erased else event
        for version, event in zip(versions, commit.events, strict=True)
    )
    left = msgspec.structs.replace(commit, events=events)
    return msgspec.structs.replace(left, claim=claim_of(left))


class Erasures:
    """Collects what is erased and what was announced as erased, over a whole store or whole streams."""

    def __init__(self) -> None:
        self._codec = EventCodec()
        self._left: dict[Version, _Left] = {}
        self._announced: dict[Version, _Announced] = {}
        self._broken: list[tuple[str, str]] = []

    def see(self, commit: Commit) -> None:
        """Takes in the next commit of its stream."""
        for version, event in enumerate(commit.events, commit.first):
            if event.erased:
                self._left[commit.stream, version] = _Left(
                    position=position_of(commit),
                    skeleton=skeleton_digest(event),
                    misfit=self._codec.misfit(event, commit),
                    contradicts=_contradicted(event, commit),
                )
            if _is_erasure(event):
                self._announce(commit, version, event)

    @property
    def unannounced(self) -> frozenset[Version]:
        """Stream and version of each event that is erased, though nothing that was seen says so."""
        return frozenset(self._left.keys() - self._announced.keys())

    @property
    def undone(self) -> frozenset[Version]:
        """Stream and version of each event that was announced as erased, and was seen with its text."""
        return frozenset(self._announced.keys() - self._left.keys())

    def unexplained(self) -> Iterator[str]:
        """A sentence for each text that is gone without an erasure, or announced as gone and still there, and for each
        erased event of which something else is left than its structure as it was."""
        yield from (sentence for _, sentence in self._racing())
        yield from (sentence for _, sentence in self._altered())

    def altered(self) -> Iterator[str]:
        """Those of unexplained() that don't come of reading while texts are erased."""
        yield from (sentence for _, sentence in self._altered())

    def unexplained_in(self, store: EventStore) -> Iterator[str]:
        """unexplained(), once the streams in question are looked at again: texts are erased while somebody reads.

        An erasure counts as soon as it is stored, before it has its position.
        """
        for stream in sorted({stream for stream, _ in (*self._racing(), *self._altered())}):
            again = Erasures()
            for commit in store.load(stream):
                again.see(commit)
            yield from again.unexplained()

    def _announce(self, commit: Commit, at: int, event: StoredEvent) -> None:
        found, position = _data(event), position_of(commit)
        if event.schema == 1 and not found.skeletons:
            skeletons: tuple[str | None, ...] = (None,) * len(found.erased)
        elif len(found.skeletons) == len(found.erased):
            skeletons = found.skeletons
        else:
            place = _place((commit.stream, at), position)
            self._broken.append((commit.stream, f"{place} doesn't say what is left of each text it erased"))
            return
        self._announced |= {
            (commit.stream, version): _Announced(position, skeleton)
            for version, skeleton in zip(found.erased, skeletons, strict=True)
            if version < at
        }

    def _racing(self) -> Iterator[tuple[str, str]]:
        """By stream: what may be so because the store was read while something was erased."""
        for version in sorted(self.unannounced):
            place = _place(version, self._left[version].position)
            yield version[0], f"{place} is erased, but no event of the stream says so"
        for version in sorted(self.undone):
            position = self._announced[version].position
            by = "" if position is None else f" by position {position}"
            yield version[0], f"{_place(version)} was to be erased{by} and still has its text"

    def _altered(self) -> Iterator[tuple[str, str]]:
        """By stream: what can't be so, whenever the store was read."""
        yield from self._broken
        for version, left in sorted(self._left.items(), key=lambda item: item[0]):
            for wrong in filter(None, (left.misfit, self._differs(version, left))):
                yield version[0], f"{_place(version, left.position)} is erased, but {wrong}"

    def _differs(self, version: Version, left: _Left) -> str:
        """Against the digest in the erasing event; those of the first schema had none, then against the commit."""
        said = self._announced.get(version)
        if said is None:
            return ""
        if said.skeleton is None:
            return left.contradicts
        return "" if said.skeleton == left.skeleton else "what is left of it isn't what its erasure left"


def _is_erasure(event: StoredEvent) -> bool:
    return event.type.endswith("Erased")


def _data(event: StoredEvent) -> _Data:
    """What an erasure names; nothing where its data is broken."""
    try:
        return msgspec.json.decode(event.data, type=_Data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Data(())


def _place(version: Version, position: int | None = None) -> str:
    return f"{version[0]} version {version[1]}" + ("" if position is None else f" (position {position})")


def _contradicted(event: StoredEvent, commit: Commit) -> str:
    """Which of the fields that repeat what the chain covers says something else; "" where none does."""
    kind, _, subject = commit.stream.partition("-")
    sealed = {"author": commit.actor, "post": commit.key}
    sealed |= {"comment": subject} if kind == "comment" else {}
    sealed |= {"account": subject} if kind in ("account", "webhooks") else {}
    try:
        data = msgspec.json.decode(event.data, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    wrong = [name for name, value in sealed.items() if name in data and data[name] != value]
    return f"its {wrong[0]} isn't its commit's" if wrong else ""
