"""A folder of backups: its sets, the files in them, and the manifest that says what belongs to a set.

    FOLDER/20261130T071500Z/manifest.json
    FOLDER/20261130T071500Z/000000000001-000000029926.jsonl.gz[.age]

A file has its final name once it is whole and on disk, and counts once the manifest names it.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from domain.errors import Refused, Unavailable
from eventstore.heads import Head
from eventstore.old_format import OLD_BACKUP
from eventstore.whole_file import write_whole

FORMAT = "verbatim-backup-2"
NAMED_BY_HANDLES = "verbatim-backup-1"
"""The format whose commits named people by their handles."""
MANIFEST = "manifest.json"
LOCK = ".lock"
DELETING = ".deleting"
_SET = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_PART = re.compile(r"\d{12}-\d{12}\.jsonl\.gz(\.age)?")
_CANONICAL = msgspec.json.Encoder(order="sorted")


class BadBackup(Refused):
    """The folder holds no backup that can be used. The sentence says what is wrong and what to do."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a set: the commits from position first to last.

    size: in bytes; sha256: of the file as it lies there.
    """

    at: str
    first: int
    last: int
    name: str
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    size: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """begun_at: when the set began, with everything; store: the event store's id; head: what the set reaches.

    recipient: the public key of age that it is encrypted for; "" where it isn't encrypted. origin: the chain of the
    first commit, by which a site is known also after a restore; "" where there was none yet.
    """

    begun_at: str
    format: str = FORMAT
    head: Head
    origin: str
    parts: tuple[Part, ...] = ()
    recipient: str = ""
    store: str


class BackupSet:
    """One set in its folder. manifest: as it was last read or written."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    def add(self, content: bytes, part: Part) -> None:
        """Puts a file into the folder; it counts once `save` has named it. Raises Unavailable."""
        write_whole(self.path / part.name, content)

    def save(self, manifest: Manifest) -> None:
        """Replaces the manifest in one step. Raises Unavailable."""
        write_whole(self.path / MANIFEST, _CANONICAL.encode(manifest) + b"\n")
        self.manifest = manifest

    def content(self, part: Part) -> bytes:
        """A file's bytes. Raises BadBackup where they aren't those that were written."""
        found, fault = self._read(part)
        if fault:
            raise BadBackup(f"{fault}. {ANOTHER}")
        return found

    def damage(self) -> str:
        """What is wrong with the files; "" where all are as they were written."""
        return next((fault for part in self.manifest.parts if (fault := self._read(part)[1])), "")

    def _read(self, part: Part) -> tuple[bytes, str]:
        path = self.path / part.name
        try:
            found = path.read_bytes()
        except OSError as error:
            return b"", f"{path} can't be read: {error.strerror}"
        if hashlib.sha256(found).hexdigest() != part.sha256:
            return b"", f"{path} isn't what was written ({len(found):,} bytes, {part.size:,} were)"
        return found, ""

    def remove_unnamed(self) -> None:
        """Deletes what a run that was killed has left: files that the manifest doesn't name."""
        named = {MANIFEST, *(part.name for part in self.manifest.parts)}
        for path in self.path.iterdir():
            if path.name not in named and (path.name.endswith(".writing") or _PART.fullmatch(path.name)):
                path.unlink()

    def delete(self) -> None:
        """It gets another name first, so that half a set is never taken for one. Raises Unavailable."""
        with _said(self.path):
            shutil.rmtree(self.path.rename(self.path.with_name(f"{self.path.name}{DELETING}")))


ANOTHER = "Nothing was restored from it. Take another copy of this folder, or an earlier set in it."


class BackupFolder:
    """All sets of one site."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sets(self) -> list[BackupSet]:
        """Oldest first. Raises BadBackup where a manifest can't be read."""
        return [self.set_named(name) for name in self.names()]

    def names(self) -> list[str]:
        """Of the sets, oldest first. Raises BadBackup. An empty folder is what a run that was killed had begun."""
        if not self.path.is_dir():
            raise BadBackup(f"{self.path} is no folder of backups: `bin/verbatim backup {self.path}` makes one.")
        found = [path for path in self.path.iterdir() if _SET.fullmatch(path.name)]
        return sorted(path.name for path in found if (path / MANIFEST).exists() or _holds_parts(path))

    def set_named(self, name: str) -> BackupSet:
        """Raises BadBackup."""
        return BackupSet(self.path / name, _read(self.path / name / MANIFEST))

    def finish_deleting(self) -> None:
        """Deletes what a run that was killed had begun to delete. Raises Unavailable."""
        with _said(self.path):
            for path in self.path.glob(f"*{DELETING}"):
                if _SET.fullmatch(path.name.removesuffix(DELETING)):
                    shutil.rmtree(path)

    def begin(self, manifest: Manifest) -> BackupSet:
        """A new set, named by the time at which it begins."""
        stamp = re.sub(r"[-:]|\.\d+", "", manifest.begun_at)
        names = [stamp, *(f"{stamp}-{number}" for number in range(2, 100))]
        path = next(self.path / name for name in names if not (self.path / name).exists())
        with _said(path):
            path.mkdir(mode=0o700)
        made = BackupSet(path, manifest)
        made.save(manifest)
        return made

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folder where there is none, and keeps another run out. Raises Unavailable."""
        with _said(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Unavailable(f"Another backup is being written into {self.path}. Wait for it.") from error
            yield
        finally:
            os.close(lock)


def name_of(first: int, last: int, *, encrypted: bool) -> str:
    return f"{first:012}-{last:012}.jsonl.gz" + (".age" if encrypted else "")


def _holds_parts(path: Path) -> bool:
    return path.is_dir() and any(_PART.fullmatch(one.name) for one in path.iterdir())


def _read(path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBackup(f"{path} isn't a manifest that `bin/verbatim backup` wrote: {error}. {ANOTHER}") from error
    except OSError as error:
        raise BadBackup(f"{path} can't be read: {error.strerror}. {ANOTHER}") from error
    if manifest.format == NAMED_BY_HANDLES:
        raise BadBackup(f"{path.parent} {OLD_BACKUP}")
    if manifest.format != FORMAT:
        raise BadBackup(f"{path} is of a format that this version doesn't know. Use the version that wrote it.")
    if not _is_time(manifest.begun_at):
        raise BadBackup(f"{path} doesn't say when the set began. {ANOTHER}")
    reached = 0
    for part in manifest.parts:
        if not _PART.fullmatch(part.name) or part.first != reached + 1 or part.last < part.first:
            raise BadBackup(f"{path} doesn't name the files from position {reached + 1:,} on as it should. {ANOTHER}")
        reached = part.last
    if reached != manifest.head.position:
        raise BadBackup(f"{path} reaches position {manifest.head.position:,}, and its files {reached:,}. {ANOTHER}")
    return manifest


def _is_time(words: str) -> bool:
    try:
        return datetime.fromisoformat(words).tzinfo is not None
    except ValueError:
        return False


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.") from error
