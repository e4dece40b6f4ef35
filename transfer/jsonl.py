"""Exports as JSON Lines, a commit a line, canonical, in order of position; and takes such an export in again."""

import time
from collections.abc import Iterator
from itertools import chain as chained
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from domain.commit import SequencedCommit
from domain.errors import Damaged, Refused
from domain.ports import EventStore
from eventstore.chain import Erasures, faults
from eventstore.codec import UNREADABLE, EventCodec, decode_sequenced, encode_commit

from .progress import Progress, Stopped, estimated, never, silent
from .source import Source

BATCH = 500
_WHOLE = "This is not what was exported, so nothing was stored. Make the export again, or look for the change."


class BadExport(Refused):
    """The file isn't an export that fits this store; nothing of the batch was stored. Names the line."""


class Restored(msgspec.Struct):
    """Counts of commits."""

    path: Path
    stored: int = 0
    already: int = 0
    seconds: float = 0.0
    stopped: bool = False

    @property
    def failed(self) -> bool:
        return self.stopped

    def text(self) -> str:
        rate = (self.stored + self.already) / self.seconds if self.seconds else 0.0
        counts = f"{self.stored:,} commits stored, {self.already:,} already there"
        said = f"{counts} in {self.seconds:,.1f} s ({rate:,.0f}/s)."
        return said + (f"\nStopped. To go on, import {self.path} again." if self.stopped else "")


def export(store: EventStore, out: BinaryIO, progress: Progress = silent) -> int:
    """Writes every commit up to the head, and gives their number. Memory doesn't grow with the store."""
    done = 0
    total = store.head()[0]
    for page in _pages(store):
        out.writelines(_line(commit) for commit in page)
        done += len(page)
        progress(done, max(total, done))
    return done


def _line(commit: SequencedCommit) -> bytes:
    """Raises Damaged for a commit that can't be read: an export that leaves it out would be no backup."""
    if commit.events[0].type == UNREADABLE:
        raise Damaged(f"position {commit.position} ({commit.stream}) can't be read. `bin/verbatim verify` says more.")
    return encode_commit(commit) + b"\n"


def restore(path: Path, store: EventStore, *, progress: Progress = silent, stopped: Stopped = never) -> Restored:
    """Takes an export into an empty store, or into one that holds the beginning of the same export.

    The whole file is verified first: form, positions, chain, digests, erasures. Raises BadExport, which
    names the line and says what to do.
    """
    began = time.monotonic()
    _verify(path, progress)
    restored = Restored(path=path)
    kept = chained.from_iterable(_pages(store))
    with Source(path) as source:
        commits = _commits(source)
        while batch := list(islice(commits, BATCH)):
            fresh = [commit for commit in batch if not _is_kept(commit, next(kept, None))]
            restored.already += len(batch) - len(fresh)
            _store(store, fresh)
            restored.stored += len(fresh)
            done = restored.already + restored.stored
            progress(done, estimated(done, source.share()))
            restored.stopped = stopped()
            if restored.stopped:
                break
    restored.seconds = time.monotonic() - began
    return restored


def _pages(store: EventStore) -> Iterator[list[SequencedCommit]]:
    after = 0
    while page := store.read(after, BATCH):
        yield page
        after = page[-1].position


def _verify(path: Path, progress: Progress) -> None:
    """Reads the whole export, and raises BadExport at its first fault."""
    erasures, codec = Erasures(), EventCodec()
    with Source(path) as source:
        after, chain = 0, ""
        for line, commit in enumerate(_commits(source), 1):
            for fault in chained(faults([commit], after, chain), _unreadable(commit, codec)):
                raise BadExport(f"{path} line {line}: {fault}. {_WHOLE}")
            erasures.see(commit)
            after, chain = commit.position, commit.chain
            if line % BATCH == 0:
                progress(0, estimated(line, source.share()))
        for fault in erasures.unexplained():
            raise BadExport(f"{path}: {fault}. {_WHOLE}")
        if source.trouble:
            raise BadExport(f"{path}: {source.trouble} Nothing was stored. Make the export again.")


def _unreadable(commit: SequencedCommit, codec: EventCodec) -> Iterator[str]:
    """A sentence for each event that this version can't read; storing it would park its stream."""
    for event in commit.events:
        try:
            codec.decode(event, commit)
        except Damaged as error:
            yield str(error)


def _commits(source: Source) -> Iterator[SequencedCommit]:
    for number, line in enumerate(source.lines(), 1):
        document = line.rstrip(b"\r\n")
        try:
            commit = decode_sequenced(document)
        except Damaged as error:
            raise BadExport(f"{source.path} line {number}: {error} {_WHOLE}") from error
        if encode_commit(commit) != document:
            raise BadExport(f"{source.path} line {number}: this isn't the canonical form that export writes. {_WHOLE}")
        yield commit


def _is_kept(commit: SequencedCommit, kept: SequencedCommit | None) -> bool:
    """Whether the store has this commit already; BadExport where it has another one at its position."""
    if kept is None:
        return False
    if encode_commit(kept) != encode_commit(commit):
        raise BadExport(
            f"line {commit.position}: this store has another commit at position {commit.position}, so the export is of "
            "another site, or older than an erasure. Import it with DATA_DIR set to an empty folder instead."
        )
    return True


def _store(store: EventStore, commits: list[SequencedCommit]) -> None:
    try:
        store.restore(commits)
    except Damaged as error:
        raise BadExport(f"{error} Nothing from line {commits[0].position} on was stored.") from error
