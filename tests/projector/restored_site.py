"""A projected site whose store is restored to an earlier state, and what its pages would show."""

from sqlalchemy import text

from domain import post
from projector.generation_fill import silent
from projector.generation_upkeep import GenerationUpkeep
from projector.rebuild_requests import RebuildRequestHandler
from readmodel.engine import progress
from readmodel.generations import store_match
from readmodel.generations.lag import LagMeter
from tests.projector.conftest import Backend
from tests.projector.partitioned_log import PARTITIONS, partition_of_key
from tests.projector.restoring import backed_up


def upkeep(backend: Backend) -> GenerationUpkeep:
    rebuilder = backend.rebuilder()
    return GenerationUpkeep(backend.generations, RebuildRequestHandler(backend.generations, rebuilder), rebuilder)


def shown(backend: Backend, id: str) -> int:
    with backend.generations.connect() as connection:
        return progress.version(connection, f"post-{id}")


def publish_posts(backend: Backend, count: int) -> list[str]:
    return [backend.publish(f"Number {number}") for number in range(count)]


def mismatch_reason(backend: Backend) -> str | None:
    with backend.generations.connect() as connection:
        found = store_match.mismatch(connection, backend.store)
    return None if found is None else found.reason


def lag(backend: Backend) -> int:
    count = 1 if backend.mongo is None else PARTITIONS
    partition_of = lambda key, _: partition_of_key(key, count)  # noqa: E731
    return LagMeter(backend.store, backend.generations.connect, partition_of).measure().commits


class BackedUpSite:
    """A site of which a backup was made: kept before it, lost after it."""

    def __init__(self, backend: Backend) -> None:
        backend.register("ann", "bob")
        self.kept = publish_posts(backend, 12)
        backend.project()
        self.restore = backed_up(backend)
        self.backup = backend.store.head()
        self.lost = publish_posts(backend, 9)
        self.edited = self.kept[0]
        for version in (1, 2, 3):
            backend.send(post.EditPost(post=self.edited, version=version, title=f"Lost {version}", body="words"))
        backend.project()
        self.reached = backend.store.head()[0]
        assert mismatch_reason(backend) is None

    def assert_mended(self, backend: Backend, new: list[str]) -> None:
        """Once a fresh generation is live and was followed."""
        backend.project()
        assert mismatch_reason(backend) is None
        assert [shown(backend, id) for id in self.lost] == [0] * len(self.lost)
        assert [shown(backend, id) for id in new] == [1] * len(new)
        assert [shown(backend, id) for id in self.kept if id != self.edited] == [1] * (len(self.kept) - 1)
        assert lag(backend) == 0
        assert backend.rebuilder().verify(silent).same


def rows(backend: Backend) -> list[tuple[str, int]]:
    with backend.generations.connect() as connection:
        found = connection.execute(text("SELECT stream, version FROM streams ORDER BY stream"))
        return [(row.stream, row.version) for row in found]
