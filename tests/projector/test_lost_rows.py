"""A database that takes a row and doesn't have it: its stream is parked with a reason, and nothing spins."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain import ids, post
from operational import rebuild_requests, webhook_cursor
from readmodel.engine import progress, tallies
from readmodel.tags import tag_counts
from tests.projector.conftest import Backend

VANISH = "CREATE TRIGGER vanish AFTER INSERT ON tag_counts WHEN NEW.tag = 'ghost' BEGIN {} END"
SWALLOW = VANISH.format("DELETE FROM tag_counts WHERE tag = 'ghost';")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails a test that is still in the block by then."""

    def late(*_: object) -> None:
        pytest.fail(f"still at it after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def swallow(backend: Backend) -> None:
    with backend.generations.live().write() as connection:
        connection.execute(text(SWALLOW))


def test_a_row_that_is_never_there_after_its_insert_parks_its_stream_alone(backend: Backend) -> None:
    backend.register("ann")
    backend.project()
    swallow(backend)
    lost, fine = ids.uuid7(), ids.uuid7()
    for id, body in ((lost, "#ghost"), (fine, "#shown")):
        backend.send(post.NewPost(post=id, title="T", body=body))

    with within(20):
        backend.project()

    (letter,) = backend.generations.parked()
    assert letter.stream == f"post-{lost}"
    assert "tag_counts has no row for 'ghost'" in letter.error
    with backend.generations.connect() as connection:
        assert progress.version(connection, f"post-{fine}") == 1
        assert progress.version(connection, f"post-{lost}") == 0


def test_a_row_that_goes_once_between_insert_and_increase_is_made_again(backend: Backend) -> None:
    with backend.generations.live().write() as connection:
        connection.execute(text("CREATE TABLE gone (tag TEXT)"))
        once = "INSERT INTO gone VALUES ('ghost'); DELETE FROM tag_counts WHERE tag = 'ghost'"
        count = "(SELECT count(*) FROM gone) = 0"
        connection.execute(text(VANISH.replace("WHEN ", f"WHEN {count} AND ").format(once + ";")))
        with within(20):
            tallies.add(connection, tag_counts, {("ghost",): {"posts": 2}, ("other",): {"posts": 1}})
        assert dict(connection.execute(text("SELECT tag, posts FROM tag_counts")).all()) == {"ghost": 2, "other": 1}


def test_a_cursor_of_the_webhooks_that_is_never_there_is_an_error(backend: Backend) -> None:
    control = backend.generations.control
    with control.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER vanish AFTER INSERT ON webhook_cursor BEGIN DELETE FROM webhook_cursor; END")
        )
    with within(20), pytest.raises(LookupError, match="webhook_cursor has no row"):
        webhook_cursor.load_or_create(control, "2026-01-01T00:00:00.000000Z")


def test_a_request_that_the_database_refuses_is_an_error(backend: Backend) -> None:
    control = backend.generations.control
    with control.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON rebuild_requests BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    with pytest.raises(IntegrityError):
        rebuild_requests.request(control, ids.uuid7(), "root")
