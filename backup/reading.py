"""Reads a set of a backup: every file by its digest, every commit by its chain, in bounded memory."""

import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from itertools import chain as chained

import msgspec

from domain.account import PasswordSet
from domain.commit import SequencedCommit
from domain.errors import Damaged
from domain.handle import HandleClaimed
from domain.leaving import AccountErased, LeavingBegun, LeavingTakenBack
from eventstore.chain import faults
from eventstore.codec import EventCodec, decode_sequenced, encode_commit
from eventstore.erasure_ledger import Erased
from eventstore.erasures import Erasures, Version

from .encryption import BadKey, Key
from .folder import ANOTHER, BackupFolder, BackupSet, BadBackup
from .writing import Report


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A set that is sound from its first commit to its head.

    gone: events whose texts are erased, by the set itself or by the ledger. announced_later: those that only the ledger
    knows of: the event that said so came after the backup. both: stream and version. left: streams of the accounts
    whose owners left, before the backup or after it; leaving: of others who were leaving when the backup was made.
    """

    gone: frozenset[Version]
    announced_later: frozenset[Version]
    left: frozenset[str]
    leaving: frozenset[str]


class _Accounts:
    """handles: the last claim of each account's stream. leaving: the streams of those who leave, at the end."""

    def __init__(self) -> None:
        self.handles: dict[str, Version] = {}
        self.leaving: frozenset[str] = frozenset()
        self._passwords: dict[str, Version] = {}
        self._closed: set[str] = set()

    def see(self, type: str, version: Version) -> None:
        match type:
            case HandleClaimed.type:
                self.handles[version[0]] = version
            case PasswordSet.type:
                self._passwords[version[0]] = version
            case AccountErased.type:
                self._closed.add(version[0])
            case LeavingBegun.type:
                self.leaving |= {version[0]}
            case LeavingTakenBack.type:
                self.leaving -= {version[0]}

    def left(self, erased_later: Collection[Version]) -> frozenset[str]:
        """The streams of those whose owners left: nothing else erases a password, or a handle where there is none."""
        needed = {**self.handles, **self._passwords}
        return frozenset(stream for stream, version in needed.items() if version in erased_later) | self._closed


def chosen_set(folder: BackupFolder, name: str = "") -> BackupSet:
    """The one of that name, or the newest that isn't empty: a run that was killed may have begun another. Raises
    BadBackup."""
    names = folder.names()
    if not names:
        raise BadBackup(f"{folder.path} holds no backup.")
    if name:
        if name not in names:
            raise BadBackup(f"{folder.path} has no set {name}; it has {', '.join(names)}.")
        return folder.set_named(name)
    sets = folder.sets()
    return next((one for one in reversed(sets) if one.manifest.parts), sets[-1])


def examine(chosen: BackupSet, key: Key | None, ledger: Collection[Erased], report: Report) -> Examined:
    """Reads the whole set. Raises BadBackup at its first fault, BadKey."""
    erasures, codec, head = Erasures(), EventCodec(), chosen.manifest.head
    listed: dict[str, set[int]] = {}
    for one in ledger:
        listed.setdefault(one.commit, set()).add(one.version)
    with_text: set[Version] = set()
    accounts = _Accounts()
    after, chain = 0, ""
    for commit in commits(chosen, key):
        for fault in chained(faults([commit], after, chain), codec.faults(commit)):
            raise BadBackup(f"{chosen.path}: {fault}. {ANOTHER}")
        erasures.see(commit)
        for version, event in enumerate(commit.events, commit.first):
            accounts.see(event.type, (commit.stream, version))
            if version in listed.get(commit.id, ()) and not event.erased:
                with_text.add((commit.stream, version))
        after, chain = commit.position, commit.chain
        report(after, head.position)
    if (after, chain) != (head.position, head.chain):
        raise BadBackup(f"{chosen.path} doesn't end as its manifest says, at {head}. {ANOTHER}")
    undone = erasures.undone
    for fault in chained(erasures.altered(), _unannounced(erasures)):
        raise BadBackup(f"{chosen.path}: {fault}. {ANOTHER}")
    left = accounts.left(with_text)
    # Whoever changed their handle after the backup is called as before again: without it nobody could log in.
    with_text -= {handle for stream, handle in accounts.handles.items() if stream not in left}
    return Examined(
        gone=undone | with_text,
        announced_later=frozenset(with_text - undone),
        left=left,
        leaving=accounts.leaving - left,
    )


def commits(chosen: BackupSet, key: Key | None) -> Iterator[SequencedCommit]:
    """All of a set's, as they were when they were written. Raises BadBackup, BadKey."""
    for part in chosen.manifest.parts:
        path, content = chosen.path / part.name, chosen.content(part)
        if part.name.endswith(".age"):
            if key is None:
                raise BadKey(f"{path} is encrypted: give the file with its key as --key.")
            content = key.decrypted(content, str(path))
        number = 0
        try:
            with gzip.open(io.BytesIO(content)) as lines:
                for number, line in enumerate(lines, 1):
                    commit = decode_sequenced(line.rstrip(b"\n"))
                    if encode_commit(commit) + b"\n" != line:
                        raise BadBackup(f"{path} line {number} isn't in the form that backups have. {ANOTHER}")
                    yield commit
        except (Damaged, OSError, EOFError, zlib.error) as error:
            raise BadBackup(f"{path} line {number}: {error} {ANOTHER}") from error


def _unannounced(erasures: Erasures) -> Iterator[str]:
    for stream, version in sorted(erasures.unannounced):
        yield f"{stream} version {version} is erased, but no event of the stream says so"
