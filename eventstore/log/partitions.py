"""How the log deals commits out to its partitions: what a projector must show depends on how far it is in each."""

from collections.abc import Callable, Mapping
from typing import Protocol

from domain.commit import SequencedCommit

PartitionOf = Callable[[SequencedCommit], int]


class Partitions(Protocol):
    """Of one log. Of an embedded one see StorePartitions, of Kafka's kafka_partitions."""

    def partitioner(self) -> PartitionOf:
        """Which partition a commit is in, by as many as there are now. Raises Unavailable where nobody can say."""

    def starts(self, reached: Mapping[int, int], filled: int) -> dict[int, int]:
        """Partition → the offset from which to follow, where everything up to the position `filled` is applied already.

        reached: the offsets of a generation that followed the same log. A partition that is left out is followed from
        its beginning.
        """


class StorePartitions:
    """The store itself is the log: one partition, and an offset is a position."""

    def partitioner(self) -> PartitionOf:
        return lambda _commit: 0

    def starts(self, reached: Mapping[int, int], filled: int) -> dict[int, int]:  # noqa: ARG002 it may be shorter now
        return {0: filled + 1}
