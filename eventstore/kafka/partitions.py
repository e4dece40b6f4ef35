"""Kafka's partitions, as many as the topic has when they are asked for."""

from collections.abc import Mapping

from kafka import KafkaAdminClient

from domain.commit import SequencedCommit
from eventstore.log.partitions import PartitionOf

from .producer import READY_TIMEOUT_MS, KafkaAddress, partition_of, topic, translating_errors


class KafkaPartitions:
    """Meets partitions.Partitions."""

    def __init__(self, where: KafkaAddress) -> None:
        self._where = where

    def partitioner(self) -> PartitionOf:
        with (
            translating_errors(),
            KafkaAdminClient(bootstrap_servers=self._where.servers, bootstrap_timeout_ms=READY_TIMEOUT_MS) as admin,
        ):
            count = topic(admin, self._where).partitions

        def partition_by_key(commit: SequencedCommit) -> int:
            return partition_of(commit.key, count)

        return partition_by_key

    def starts(self, reached: Mapping[int, int], filled: int) -> dict[int, int]:  # noqa: ARG002 offsets are no positions
        return dict(reached)
