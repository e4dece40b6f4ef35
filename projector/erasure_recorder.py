"""Records erasures in the ledger beside the read model, before they are shown: a backup that is restored later is older
than they are."""

from collections.abc import Iterable

from sqlalchemy import Engine

from domain.commit import Commit
from domain.ports import EventStore
from eventstore.erasure_ledger import erased_by
from operational import erasure_ledger


class ErasureRecorder:
    """Of one process. Several may run."""

    def __init__(self, control: Engine, store: EventStore) -> None:
        self._control = control
        self._store = store

    def record(self, commits: Iterable[Commit]) -> None:
        """Safe to repeat: whoever folds a commit again records it again."""
        erasure_ledger.record(self._control, (one for commit in commits for one in erased_by(commit, self._store)))
