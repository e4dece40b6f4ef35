"""What the cases of every event store share: many threads at once, and reading it all."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from domain.commit import Commit, SequencedCommit
from domain.errors import DuplicateCommand, VersionConflict
from domain.ports import EventStore
from eventstore.chain import without_position

Result = TypeVar("Result")


class Nothing:
    """Stands for the last commit of a stream that has none."""

    last = 0


def pages(store: EventStore) -> Iterator[SequencedCommit]:
    after = 0
    while page := store.read(after, 100):
        yield from page
        after = page[-1].position


def unnumbered(stored: Commit) -> Commit:
    return without_position(stored)


def kind(outcome: object) -> str:
    """Whether it has a position already differs from store to store."""
    return "Commit" if isinstance(outcome, Commit) else type(outcome).__name__


def attempted(store: EventStore, sent: Commit) -> Commit | VersionConflict | DuplicateCommand:
    try:
        return store.append(sent)
    except (VersionConflict, DuplicateCommand) as refusal:
        return refusal


def together(count: int, work: Callable[[int], Result]) -> list[Result]:
    """Runs work(0) … work(count - 1) in threads that start at the same moment."""
    gate = threading.Barrier(count)

    def started(at: int) -> Result:
        gate.wait()
        return work(at)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


@contextmanager
def closing(store: EventStore) -> Iterator[EventStore]:
    try:
        yield store
    finally:
        store.close()
