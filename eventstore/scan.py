"""Reading a store so that nothing is overlooked: for whoever copies, compares or verifies all that it holds.

`EventStore.read` leaves a commit that is missing out, so that those who follow the store aren't stopped by it. Whoever
says "all of it" reads here, where a hole is damage.
"""

from collections.abc import Iterator

from domain.commit import SequencedCommit
from domain.errors import Damaged
from domain.ports import EventStore

PAGE_COMMITS = 500


def pages(
    store: EventStore, after: int = 0, upto: int | None = None, size: int = PAGE_COMMITS
) -> Iterator[list[SequencedCommit]]:
    """Every commit with after < position <= upto, in order; upto is the head as it stands now where it isn't given.

    Raises Damaged, which names the first position without a commit, once those before it were given.
    """
    last = store.head()[0] if upto is None else upto
    while after < last:
        page = store.read(after, min(size, last - after))
        whole = _unbroken(page, after)
        if whole:
            yield whole
            after = whole[-1].position
        if len(whole) < len(page) or not page:
            raise missing(after + 1)


def missing(position: int) -> Damaged:
    """What is said of a position that was given to a commit which isn't there any more."""
    return Damaged(
        f"position {position} is missing: the event store has lost a commit. Stop the site, keep the store, and "
        "restore the newest backup or export."
    )


def _unbroken(page: list[SequencedCommit], after: int) -> list[SequencedCommit]:
    """The commits up to the first hole."""
    for number, commit in enumerate(page):
        if commit.position != after + 1 + number:
            return page[:number]
    return page
