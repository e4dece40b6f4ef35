"""Finds erased texts that are still somewhere: they may be in no file and no document."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bson import encode

from domain.commit import Commit, stored_command_id
from domain.ports import EventStore
from eventstore.mongo.store import MongoEventStore

from .accounts import by_commits
from .ledger import Intent, Ledgers

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
    commits = list(commits)
    ledgers = by_commits(ledgers, commits)
    gone = {commit.command_id for commit in commits if any(event.erased for event in commit.events)}
    marks = [one.id for one in ledgers.intents if one.marked and stored_command_id(one.actor, one.id) in gone]
    return [phrase.format(mark).encode() for mark in marks for phrase in _PHRASES]


def found_in_files(folder: Path, wanted: Sequence[bytes]) -> Iterator[str]:
    """A sentence for each phrase in any file below a folder, whatever the file is."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield from _held(str(path.relative_to(folder)), path.read_bytes(), wanted)


def found_in_documents(store: EventStore, wanted: Sequence[bytes]) -> Iterator[str]:
    """The same for the documents of MongoDB; a store in a file is looked at with the files."""
    if not isinstance(store, MongoEventStore):
        return
    for name in store.database.list_collection_names():
        for document in store.database[name].find():
            yield from _held(f"{name} {document['_id']}", encode(document), wanted)


def _held(holder: str, content: bytes, wanted: Sequence[bytes]) -> Iterator[str]:
    return (f"{holder} still holds {phrase.decode()!r}" for phrase in wanted if phrase in content)
