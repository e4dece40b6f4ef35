"""Imports exports: verified as a whole first, then stored in order. See jsonl_export.py for what is in one."""

import time
from collections.abc import Iterator
from itertools import chain as chained
from itertools import islice
from pathlib import Path

import msgspec

from domain.commit import SequencedCommit
from domain.errors import Damaged
from domain.ports import EventStore
from eventstore.chain import faults
from eventstore.codec import EventCodec, decode_sequenced, encode_commit
from eventstore.erasures import Erasures
from eventstore.old_format import OLD_EXPORT, is_named_by_handles
from eventstore.scan import pages

from .jsonl_export import BATCH_COMMITS, BadExport, Ending, ending_of
from .progress import Progress, Stopped, estimated, never_stopped, no_progress
from .source import Source

_WHOLE = "This is not what was exported, so nothing was stored. Make the export again, or look for the change."


class Restored(msgspec.Struct):
    """The outcome of importing an export, in commits. already: those that the store had before."""

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


def restore(
    path: Path, store: EventStore, *, progress: Progress = no_progress, stopped: Stopped = never_stopped
) -> Restored:
    """Imports an export into an empty store, or into one that holds the beginning of the same export.

    The whole file is verified first: form, positions, chain, digests, erasures. Raises BadExport, which
    names the line and says what to do.
    """
    began = time.monotonic()
    _verify(path, progress)
    restored = Restored(path=path)
    kept = chained.from_iterable(pages(store, size=BATCH_COMMITS))
    with Source(path) as source:
        commits = _commits(source, _Ends())
        while batch := list(islice(commits, BATCH_COMMITS)):
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


def _verify(path: Path, progress: Progress) -> None:
    """Reads the whole export, and raises BadExport at its first fault."""
    erasures, codec = Erasures(), EventCodec()
    with Source(path) as source:
        after, chain = 0, ""
        ends = _Ends()
        for line, commit in enumerate(_commits(source, ends), 1):
            if is_named_by_handles(commit.events):
                raise BadExport(f"{path} {OLD_EXPORT}")
            for fault in chained(faults([commit], after, chain), codec.faults(commit)):
                raise BadExport(f"{path} line {line}: {fault}. {_WHOLE}")
            erasures.see(commit)
            after, chain = commit.position, commit.chain
            if line % BATCH_COMMITS == 0:
                progress(0, estimated(line, source.share()))
        if source.error:
            raise BadExport(f"{path}: {source.error} Nothing was stored. Make the export again.")
        ends.check(path, Ending(commits=after, chain=chain))
        for fault in erasures.unexplained():
            raise BadExport(f"{path}: {fault}. {_WHOLE}")


class _Ends:
    """Holds the last line of an export, once it was read."""

    def __init__(self) -> None:
        self.found: Ending | None = None

    def check(self, path: Path, right: Ending) -> None:
        if self.found is None:
            raise BadExport(
                f"{path} has no line at its end that says how many commits it holds: it was cut off, or an older "
                f"version of Verbatim made it. {_WHOLE}"
            )
        if self.found != right:
            raise BadExport(
                f"{path} says at its end that it holds {self.found.commits:,} commits, the last with chain "
                f"{self.found.chain[:12]}…; it holds {right.commits:,}, with {right.chain[:12]}…. {_WHOLE}"
            )


def _commits(source: Source, ends: _Ends) -> Iterator[SequencedCommit]:
    """The commits of a file; its last line goes to `ends`, and nothing may follow it."""
    for number, line in enumerate(source.lines(), 1):
        document = line.rstrip(b"\r\n")
        if ends.found is not None:
            raise BadExport(f"{source.path} line {number}: something follows the line that ends an export. {_WHOLE}")
        if (ending := ending_of(document)) is not None:
            ends.found = ending
            continue
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
