"""Waits until the read model shows what is stored, and says which streams it doesn't show yet."""

import time
from collections.abc import Iterable, Iterator

from domain.commit import SequencedCommit
from domain.errors import Unavailable
from domain.ports import EventStore
from readmodel.engine import progress
from readmodel.generations.generations import Generations

from .ledger import Told

PAGE = 1_000
STORE_POLL_INTERVAL_S = 0.05


def wait_until_shown(told: Told, store: EventStore, generations: Generations, patience_s: float) -> bool:
    """Whether within the time all that is stored of the ledgers has a position, and the read model shows it."""
    until = time.monotonic() + patience_s
    while not _at_rest(told, store, generations):
        if time.monotonic() > until:
            return False
        time.sleep(STORE_POLL_INTERVAL_S)
    return True


def _at_rest(told: Told, store: EventStore, generations: Generations) -> bool:
    try:
        numbered = {commit.command_id for commit in all_commits(store)}
        sent = {f"{intent.actor}:{intent.id}": told.accepted(intent) for intent in told.intents}
        # What nobody was told of, or was refused, may be stored too, and wait for a position.
        waiting = (accepted or store.find_command(id) for id, accepted in sent.items() if id not in numbered)
        return not any(waiting) and not behind(store, generations)
    except Unavailable:
        return False


def catches_up(store: EventStore, generations: Generations, patience_s: float) -> bool:
    """Whether the read model shows within the time what has a position now, however much is written meanwhile."""
    until, stored = time.monotonic() + patience_s, _stored(store)
    while any(shown < stored[stream] for stream, shown in _shown(generations, stored).items()):
        if time.monotonic() > until:
            return False
        time.sleep(STORE_POLL_INTERVAL_S)
    return True


def behind(store: EventStore, generations: Generations) -> list[str]:
    """A sentence for each stream that the live read model doesn't show as the store has it."""
    stored = _stored(store)
    shown = _shown(generations, stored)
    return [
        f"{stream} is shown at version {shown[stream]} and stored at {last}"
        for stream, last in stored.items()
        if shown[stream] != last
    ]


def _stored(store: EventStore) -> dict[str, int]:
    """Stream → its last version that has a position."""
    return {commit.stream: commit.last for commit in all_commits(store)}


def _shown(generations: Generations, streams: Iterable[str]) -> dict[str, int]:
    with generations.connect() as connection:
        found = progress.versions(connection, streams)
    return {stream: found.get(stream, 0) for stream in streams}


def all_commits(store: EventStore) -> Iterator[SequencedCommit]:
    position = 0
    while commits := store.read(position, PAGE):
        yield from commits
        position = commits[-1].position
