"""A log of several partitions over any store, in place of Kafka: what a projector sees of it, without a broker."""

from collections.abc import Iterable, Mapping
from zlib import crc32

from domain import ids
from domain.commit import SequencedCommit
from domain.ports import EventStore
from eventstore.log.partitions import PartitionOf
from eventstore.log.protocol import Delivery

PARTITIONS = 2
_PAGE = 100


def post_id_in(partition: int) -> str:
    """A new post's id whose thread goes to this one of PARTITIONS: chance would meet them all on most days only."""
    return next(id for id in iter(ids.uuid7, "") if partition_of_key(id) == partition)


def partition_of_key(key: str, partitions: int = PARTITIONS) -> int:
    return crc32(key.encode()) % partitions


class PartitionedLog:
    """Meets eventstore.log.protocol.Log and partitions.Partitions. A message's offset is its commit's position.

    `stopped` partitions bring nothing.
    """

    def __init__(self, store: EventStore, partitions: int = PARTITIONS) -> None:
        self._store = store
        self._partitions = partitions
        self._next: dict[int, int] = {}
        self.stopped: set[int] = set()

    def partition_of(self, commit: SequencedCommit) -> int:
        return partition_of_key(commit.key, self._partitions)

    def assigned(self) -> frozenset[int]:
        return frozenset(range(self._partitions))

    def partitioner(self) -> PartitionOf:
        return self.partition_of

    def starts(self, reached: Mapping[int, int], filled: int) -> dict[int, int]:
        return dict.fromkeys(range(self._partitions), filled + 1)

    def beginning(self, partition: int) -> int:
        return 1

    def seek(self, partition: int, offset: int) -> int:
        self._next[partition] = offset
        return offset

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        found: list[Delivery] = []
        for partition in self._next.keys() - self.stopped:
            for commit in self._of(partition, self._next[partition] - 1):
                found.append(Delivery(partition, commit.position, commit))
                self._next[partition] = commit.position + 1
        return found

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:
        yield [commit for commit in self._of(partition, after) if commit.position <= upto]

    def close(self) -> None:
        """Nothing is open."""

    def _of(self, partition: int, after: int) -> Iterable[SequencedCommit]:
        while page := self._store.read(after, _PAGE):
            yield from (commit for commit in page if self.partition_of(commit) == partition)
            after = page[-1].position
