"""Finds erased texts that are still somewhere: they may be in no file and no document."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bson import encode

from domain.commit import Commit
from domain.ports import EventStore
from eventstore.mongo.store import MongoEventStore

from .ledger import Intent, Ledgers

CHUNK_BYTES = 1 << 20
_PHRASES = ("Once and only once: {}", "Changed: {}", "Again {}")
"""How texts hold the id of their command: the id alone stands in the commit as well, for good."""


def erased_posts(ledgers: Ledgers) -> frozenset[str]:
    """The posts that somebody erased, or may have."""
    return frozenset(intent.post for intent in ledgers.intents if intent.event == "PostErased")


def is_erasable(intent: Intent) -> bool:
    """Whether an erasure of its post takes its text."""
    return intent.event in ("PostPublished", "PostEdited")


def phrases(ledgers: Ledgers, commits: Iterable[Commit]) -> list[bytes]:
    """What no file may hold any more: of each text whose event is erased in the store."""
    gone = {commit.command_id for commit in commits if any(event.erased for event in commit.events)}
    marks = [one.id for one in ledgers.intents if one.marked and f"{one.actor}:{one.id}" in gone]
    return [phrase.format(mark).encode() for mark in marks for phrase in _PHRASES]


def found_in_files(folder: Path, wanted: Iterable[bytes]) -> Iterator[str]:
    """A sentence for each phrase in any file below a folder, whatever the file is."""
    wanted_list = list(wanted)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for phrase in _in_file(path, wanted_list):
            yield f"{path.relative_to(folder)} still holds {phrase.decode()!r}"


def found_in_documents(store: EventStore, wanted: Iterable[bytes]) -> Iterator[str]:
    """The same for the documents of MongoDB; a store in a file is looked at with the files."""
    if not isinstance(store, MongoEventStore):
        return
    wanted_list = list(wanted)
    for name in store.database.list_collection_names():
        for document in store.database[name].find():
            body = encode(document)
            yield from (f"{name} {document['_id']} still holds {p.decode()!r}" for p in wanted_list if p in body)


def _in_file(path: Path, wanted_list: list[bytes]) -> list[bytes]:
    """Those that are in it, also across the edge of two pieces that it is read by."""
    found: set[bytes] = set()
    overlap = max(map(len, wanted_list), default=1) - 1
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            rest += piece
            found.update(phrase for phrase in wanted_list if phrase not in found and phrase in rest)
            rest = rest[-overlap:] if overlap else b""
    return sorted(found)
