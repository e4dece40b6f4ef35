"""A log in memory, a publisher on it, and checks of what came."""

import time

from domain.commit import Commit
from domain.errors import Unavailable
from eventstore.chain import faults
from eventstore.kafka.producer import partition_of
from eventstore.mongo.checkpoint import Checkpoint
from eventstore.mongo.store import MongoEventStore
from eventstore.relay import publisher
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer import Sequencer


class Pipe:
    """A producer into a list, which fails when told to."""

    partitions = 3
    topic_id = "one"

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, int]] = []
        self.acknowledgements = 0
        self.failing = False

    def partition_of(self, commit: Commit) -> int:
        return partition_of(commit.key, self.partitions)

    def send(self, commit: Commit, previous: int) -> None:
        self.sent.append((self.partition_of(commit), commit.position or 0, previous))

    def acknowledged(self, leave: int = 0) -> None:
        if self.failing:
            raise Unavailable("no answer")
        self.acknowledgements += 1

    def is_same_topic(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""

    @property
    def positions(self) -> list[int]:
        return [position for _, position, _ in self.sent]


def whole(store: MongoEventStore, count: int) -> list[Commit]:
    """Everything numbered: count commits without a hole, on one chain, each stream in order."""
    commits = store.read(0, 100_000)
    assert [one.position for one in commits] == list(range(1, count + 1))
    assert list(faults(commits)) == []
    shown: dict[str, int] = {}
    for one in commits:
        assert one.first == shown.get(one.stream, 0) + 1, one
        shown[one.stream] = one.last
    until = time.monotonic() + 10
    while store.waiting(1):  # marks are taken away beside the numbering
        assert time.monotonic() < until
        time.sleep(0.002)
    assert store.head() == (count, commits[-1].chain)
    return commits


def feed(store: MongoEventStore, pipe: Pipe, term: int = 1) -> Publisher:
    """One that numbers when it is asked, in place of a thread beside it."""
    sequencer = Sequencer(store)
    take = lambda _timeout_s: sequencer.step(publisher.MAX_UNFLUSHED_COMMITS)  # noqa: E731
    return Publisher(store, take, pipe, Checkpoint(store.database["relay"], "t", term))


def drained(feed: Publisher) -> None:
    while feed.step(0.0):
        pass
    feed.flush()


def away() -> Pipe:
    raise Unavailable("no Kafka")
