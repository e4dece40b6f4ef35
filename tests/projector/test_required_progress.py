"""What the live generation must show is compared, not what it says that it shows: on one partition and on two."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain import ids, post
from domain.commit import SequencedCommit
from eventstore.codec import EventCodec
from projector.folding import CommitFolder, FoldResult
from projector.rebuild import Comparison, Rebuilder
from projector.worker import Worker
from readmodel.catalogue import READ_MODELS
from readmodel.engine import progress
from tests.projector.conftest import Backend
from tests.projector.partitioned_log import PartitionedLog
from tests.projector.test_guardians import older


def publish_posts(backend: Backend, posts: int = 6) -> list[str]:
    backend.register("ann", "bob")
    made = [backend.publish(f"Number {number}") for number in range(posts)]
    for id in made:
        backend.comment(id)
        backend.like(id)
    backend.project()
    return made


class Forgetful(CommitFolder):
    """Passes over what begins with a stream's name, and goes on: as if it had never been there."""

    forgotten = "nothing"

    def fold(self, connection: Connection, commits: Sequence[SequencedCommit]) -> FoldResult:
        return super().fold(connection, [one for one in commits if one.stream != self.forgotten])


def published_and_lost(backend: Backend) -> str:
    """The newest post, so that the other partition isn't that far."""
    folder = Forgetful(backend.store, EventCodec())
    backend.worker = Worker(backend.generations, backend.new_log(), folder)
    publish_posts(backend)
    id = backend.publish("Lost")
    folder.forgotten = f"post-{id}"
    backend.project()
    with backend.generations.connect() as connection:
        assert progress.position(connection) == backend.store.head()[0]
        assert progress.version(connection, f"post-{id}") == 0
    return id


def verified(backend: Backend) -> Comparison:
    return backend.rebuilder().verify(lambda _: None)


def rebuilt(backend: Backend) -> Comparison | None:
    rebuilder = backend.rebuilder()
    fresh, comparison = rebuilder.fill(lambda _: None)
    rebuilder.switch(fresh)
    return comparison


def test_a_stream_that_is_missing_altogether_is_missed_and_a_rebuild_brings_it_back(either: Backend) -> None:
    lost = published_and_lost(either)
    found = verified(either)
    assert not found.same
    assert [one.key for one in found.differences if one.table == "posts"] == [(lost,)]

    comparison = rebuilt(either)
    assert comparison is not None
    assert not comparison.same
    assert verified(either).same
    with either.generations.connect() as connection:
        assert progress.version(connection, f"post-{lost}") == 1


def test_it_is_missed_in_a_generation_that_was_filled_from_the_store(either: Backend) -> None:
    id = publish_posts(either)[0]
    rebuilt(either)
    with either.generations.live().write() as connection:
        for model in READ_MODELS:
            for table, whose in model.owned(f"post-{id}"):
                connection.execute(table.delete().where(whose))
        connection.execute(progress.streams.delete().where(progress.streams.c.stream == f"post-{id}"))
    assert not verified(either).same


def test_what_is_not_shown_yet_is_not_missed(either: Backend) -> None:
    posts = publish_posts(either)
    either.like(posts[0], "ann")
    either.number()
    assert verified(either).same


def test_what_a_partition_that_stands_still_has_not_brought_is_not_missed(backend: Backend) -> None:
    log = PartitionedLog(backend.store)
    log.stopped.add(1)
    backend.worker = backend.new_worker(log)
    publish_posts(backend)
    rebuilder = Rebuilder(backend.generations, backend.store, backend.folder_of, log)
    found = rebuilder.verify(lambda _: None)
    assert found.same, found.differences
    assert found.fresh["posts"].rows == 3
    fresh, comparison = rebuilder.fill(lambda _: None)
    assert comparison is not None
    assert comparison.same
    rebuilder.switch(fresh)
    log.stopped.clear()
    backend.project()
    assert rebuilder.verify(lambda _: None).fresh["posts"].rows == 6


def test_a_stream_that_is_parked_is_not_missed_and_a_rebuild_takes_it_up(either: Backend) -> None:
    either.register("ann")
    shown = either.publish("Shown")
    either.folder_of = CommitFolder(either.store, older(post.PostEdited))
    either.worker = either.new_worker()
    either.project()
    either.send(post.EditPost(post=shown, version=1, title="Edited", body="and parked"))
    either.send(post.EditPost(post=shown, version=2, title="Edited twice", body="and parked"))
    for _ in range(4):
        either.publish("Beside")
    either.project()
    assert [letter.stream for letter in either.generations.parked()] == [f"post-{shown}"]

    either.folder_of = CommitFolder(either.store, EventCodec())
    found = verified(either)
    assert found.same, found.differences
    rebuilt(either)
    assert either.generations.parked() == []
    with either.generations.connect() as connection:
        assert progress.version(connection, f"post-{shown}") == 3


def test_a_parked_stream_whose_shown_part_is_lost_is_missed(either: Backend) -> None:
    either.register("ann")
    id = ids.uuid7()
    either.send(post.NewPost(post=id, title="One", body="words"))
    either.project()
    either.folder_of = CommitFolder(either.store, older(post.PostEdited))
    either.worker = either.new_worker()
    either.send(post.EditPost(post=id, version=1, title="Two", body="words"))
    either.project()
    with either.generations.live().write() as connection:
        connection.exec_driver_sql("DELETE FROM posts")
    assert not verified(either).same
