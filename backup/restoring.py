"""Restores a set of a backup into an empty event store, without the texts that were erased since.

The store is marked from the first commit to the last check: nothing serves it until then (`bin/verbatim migrate`, with
which every start begins, refuses). Killed anywhere, the same command goes on.
"""

from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Protocol

import msgspec

from domain import ids
from domain.bus import CommandBus, operator
from domain.commit import SequencedCommit
from domain.errors import Conflict, Damaged, NotFound
from domain.messages import Command
from eventstore.codec import EventCodec, encode_commit
from eventstore.erasure_ledger import Erased as LedgerEntry
from eventstore.erasures import without
from eventstore.heads import Head
from eventstore.restore_mark import RestoreMark
from eventstore.scan import pages
from eventstore.verification import StoreVerification, VerifiableStore

from .encryption import Key
from .erasing_again import Erased, commands_for
from .folder import BackupSet, BadBackup
from .reading import Examined, commits, examine
from .writing import Report

BATCH_COMMITS = 500


class RestorableStore(VerifiableStore, Protocol):
    """A store that knows whether a restore into it has ended."""

    @property
    def restore_mark(self) -> RestoreMark: ...


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """head: of the set, which the store has come to; erased: texts that the set had and the ledger has erased."""

    head: Head
    erased: int


def restore(
    chosen: BackupSet,
    store: RestorableStore,
    bus: CommandBus,
    ledger: Collection[LedgerEntry],
    *,
    key: Key | None = None,
    site_key: str = "",
    report: Report = lambda _done, _total: None,
) -> Restored:
    """Verifies the set, stores it, erases again what the ledger names, and verifies the store. site_key: today's.

    Raises BadBackup before anything is stored where the set isn't sound; Conflict where the store isn't empty; Damaged
    where what was stored isn't what was read.
    """
    source, head = chosen.path.name, chosen.manifest.head
    _require_empty(store, source)
    examined = examine(chosen, key, ledger, report)
    store.restore_mark.put(source)
    _store(chosen, store, key, examined, report)
    for command in _erasures(chosen, key, site_key, examined):
        _send(bus, command)
    for fault in StoreVerification(store).faults():
        raise Damaged(f"{fault}. The store isn't what was in {chosen.path}: empty it, and restore once more.")
    store.restore_mark.remove()
    return Restored(head=head, erased=len(examined.announced_later))


def _require_empty(store: RestorableStore, source: str) -> None:
    unfinished = store.restore_mark.source()
    if unfinished and unfinished != source:
        raise Conflict(f"{unfinished} is being restored into this store: end that first, or empty the store.")
    last = store.head()[0]
    if last and not unfinished:
        raise Conflict(
            f"The event store isn't empty: it holds {last:,} commits. Stop the site, take the store away, and restore "
            "into an empty one; docs/operations.md says how."
        )


def _store(chosen: BackupSet, store: RestorableStore, key: Key | None, examined: Examined, report: Report) -> None:
    """Goes on after what a run that was killed has stored."""
    codec, head = EventCodec(), chosen.manifest.head
    kept = chain.from_iterable(pages(store))
    found = commits(chosen, key)
    while some := list(islice(found, BATCH_COMMITS)):
        wanted = [without(commit, examined.gone, codec) for commit in some]
        store.restore([commit for commit in wanted if not _is_kept(commit, next(kept, None))])
        report(wanted[-1].position, head.position)


def _is_kept(commit: SequencedCommit, kept: SequencedCommit | None) -> bool:
    if kept is None:
        return False
    if encode_commit(kept) != encode_commit(commit):
        raise BadBackup(f"The store has another commit at position {commit.position:,}: empty it, and start again.")
    return True


def _erasures(chosen: BackupSet, key: Key | None, site_key: str, examined: Examined) -> Iterator[Command]:
    """The commands that say again what the ledger names."""
    if examined.announced_later:
        codec = EventCodec()
        erased: dict[str, list[Erased]] = {}
        for commit in commits(chosen, key):
            for version, stored in enumerate(commit.events, commit.first):
                if (commit.stream, version) in examined.announced_later:
                    event = codec.decode(stored, commit)
                    erased.setdefault(commit.stream, []).append(Erased(version, event))
        for stream, events in erased.items():
            yield from commands_for(stream, events, left=stream in examined.left, site_key=site_key)


def _send(bus: CommandBus, command: Command) -> None:
    """Nothing happens where it was done by a run that was killed since."""
    try:
        bus.send(command, operator(ids.now()))
    except NotFound:
        return
