"""Writes backups: everything at first, then what came since, verified as it is read."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from domain import ids
from domain.commit import SequencedCommit
from domain.ports import EventStore
from eventstore.codec import encode_commit
from eventstore.erasure_ledger import Erased, erased_by
from eventstore.heads import Head, deviation
from eventstore.sound_scan import SoundScan

from .compression import BlockCompressor, compressing
from .encryption import Key
from .folder import BackupFolder, BackupSet, BadBackup, Manifest, Part, name_of

PART_BYTES = 32 << 20
"""A file is closed once it holds so much, before compression: memory is bounded by it."""
MAX_CLOCK_ERROR = timedelta(days=1)

Report = Callable[[int, int], None]


class Ledger(Protocol):
    """Where erasures are recorded outside of store and backups."""

    def record(self, erased: list[Erased]) -> None: ...


class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has written. whole: whether it began a new set; why: where another one was given up."""

    set: str
    head: Head
    commits: int
    bytes: int
    whole: bool
    why: str = ""
    deleted: tuple[str, ...] = ()


def back_up(
    store: EventStore,
    folder: BackupFolder,
    ledger: Ledger,
    *,
    keep: timedelta,
    key: Key | None = None,
    report: Report = lambda _done, _total: None,
) -> BackedUp:
    """Brings the newest set up to the store's head, and deletes sets that began longer than `keep` ago.

    A new set begins where there is none, where the newest began more than half of `keep` ago, or where the store isn't
    what that was made of. Raises Damaged where the store isn't sound, Unavailable where the folder can't be written;
    what was there before is as it was.
    """
    with folder.locked():
        now = ids.now()
        folder.finish_deleting()
        sets = folder.sets()
        _require_plausible(sets, store, now)
        recipient = key.recipient if key else ""
        current, why = _current(sets, store, now=now, keep=keep, recipient=recipient)
        whole = current is None
        if current is None:
            empty = Head(at=now, chain="", position=0)
            manifest = Manifest(begun_at=now, head=empty, origin=_origin(store), recipient=recipient, store=store.id())
            current = folder.begin(manifest)
        current.remove_unnamed()
        before = current.manifest
        _Run(store, current, ledger, key, report).write()
        after = current.manifest
        return BackedUp(
            set=current.path.name,
            head=after.head,
            commits=after.head.position - before.head.position,
            bytes=sum(part.size for part in after.parts[len(before.parts) :]),
            whole=whole,
            why=why,
            deleted=_prune(sets, current, now=now, keep=keep),
        )


def _origin(store: EventStore) -> str:
    return store.chains([1]).get(1, "")


def _require_plausible(sets: list[BackupSet], store: EventStore, now: str) -> None:
    """Raises BadBackup where a new set would take the place of what it isn't the successor of."""
    for one in sets:
        if _age(one.manifest, now) < -MAX_CLOCK_ERROR:
            raise BadBackup(
                f"{one.path} begins later than now, at {one.manifest.begun_at}: is the clock right? Else move it away."
            )
        if one.manifest.origin not in ("", _origin(store)) and store.head()[0]:
            raise BadBackup(f"{one.path} is of another site. Back this one up into a folder of its own.")
    if not store.head()[0] and any(one.manifest.parts for one in sets):
        folder = sets[0].path.parent
        raise BadBackup(
            f"The event store is empty, and {folder} holds backups of one that wasn't. Restore them, or back this one "
            "up into another folder."
        )


def _current(
    sets: list[BackupSet], store: EventStore, *, now: str, keep: timedelta, recipient: str
) -> tuple[BackupSet | None, str]:
    """The set to go on with; None, and why, where a new one has to begin."""
    if not sets:
        return None, ""
    manifest = sets[-1].manifest
    if manifest.store != store.id():
        return None, "the event store is another one than that of the backup before"
    if wrong := deviation(store, manifest.head):
        return None, wrong
    if manifest.recipient != recipient:
        return None, f"the backup before was {_encryption(manifest.recipient, recipient)}"
    if _age(manifest, now) > keep / 2:
        return None, ""
    if damage := sets[-1].damage():
        return None, damage
    return sets[-1], ""


def _encryption(before: str, now: str) -> str:
    if before and now:
        return "encrypted for another key"
    return "encrypted" if before else "not encrypted"


def _prune(sets: list[BackupSet], current: BackupSet, *, now: str, keep: timedelta) -> tuple[str, ...]:
    """Deletes what began too long ago, never what was just written."""
    old = [one for one in sets if one.path != current.path and _age(one.manifest, now) > keep]
    for one in old:
        one.delete()
    return tuple(one.path.name for one in old)


def _age(manifest: Manifest, now: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(manifest.begun_at)


class _Run:
    """One run into one set: from what the set has up to the head as it stands."""

    def __init__(self, store: EventStore, into: BackupSet, ledger: Ledger, key: Key | None, report: Report) -> None:
        self._store = store
        self._into = into
        self._ledger = ledger
        self._key = key
        self._report = report

    def write(self) -> None:
        before = self._into.manifest
        scan = SoundScan(self._store, before.head.position, before.head.chain)
        with compressing() as compressor:
            parts = tuple(self._parts(scan, compressor))
        head = Head(at=ids.now(), chain=scan.chain, position=scan.position)
        self._into.save(msgspec.structs.replace(before, head=head, parts=before.parts + parts))

    def _parts(self, scan: SoundScan, compressor: BlockCompressor) -> Iterator[Part]:
        """Writes what is read as files, and gives each that is on disk."""
        first = scan.position + 1
        for page in scan.pages():
            self._record(page)
            for commit in page:
                compressor.add(encode_commit(commit) + b"\n")
                if compressor.size >= PART_BYTES:
                    yield self._put(first, commit.position, compressor.finish())
                    first = commit.position + 1
            self._report(scan.position, scan.upto)
        if compressor.size:
            yield self._put(first, scan.position, compressor.finish())

    def _record(self, page: list[SequencedCommit]) -> None:
        if erased := [one for commit in page for one in erased_by(commit, self._store)]:
            self._ledger.record(erased)

    def _put(self, first: int, last: int, content: bytes) -> Part:
        if self._key is not None:
            content = self._key.encrypted(content)
        part = Part(
            at=ids.now(),
            first=first,
            last=last,
            name=name_of(first, last, encrypted=self._key is not None),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        self._into.add(content, part)
        return part
