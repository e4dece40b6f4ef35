"""Exports as JSON Lines, a commit a line, canonical, in order of position; and takes such an export in again."""

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain as chained
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from domain.commit import SequencedCommit, sequenced_only
from domain.errors import Damaged, Refused, Unavailable
from domain.ports import EventStore
from eventstore.chain import faults
from eventstore.codec import EventCodec, decode_sequenced, encode_commit
from eventstore.erasures import Erasures
from eventstore.scan import pages

from .progress import Progress, Stopped, estimated, never, silent
from .source import Source

BATCH = 500
_WHOLE = "This is not what was exported, so nothing was stored. Make the export again, or look for the change."


class BadExport(Refused):
    """The file isn't an export that fits this store; nothing of the batch was stored. Names the line."""


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line of an export: how many commits stand before it, and the chain of the last one."""

    chain: str
    commits: int


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """How many commits were written. late: position → line, of those that have lost a text since: see `rewrite`."""

    commits: int
    late: dict[int, bytes]


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


def export(store: EventStore, out: BinaryIO, progress: Progress = silent) -> Exported:
    """Writes every commit up to the head as it stands now, and the line that ends an export.

    Memory doesn't grow with the store. Raises Damaged, which names the position, where a commit is missing or isn't as
    it was written: nobody could take such an export in. Texts that are erased meanwhile may be in what was written:
    `late` has those commits as they are now.
    """
    erasures = Erasures()
    done, upto, chain = 0, store.head()[0], ""
    while done < upto:
        for page in pages(store, done, upto, BATCH):
            _refuse(faults(page, done, chain))
            for commit in page:
                erasures.see(commit)
                out.write(encode_commit(commit) + b"\n")
            done, chain = page[-1].position, page[-1].chain
            progress(done, upto)
        if erasures.unannounced:
            upto = _with_erasures(store, done)
    _refuse(erasures.altered())
    out.write(_encoded(Ending(commits=done, chain=chain)))
    return Exported(commits=done, late=_late(store, erasures))


def _with_erasures(store: EventStore, done: int) -> int:
    """The head once more: a text was erased while it was read, and the event that says so has to be in the export."""
    upto = store.head()[0]
    if upto == done:
        raise Unavailable("A text was erased just now, and the event that says so has no position yet. Try again.")
    return upto


def _late(store: EventStore, erasures: Erasures) -> dict[int, bytes]:
    """Position → line of the commits that were written with a text which an event in the export says is erased."""
    undone = erasures.undone
    late: dict[int, bytes] = {}
    for stream in sorted({stream for stream, _ in undone}):
        now = Erasures()
        for commit in [_without(one, undone) for one in sequenced_only(store.load(stream))]:
            now.see(commit)
            if any((stream, version) in undone for version in range(commit.first, commit.last + 1)):
                late[commit.position] = encode_commit(commit) + b"\n"
        _refuse(now.altered())
    return late


def _without(commit: SequencedCommit, undone: frozenset[tuple[str, int]]) -> SequencedCommit:
    codec = EventCodec()
    events = tuple(
        codec.erase(event) if (commit.stream, version) in undone and not event.erased else event
        for version, event in enumerate(commit.events, commit.first)
    )
    return msgspec.structs.replace(commit, events=events)


def rewrite(lines: Iterable[bytes], out: BinaryIO, late: Mapping[int, bytes] = MappingProxyType({})) -> None:
    """Copies an export line by line, with those of `late` in place of what stood at their positions."""
    out.writelines(late.get(position, line) for position, line in enumerate(lines, 1))


def _refuse(found: Iterator[str]) -> None:
    for fault in found:
        raise Damaged(f"{fault}. `bin/verbatim verify` says more.")


def _encoded(ending: Ending) -> bytes:
    return msgspec.json.encode(ending, order="sorted") + b"\n"


def restore(path: Path, store: EventStore, *, progress: Progress = silent, stopped: Stopped = never) -> Restored:
    """Takes an export into an empty store, or into one that holds the beginning of the same export.

    The whole file is verified first: form, positions, chain, digests, erasures. Raises BadExport, which
    names the line and says what to do.
    """
    began = time.monotonic()
    _verify(path, progress)
    restored = Restored(path=path)
    kept = chained.from_iterable(pages(store, size=BATCH))
    with Source(path) as source:
        commits = _commits(source, _Ends())
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


def _verify(path: Path, progress: Progress) -> None:
    """Reads the whole export, and raises BadExport at its first fault."""
    erasures, codec = Erasures(), EventCodec()
    with Source(path) as source:
        after, chain = 0, ""
        ends = _Ends()
        for line, commit in enumerate(_commits(source, ends), 1):
            for fault in chained(faults([commit], after, chain), _unreadable(commit, codec)):
                raise BadExport(f"{path} line {line}: {fault}. {_WHOLE}")
            erasures.see(commit)
            after, chain = commit.position, commit.chain
            if line % BATCH == 0:
                progress(0, estimated(line, source.share()))
        if source.trouble:
            raise BadExport(f"{path}: {source.trouble} Nothing was stored. Make the export again.")
        ends.check(path, Ending(commits=after, chain=chain))
        for fault in erasures.unexplained():
            raise BadExport(f"{path}: {fault}. {_WHOLE}")


def _unreadable(commit: SequencedCommit, codec: EventCodec) -> Iterator[str]:
    """A sentence for each event that this version can't read; storing it would park its stream."""
    for event in commit.events:
        try:
            codec.decode(event, commit)
        except Damaged as error:
            yield str(error)


class _Ends:
    """The last line of a file, once it was read."""

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
        if document.startswith(b'{"chain":') and (ending := _ending(document)) is not None:
            ends.found = ending
            continue
        try:
            commit = decode_sequenced(document)
        except Damaged as error:
            raise BadExport(f"{source.path} line {number}: {error} {_WHOLE}") from error
        if encode_commit(commit) != document:
            raise BadExport(f"{source.path} line {number}: this isn't the canonical form that export writes. {_WHOLE}")
        yield commit


def _ending(document: bytes) -> Ending | None:
    try:
        ending = msgspec.json.decode(document, type=Ending)
    except msgspec.DecodeError:
        return None
    return ending if _encoded(ending).rstrip() == document else None


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
