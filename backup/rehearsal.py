"""Rehearses a restore: into a folder that is gone afterwards, verified, compared with the live store, and folded."""

import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.ports import EventStore
from eventstore.codec import EventCodec, encode_commit
from eventstore.erasure_ledger import Erased
from eventstore.heads import Head, deviation
from eventstore.scan import pages
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.generation_fill import GenerationFill
from readmodel.engine import progress
from readmodel.generations.scratch import scratch

from .encryption import Key
from .folder import BackupSet
from .restoring import restore
from .writing import Report

MAX_DIFFERENCES = 20


class Rehearsal(msgspec.Struct, kw_only=True):
    """steps: what was done, and the seconds that it took; differences: a sentence each, the first MAX_DIFFERENCES."""

    head: Head
    behind: int
    steps: list[tuple[str, float]] = []
    differences: list[str] = []

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.steps)


def rehearse(
    chosen: BackupSet,
    live: EventStore,
    ledger: Collection[Erased],
    *,
    key: Key | None = None,
    report: Report = lambda _done, _total: None,
) -> Rehearsal:
    """Raises what `restore` raises; what the restored store lacks beside the live one is in `differences`."""
    head = chosen.manifest.head
    done = Rehearsal(head=head, behind=max(0, live.head()[0] - head.position))
    with (
        tempfile.TemporaryDirectory(prefix="verbatim-rehearsal-") as folder,
        closing(SqliteEventStore(Path(folder) / "events.db")) as restored,
    ):
        bus = CommandBus(restored, EventCodec(), all_handlers())
        with _timed(done, "restored and verified"):
            restore(chosen, restored, bus, ledger, key=key, report=report)
        with _timed(done, "compared with the live store"):
            done.differences += _first(_differences(restored, live, head))
        with _timed(done, "folded"):
            done.differences += _first(_unfoldable(restored, report))
    return done


@contextmanager
def _timed(done: Rehearsal, step: str) -> Iterator[None]:
    since = time.monotonic()
    yield
    done.steps.append((step, time.monotonic() - since))


def _first(found: Iterator[str]) -> list[str]:
    return [sentence for _, sentence in zip(range(MAX_DIFFERENCES), found, strict=False)]


def _differences(restored: EventStore, live: EventStore, head: Head) -> Iterator[str]:
    """Each commit has to come out as the same line, up to the set's head."""
    if wrong := deviation(live, head):
        yield f"{wrong} (the live event store, beside the backup)"
        return
    pairs = zip(pages(restored, 0, head.position), pages(live, 0, head.position), strict=True)
    for ours, theirs in pairs:
        for here, there in zip(ours, theirs, strict=True):
            if encode_commit(here) != encode_commit(there):
                yield f"position {here.position:,} ({here.stream}) isn't the same in the live event store"


def _unfoldable(restored: EventStore, report: Report) -> Iterator[str]:
    with scratch() as fresh:
        folder = CommitFolder(restored, EventCodec())
        GenerationFill(fresh, restored, folder, lambda one: report(one.done, one.total)).to_head()
        with fresh.read() as connection:
            for letter in progress.parked(connection):
                yield f"{letter.stream} can't be folded from version {letter.version} on: {letter.error}"
