"""Exports as JSON Lines: a commit a line, canonical, in order of position."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from domain.commit import sequenced_only
from domain.errors import Refused
from domain.ports import EventStore
from eventstore.codec import EventCodec, encode_commit
from eventstore.erasures import Erasures, without
from eventstore.sound_scan import SoundScan, refuse_faults

from .progress import Progress, no_progress

BATCH_COMMITS = 500


class BadExport(Refused):
    """The file isn't an export that fits this store; nothing of the batch was stored. Names the line."""


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line of an export: the number of commits before it, and the chain of the last one."""

    chain: str
    commits: int


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """An export's number of commits. late_erasures: position → line of those that lost a text since: see `rewrite`."""

    commits: int
    late_erasures: dict[int, bytes]


def export(store: EventStore, out: BinaryIO, progress: Progress = no_progress) -> Exported:
    """Writes every commit up to the head as it stands now, and the line that ends an export.

    Memory doesn't grow with the store. Raises Damaged, which names the position, where a commit is missing or isn't as
    it was written: nobody could import such an export. Texts that are erased meanwhile may be in what was written:
    `late_erasures` has those commits as they are now.
    """
    scan = SoundScan(store)
    for page in scan.pages(BATCH_COMMITS):
        for commit in page:
            out.write(encode_commit(commit) + b"\n")
        progress(scan.position, scan.upto)
    out.write(encoded_ending(Ending(commits=scan.position, chain=scan.chain)))
    return Exported(commits=scan.position, late_erasures=_late(store, scan.erasures))


def _late(store: EventStore, erasures: Erasures) -> dict[int, bytes]:
    """Position → line of the commits that were written with a text which an event in the export says is erased."""
    undone = erasures.undone
    late: dict[int, bytes] = {}
    codec = EventCodec()
    for stream in sorted({stream for stream, _ in undone}):
        now = Erasures()
        for commit in [without(one, undone, codec) for one in sequenced_only(store.load(stream))]:
            now.see(commit)
            if any((stream, version) in undone for version in range(commit.first, commit.last + 1)):
                late[commit.position] = encode_commit(commit) + b"\n"
        refuse_faults(now.altered())
    return late


def rewrite(lines: Iterable[bytes], out: BinaryIO, late: Mapping[int, bytes] = MappingProxyType({})) -> None:
    """Copies an export line by line, and replaces the lines at the positions of `late`."""
    out.writelines(late.get(position, line) for position, line in enumerate(lines, 1))


def encoded_ending(ending: Ending) -> bytes:
    return msgspec.json.encode(ending, order="sorted") + b"\n"


def ending_of(document: bytes) -> Ending | None:
    """The ending that this line is, as exports write it; None for any other line."""
    if not document.startswith(b'{"chain":'):
        return None
    try:
        ending = msgspec.json.decode(document, type=Ending)
    except msgspec.DecodeError:
        return None
    return ending if encoded_ending(ending).rstrip() == document else None
