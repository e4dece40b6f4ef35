"""Restores sequenced commits, such as those of an export, into MongoDB with the positions that they had."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pymongo.errors import BulkWriteError

from domain.commit import SequencedCommit
from domain.errors import Damaged
from eventstore.chain import sequenced

from .connection import chunks, translating_errors
from .documents import document_of
from .positions import MAX_BATCH_COMMITS

if TYPE_CHECKING:
    from .store import MongoEventStore


def restore(store: "MongoEventStore", commits: Sequence[SequencedCommit]) -> None:
    """All or none, where one doesn't continue the store. A crash midway leaves the first ones, in order; those left
    pending then get the positions that they had."""
    _require_continuation(store, commits)
    last = store.positions.last()
    for some in chunks(commits, MAX_BATCH_COMMITS):
        last = last.following(some)
        documents = [document_of(commit) | {"waiting": store.unsequenced_commits.arrival_stamp()} for commit in some]
        with translating_errors():
            try:
                store.commits.insert_many(documents, ordered=True)
            except BulkWriteError as error:
                raise _concurrent_write(f"{error.details['writeErrors']}") from error
        if not store.positions.insert_batch(last):
            raise _concurrent_write(f"another commit has position {last.base + 1}")
        store.unsequenced_commits.clear_pending(last.keys)


def _require_continuation(store: "MongoEventStore", commits: Sequence[SequencedCommit]) -> None:
    position, chain = store.head()
    lasts = {stream: found[-1].last for stream, found in store.load_many({c.stream for c in commits}).items()}
    commands = [commit.command_id for commit in commits if commit.command_id is not None]
    with translating_errors():
        used = {found["_id"] for found in store.commits.find({"_id": {"$in": commands}}, {"_id": 1})}
        idle = store.commits.find_one({"waiting": {"$gt": 0}}) is None
    for commit in commits:
        next_version = lasts.get(commit.stream, 0) + 1
        follows = sequenced(commit, position + 1, chain) == commit and commit.first == next_version
        if not (idle and follows) or commit.command_id in used:
            raise Damaged(f"Commit {commit.id} at position {commit.position} doesn't follow what is stored.")
        position, chain = commit.position, commit.chain
        lasts[commit.stream] = commit.last
        used |= {commit.command_id} - {None}


def _concurrent_write(what: str) -> Damaged:
    return Damaged(
        "Somebody wrote to the store while an export was being restored, so that it doesn't follow what is stored any "
        f"more: {what}. Stop the site, empty the store, and start again."
    )
