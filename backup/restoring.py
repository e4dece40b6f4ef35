"""Restores a set of a backup into an empty event store, without the texts that were erased since.

The store is marked from the first commit to the last check: nothing serves it until then (`bin/verbatim migrate`, with
which every start begins, refuses). Killed anywhere, the same command goes on.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from itertools import chain, islice
from typing import Protocol

import msgspec

from domain import ids
from domain.bus import CommandBus, operator
from domain.commit import SequencedCommit
from domain.errors import Conflict, Damaged, NotFound
from domain.leaving import Leave
from domain.messages import Command
from domain.rights import Choice
from eventstore.codec import EventCodec, encode_commit
from eventstore.erasure_ledger import Erased
from eventstore.erasures import without
from eventstore.heads import Head
from eventstore.restore_mark import RestoreMark
from eventstore.scan import pages
from eventstore.verification import StoreVerification, VerifiableStore

from .encryption import Key
from .erasing_again import REASON, ErasedEvent, commands_for
from .folder import BackupSet, BadBackup
from .reading import Examined, commits, examine
from .writing import Report

BATCH_COMMITS = 500
RESTORED = "A backup was restored."


class RestorableStore(VerifiableStore, Protocol):
    """A store that knows whether a restore into it has ended."""

    @property
    def restore_mark(self) -> RestoreMark: ...


class SiteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What isn't in a backup. site_key: today's; leave_after: how long whoever leaves can come back.

    choices: of accounts whose owners have left, by their ids.
    """

    site_key: str = ""
    leave_after: timedelta = timedelta(days=14)
    choices: Mapping[str, Choice] = {}


NO_FACTS = SiteFacts()


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """head: of the set, which the store has come to; erased: texts that the set had and the ledger has erased.

    leaving: people who were leaving, and can come back for as long as if they had begun now; unchosen: who left later,
    and of whom it isn't known any more what should become of their words.
    """

    head: Head
    erased: int
    leaving: int
    unchosen: int


def restore(
    chosen: BackupSet,
    store: RestorableStore,
    bus: CommandBus,
    ledger: Collection[Erased],
    *,
    key: Key | None = None,
    site: SiteFacts = NO_FACTS,
    report: Report = lambda _done, _total: None,
) -> Restored:
    """Verifies the set, stores it, erases again what the ledger names, and verifies the store.

    Raises BadBackup before anything is stored where the set isn't sound; Conflict where the store isn't empty; Damaged
    where what was stored isn't what was read.
    """
    source, head = chosen.path.name, chosen.manifest.head
    _require_empty(store, source)
    examined = examine(chosen, key, ledger, report)
    store.restore_mark.put(source)
    _store(chosen, store, key, examined, report)
    for command in _erasures(chosen, key, site, examined, bus):
        _send(bus, command)
    for stream in sorted(examined.leaving):
        _give_time(bus, stream.partition("-")[2], site.leave_after)
    for fault in StoreVerification(store).faults():
        raise Damaged(f"{fault}. The store isn't what was in {chosen.path}: empty it, and restore once more.")
    store.restore_mark.remove()
    return Restored(
        head=head,
        erased=len(examined.announced_later),
        leaving=len(examined.leaving),
        unchosen=sum(_is_unchosen(bus, stream) for stream in examined.left),
    )


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


def _erasures(
    chosen: BackupSet, key: Key | None, site: SiteFacts, examined: Examined, bus: CommandBus
) -> Iterator[Command]:
    """The commands that say again what the ledger names."""
    if examined.announced_later:
        codec = EventCodec()
        erased: dict[str, list[ErasedEvent]] = {}
        for commit in commits(chosen, key):
            for version, stored in enumerate(commit.events, commit.first):
                if (commit.stream, version) in examined.announced_later:
                    event = codec.decode(stored, commit)
                    erased.setdefault(commit.stream, []).append(ErasedEvent(version, event))
        for stream, events in erased.items():
            left, id = stream in examined.left, stream.partition("-")[2]
            if left and id in site.choices:
                yield _leave(bus, id, site.choices[id], ids.now(), REASON)
            yield from commands_for(stream, events, left=left, site_key=site.site_key)


def _give_time(bus: CommandBus, account: str, leave_after: timedelta) -> None:
    """Whoever was leaving may have come back since, and must be able to do so again."""
    leaving = bus.aggregates().account(account).leaving
    if leaving is not None:
        _send(bus, _leave(bus, account, leaving.choice, ids.from_now(leave_after), RESTORED))


def _leave(bus: CommandBus, account: str, choice: Choice, until: str, reason: str) -> Leave:
    """The backup may be older than some of the exceptions."""
    known = tuple(stream for stream in choice.exceptions if bus.aggregates().writing(stream).exists)
    return Leave(handle=account, words=choice.default, exceptions=known, until=until, reason=reason)


def _is_unchosen(bus: CommandBus, stream: str) -> bool:
    return bus.aggregates().account(stream.partition("-")[2]).leaving is None


def _send(bus: CommandBus, command: Command) -> None:
    """Nothing happens where it was done by a run that was killed since."""
    try:
        bus.send(command, operator(ids.now()))
    except NotFound:
        return
