"""Which commits a generation must have applied, by its checkpoints (docs/decisions/0017).

Stream versions alone wouldn't miss a stream that was lost altogether. A partition's checkpoint says more: every commit
up to there is applied, or its stream is parked.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.commit import SequencedCommit
from eventstore.log.partitions import PartitionOf
from readmodel.engine import progress
from readmodel.engine.progress import FILLED_FROM_STORE


class RequiredProgress:
    """The checkpoints as first read, beside the stream versions on the connection as they are when asked."""

    def __init__(self, connection: Connection, partition_of: PartitionOf) -> None:
        self._connection = connection
        self._partition_of = partition_of
        self._positions = {partition: at for partition, (_, at) in progress.offsets(connection).items()}
        # Afterwards: what was parked on the way to those checkpoints must be among them.
        self.parked = progress.parked_streams(connection)
        self.position = max(self._positions.values(), default=0)
        followed = [at for partition, at in self._positions.items() if partition != FILLED_FROM_STORE]
        self.whole = min(followed, default=self.position)
        """Every commit up to there is applied or parked; of later ones some."""

    def among(self, commits: Sequence[SequencedCommit]) -> tuple[list[SequencedCommit], int | None]:
        """Those that must be there, and the first position that needn't be yet.

        For that, streams that are parked don't count: they may wait for long.
        """
        surely = [self._surely(commit) for commit in commits]
        unsure = {commit.stream for commit, sure in zip(commits, surely, strict=True) if not sure}
        versions = progress.versions(self._connection, unsure) if unsure else {}
        due, not_yet = [], None
        for commit, sure in zip(commits, surely, strict=True):
            if sure or commit.last <= versions.get(commit.stream, 0):
                due.append(commit)
            elif not_yet is None and commit.stream not in self.parked:
                not_yet = commit.position
        return due, not_yet

    def version(self, stream: str) -> int:
        return progress.version(self._connection, stream)

    def _surely(self, commit: SequencedCommit) -> bool:
        """Up to its partition's checkpoint, or up to where the generation was filled from the store."""
        if commit.stream in self.parked:
            return False
        if commit.position <= self._positions.get(FILLED_FROM_STORE, 0):
            return True
        return commit.position <= self._positions.get(self._partition_of(commit), 0)
