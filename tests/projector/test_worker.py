"""The loop: who owns a partition, what happens when the database fails, and that nothing is parked for that."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from domain.commit import Commit
from domain.errors import Unavailable
from eventstore.log import reader_lease
from eventstore.log.protocol import Delivery, StoreLog
from eventstore.log.reader_lease import ReaderLease
from projector.comparison import checksums
from readmodel.engine import progress
from readmodel.engine.progress import Fenced
from tests.projector.conftest import Backend


def _version(backend: Backend, stream: str) -> int:
    with backend.generations.connect() as connection:
        return progress.version(connection, stream)


def test_a_projector_that_was_frozen_cannot_commit_once_another_took_over(backend: Backend) -> None:
    backend.register("ann")
    backend.project()
    frozen, other = backend.worker, backend.new_worker()
    other.step(0.0)
    backend.publish()
    with pytest.raises(Fenced):
        frozen.step(0.0)
    while other.step(0.0):
        pass
    assert backend.generations.live().position() == backend.store.head()[0]


def test_of_two_projectors_on_one_store_the_second_stands_by(backend: Backend) -> None:
    backend.register("ann")
    first, second = backend.leased_worker(), backend.leased_worker()
    for _ in range(5):
        first.step(0.0)
        second.step(0.0)
        backend.publish()
    first.step(0.0)
    assert backend.generations.live().position() == backend.store.head()[0]
    assert _epoch(backend) == 1


def test_the_second_takes_over_from_one_that_is_frozen_and_neither_goes_back_and_forth(backend: Backend) -> None:
    backend.register("ann")
    first, second = backend.leased_worker(), backend.leased_worker()
    first.step(0.0)
    second.step(0.0)
    with frozen(backend.leases[0]):
        backend.publish()
        until = time.monotonic() + 20
        while backend.generations.live().position() < backend.store.head()[0]:
            assert time.monotonic() < until
            second.step(0.05)
    time.sleep(2 * reader_lease.HEARTBEAT_INTERVAL_S)
    for _ in range(5):
        backend.publish()
        first.step(0.0)
        second.step(0.0)
    assert backend.generations.live().position() == backend.store.head()[0]
    assert _epoch(backend) == 2


@contextmanager
def frozen(lease: ReaderLease) -> Iterator[None]:
    """Its process stands still: nothing renews the file, though its process is there."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lease, "_write", lambda _holder: None)
        yield


def _epoch(backend: Backend) -> int:
    with backend.generations.connect() as connection:
        return int(connection.execute(text("SELECT epoch FROM checkpoints")).scalar_one())


def test_rows_and_offset_commit_together_or_not_at_all(backend: Backend) -> None:
    backend.register("ann")
    backend.project()
    id = backend.publish()
    live = backend.generations.live()
    failures = iter([OperationalError("COMMIT", {}, Exception("disk I/O error"))])

    def fail_once(*_: object) -> None:
        if (error := next(failures, None)) is not None:
            raise error

    event.listen(live.engine, "commit", fail_once)
    backend.project()
    assert _version(backend, f"post-{id}") == 1
    assert backend.generations.parked() == []


def test_a_fold_that_raises_parks_its_stream_after_some_tries_and_the_others_go_on(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann")
    poison, fine = backend.publish("Poison"), backend.publish("Fine")
    facts = backend.folder_of.facts

    def poisoned(commit):  # type: ignore[no-untyped-def]
        if commit.stream == f"post-{poison}":
            raise ZeroDivisionError("a defect in a fold")
        return facts(commit)

    monkeypatch.setattr(backend.folder_of, "facts", poisoned)
    backend.project()
    (letter,) = backend.generations.parked()
    assert letter.stream == f"post-{poison}"
    assert "ZeroDivisionError" in letter.error
    assert _version(backend, f"post-{fine}") == 1


def test_a_missing_table_stops_the_process_and_parks_nothing(busy: Backend) -> None:
    with busy.generations.live().write() as connection:
        connection.execute(text("ALTER TABLE posts RENAME TO elsewhere"))
    busy.publish()
    with pytest.raises(OperationalError):
        busy.project()
    with busy.generations.live().write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO posts"))
    assert busy.generations.parked() == []


def test_what_was_parked_is_tried_again_when_a_projector_starts(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann")
    id = backend.publish()
    with monkeypatch.context() as broken:
        broken.setattr(backend.folder_of, "facts", lambda _commit: 1 / 0)
        backend.project()
    assert backend.generations.parked() != []
    backend.worker = backend.new_worker()
    backend.project()
    assert backend.generations.parked() == []
    assert _version(backend, f"post-{id}") == 1


def test_the_position_stays_where_it_was_when_a_log_sends_old_messages_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann", "bob")
    backend.project()
    first, last = backend.store.read(0, 2)
    assert last.position is not None
    again = [Delivery(0, last.position + 1, first)]
    monkeypatch.setattr(StoreLog, "poll", lambda *_: again)
    backend.worker.step(0.0)
    with backend.generations.connect() as connection:
        assert progress.offsets(connection) == {0: (last.position + 2, last.position)}


def test_a_log_made_anew_that_has_grown_back_as_long_is_noticed_and_made_up_for(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann")
    backend.project()
    id = backend.publish()
    missed = backend.store.read(1, 1)
    monkeypatch.setattr(StoreLog, "poll", lambda *_: [Delivery(0, 1, missed[0], previous=1)])
    monkeypatch.setattr(StoreLog, "missed", lambda *_: [missed])
    backend.worker.step(0.0)
    assert _version(backend, f"post-{id}") == 1


def test_what_a_log_no_longer_has_is_shown_also_where_nothing_follows(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann")
    backend.project()
    id = backend.publish()
    expired, end = backend.store.read(1, 1), 9
    tries = iter([Unavailable("away"), [expired]])

    def missed(*_: object) -> list[list[Commit]]:
        if isinstance(found := next(tries), Unavailable):
            raise found
        return found

    monkeypatch.setattr(StoreLog, "seek", lambda *_: end)
    monkeypatch.setattr(StoreLog, "poll", lambda *_: [])
    monkeypatch.setattr(StoreLog, "missed", missed)
    backend.new_worker().step(0.0)
    assert _version(backend, f"post-{id}") == 1
    with backend.generations.connect() as connection:
        assert progress.offsets(connection) == {0: (end, expired[0].position)}


def test_a_projector_goes_on_where_the_last_one_was_killed(busy: Backend) -> None:
    busy.worker = busy.new_worker()
    busy.publish()
    busy.project()
    with busy.generations.live().snapshot() as live:
        before = checksums(live)
    rebuilt, comparison = busy.rebuilder().fill(lambda _: None)
    assert comparison is not None
    assert comparison.same
    assert comparison.live == before
    busy.rebuilder().discard(rebuilt)


def test_a_projector_that_waits_for_its_database_still_ends_when_asked_to(busy: Backend) -> None:
    busy.publish()
    tried = threading.Event()

    def full(*_: object) -> None:
        tried.set()
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(busy.generations.live().engine, "commit", full)
    stop = threading.Event()
    running = threading.Thread(target=busy.worker.run, args=(stop,))
    running.start()
    assert tried.wait(10)
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert busy.generations.parked() == []
