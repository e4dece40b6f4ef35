"""What repairs and replays is right on both stores: on MongoDB a commit and its position are different documents."""

from typing import Any

from domain import account, post, rights
from domain.catalogue import by_type
from domain.messages import Event
from eventstore.codec import EventCodec
from projector.comparison import checksums
from projector.folding import CommitFolder
from readmodel.catalogue import answer
from readmodel.engine import progress
from readmodel.engine.queries import Moderations
from readmodel.generations import repairs
from tests.projector.conftest import Backend


def older(without: type[Event]) -> EventCodec:
    """The codec of a version that doesn't know an event yet."""
    return EventCodec({name: known for name, known in by_type().items() if known is not without})


def rows(backend: Backend) -> dict[str, Any]:
    with backend.generations.live().snapshot() as connection:
        return checksums(connection)


def test_what_was_parked_is_shown_once_it_can_be_read(either: Backend) -> None:
    either.register("ann")
    either.folder_of = CommitFolder(either.store, older(post.PostPublished))
    either.worker = either.new_worker()
    id = either.publish()
    either.project()
    assert [letter.stream for letter in either.generations.parked()] == [f"post-{id}"]

    either.folder_of = CommitFolder(either.store, EventCodec())
    either.worker = either.new_worker()
    either.project()
    assert either.generations.parked() == []
    with either.generations.connect() as connection:
        assert progress.version(connection, f"post-{id}") == 1


def test_the_verifier_leaves_the_rows_of_what_moderators_did_alone(either: Backend) -> None:
    either.register("ann", "bob")
    either.send(account.GrantRole(handle="bob", role="moderator"), rights.OPERATOR)
    for id in (either.publish("One"), either.publish("Two")):
        either.send(post.RemovePost(post=id, reason="Spam."), "bob")
    either.project()
    before, verifier = rows(either), either.verifier()
    for commit in either.store.read(0, 100):
        verifier.check_with_related(either.generations.live(), commit)
    assert repairs.newest(either.generations.control) == []
    assert rows(either) == before


def test_a_repair_brings_the_rows_of_the_moderation_log_back(either: Backend) -> None:
    either.register("ann", "bob")
    either.send(account.GrantRole(handle="bob", role="moderator"), rights.OPERATOR)
    id = either.publish()
    either.send(post.RemovePost(post=id, reason="Spam."), "bob")
    either.project()
    before = rows(either)
    live = either.generations.live()
    with live.write() as connection:
        connection.exec_driver_sql("DELETE FROM moderation_log")
    for commit in either.store.read(0, 100):
        either.verifier().check_with_related(live, commit)
    assert rows(either) == before
    with live.read() as connection:
        assert len(answer(connection, Moderations()).items) == 2
