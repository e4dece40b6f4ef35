"""Waits until the read model shows what is stored, and says which streams it doesn't show yet."""

from collections.abc import Callable, Iterable, Iterator

from domain.commit import SequencedCommit, stored_command_id
from domain.errors import Unavailable
from domain.ports import EventStore
from readmodel.engine import progress
from readmodel.generations.generations import Generations

from .accounts import by_store
from .ledger import Ledgers
from .processes import wait_for

PAGE_COMMITS = 1_000
LOOK_INTERVAL_S = 0.05


def wait_until_caught_up(ledgers: Ledgers, store: EventStore, generations: Generations, timeout_s: float) -> list[str]:
    """Until all that is stored of the ledgers has a position, and the read model shows it. A sentence if it doesn't."""
    caught_up = wait_for(timeout_s, lambda: _has_caught_up(ledgers, store, generations), LOOK_INTERVAL_S)
    return [] if caught_up else [f"the read model hadn't caught up after {timeout_s:g} s"]


def _has_caught_up(ledgers: Ledgers, store: EventStore, generations: Generations) -> bool:
    try:
        sequenced = {commit.command_id for commit in all_commits(store)}
        ledgers = by_store(ledgers, store)
        sent = {stored_command_id(one.actor, one.id): ledgers.accepted(one) for one in ledgers.intents}
        # What nobody got an answer to, or was refused, may be stored too, and wait for a position.
        unsequenced = (accepted or store.find_command(id) for id, accepted in sent.items() if id not in sequenced)
        return not any(unsequenced) and not behind(store, generations)
    except Unavailable:
        return False


def shows_all_of(store: EventStore, generations: Generations) -> Callable[[], bool]:
    """Tells whether the read model shows what has a position now, however much is written meanwhile."""
    stored = _stored(store)

    def shows_all() -> bool:
        return all(shown >= stored[stream] for stream, shown in _shown(generations, stored).items())

    return shows_all


def behind(store: EventStore, generations: Generations) -> list[str]:
    """A sentence for each stream that the live read model doesn't show as the store has it."""
    stored = _stored(store)
    return [
        f"{stream} is shown at version {version} and stored at {stored[stream]}"
        for stream, version in _shown(generations, stored).items()
        if version != stored[stream]
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
    while commits := store.read(position, PAGE_COMMITS):
        yield from commits
        position = commits[-1].position
