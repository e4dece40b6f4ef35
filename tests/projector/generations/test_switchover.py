"""A switch takes nothing back that was seen: not in another process, not with a partition behind, not if it fails."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from domain import ids, post
from domain.errors import Damaged
from domain.messages import Receipt
from eventstore.codec import EventCodec
from projector import switchover
from projector.folding import CommitFolder
from projector.generation_upkeep import GenerationUpkeep
from projector.rebuild import Rebuilder
from projector.rebuild_requests import RebuildRequestHandler
from readmodel.engine import progress
from readmodel.engine.progress import Fenced, Shut
from readmodel.generations import leases
from readmodel.generations.generations import Generations
from readmodel.generations.lifecycle import GenerationLifecycle
from tests.projector.conftest import Backend
from tests.projector.partitioned_log import PartitionedLog
from tests.projector.processes import Processes, eventually, generation_states
from tests.projector.test_guardians import older

REBUILDS = 3


@pytest.fixture
def processes(backend: Backend) -> Iterator[Processes]:
    processes = Processes(backend.folder)
    yield processes
    processes.close()


def silent(_progress: object) -> None:
    return None


def shown(backend: Backend, stream: str) -> int:
    with backend.generations.connect() as connection:
        return progress.version(connection, stream)


@pytest.mark.slow
def test_what_was_answered_as_shown_is_shown_by_every_process_while_rebuilds_run(
    backend: Backend, processes: Processes
) -> None:
    """Each edit is waited for in this process and then read in another one, which had looked just before."""
    backend.register("ann")
    id = backend.publish()
    processes.projector()
    read_elsewhere = processes.reader()
    eventually(lambda: shown(backend, f"post-{id}") == 1)
    version, waited_for, highest = 1, 0, 0
    for number in range(REBUILDS):
        rebuild = processes.command("rebuild", *(["--back"] if number == REBUILDS - 1 else []))
        while rebuild.poll() is None:
            edit = post.EditPost(post=id, version=version, title=f"Version {version}", body="words")
            receipt = backend.send(edit)
            version = receipt.version
            seen = read_elsewhere(f"post-{id}")
            if backend.generations.wait(receipt, 5):
                waited_for += 1
                seen = read_elsewhere(f"post-{id}")
                assert seen >= version, f"read {seen} after {version} was answered as shown"
            assert seen >= highest, "what is read went backwards"
            highest = seen
        code, said = processes.ended(rebuild)
        assert code == 0, said
    assert waited_for == version - 1, "every one of them was shown within its time"
    assert len(generation_states(backend.generations)) == REBUILDS
    code, said = processes.run("verify")
    assert code == 0, said


def test_the_fresh_one_shows_each_stream_as_the_live_one_does_before_the_switch(either: Backend) -> None:
    """What comes between the fill and the switch is in the fresh one, though no projector has followed yet."""
    either.register("ann", "bob")
    id = either.publish()
    either.project()
    rebuilder = either.rebuilder()
    fresh, _ = rebuilder.fill(silent)
    receipts = [either.send(post.EditPost(post=id, version=1, title="Two", body="words"))]
    receipts += [either.send(post.NewPost(post=ids.uuid7(), title="New", body="words")) for _ in range(5)]
    either.project()
    rebuilder.switch(fresh)
    for receipt in receipts:
        assert either.generations.wait(receipt, 0), receipt


def test_a_partition_that_is_behind_takes_nothing_back(backend: Backend) -> None:
    log = PartitionedLog(backend.store)
    backend.worker = backend.new_worker(log)
    backend.register("ann", "bob")
    backend.project()
    log.stopped.add(1)
    posts = [backend.publish() for _ in range(6)]
    backend.project()
    before = {id: shown(backend, f"post-{id}") for id in posts}
    assert sorted(before.values()) == [0, 0, 0, 1, 1, 1]
    rebuilder = Rebuilder(backend.generations, backend.store, backend.folder_of, log)
    rebuilder.switch(rebuilder.fill(silent)[0])
    assert all(shown(backend, f"post-{id}") >= version for id, version in before.items())
    log.stopped.clear()
    more = [backend.publish() for _ in range(6)]
    backend.project()
    assert all(shown(backend, f"post-{id}") == 1 for id in posts + more)


def test_going_back_catches_up_first(either: Backend) -> None:
    either.register("ann")
    either.project()
    rebuilder = either.rebuilder()
    rebuilder.switch(rebuilder.fill(silent)[0])
    id = either.publish("Later")
    either.project()
    rebuilder.switch_back()
    assert shown(either, f"post-{id}") == 1, "before any projector has followed"
    other = either.publish("Later still")
    either.project()
    assert shown(either, f"post-{other}") == 1


def test_nobody_commits_to_the_old_one_while_it_is_replaced(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the last moment: neither by what was claimed before, nor by a new claim."""
    backend.register("ann")
    backend.project()
    old, rebuilder = backend.generations.live(), backend.rebuilder()
    with old.write() as connection:
        claim = progress.claim(connection, 0, 1)
    fresh, _ = rebuilder.fill(silent)
    switch, tried = GenerationLifecycle.switch, []

    def at_the_last_moment(
        self: GenerationLifecycle, number: int, before: int | None = None, **how: bool
    ) -> int | None:
        with old.write() as connection, pytest.raises(Fenced):
            progress.advance(connection, claim, claim.next_offset + 1, claim.position)
        with old.write() as connection, pytest.raises(Shut):
            progress.claim(connection, 0, 1)
        with old.write() as connection, pytest.raises(Shut):
            progress.claim(connection, 7, 1)
        tried.append(number)
        return switch(self, number, before, **how)

    monkeypatch.setattr(GenerationLifecycle, "switch", at_the_last_moment)
    rebuilder.switch(fresh)
    assert tried == [fresh.number]


def test_a_switch_that_fails_leaves_the_live_one_as_it_was(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    backend.register("ann")
    backend.project()
    rebuilder = backend.rebuilder()
    fresh, _ = rebuilder.fill(silent)

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(switchover.Switchover, "_start_from", broken)
    with pytest.raises(OSError, match="disk full"):
        rebuilder.switch(fresh)
    assert generation_states(backend.generations) == {1: "live", fresh.number: "dropped"}
    id = backend.publish("Goes on")
    with pytest.raises(Fenced):
        backend.worker.step(0.0)
    backend.worker = backend.new_worker()
    backend.project()
    assert shown(backend, f"post-{id}") == 1


def test_one_who_dies_between_shutting_the_old_one_and_the_switch_holds_nobody_up_for_long(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.register("ann")
    backend.project()
    live = backend.generations.live()
    dead = Generations(f"sqlite:///{backend.folder / 'read.db'}")
    fresh = dead.lifecycle.create()
    lease = dead.lifecycle.lease(fresh.number)
    dead.lifecycle.announce(fresh.number)
    with live.write() as connection:
        progress.shut(connection, lease.token)
    lease.end()
    upkeep = GenerationUpkeep(
        backend.generations, RebuildRequestHandler(backend.generations, backend.rebuilder()), backend.rebuilder()
    )
    monkeypatch.setattr(leases, "EXPIRES_S", 0.3)
    upkeep.look()
    backend.publish()
    with pytest.raises(Fenced):
        backend.worker.step(0.0)

    def opened() -> bool:
        upkeep.look()
        with live.read() as connection:
            return connection.execute(text("SELECT shut_by FROM gate")).scalar_one() is None

    eventually(opened, pause_s=0.1, seconds=5)
    id = backend.publish("Goes on")
    backend.worker = backend.new_worker()
    backend.project()
    assert shown(backend, f"post-{id}") == 1
    with pytest.raises(leases.LeaseLost):
        dead.lifecycle.switch(fresh.number)
    dead.close()


def test_what_can_not_be_folded_any_more_is_not_taken_from_the_pages(either: Backend) -> None:
    either.register("ann")
    id = either.publish()
    either.project()
    either.folder_of = CommitFolder(either.store, older(post.PostPublished))
    rebuilder = either.rebuilder()
    fresh, _ = rebuilder.fill(silent)
    with pytest.raises(Damaged, match=f"post-{id} is shown, and can't be folded any more"):
        rebuilder.switch(fresh)
    assert shown(either, f"post-{id}") == 1
    either.folder_of = CommitFolder(either.store, EventCodec())
    other = either.publish()
    either.worker = either.new_worker()
    either.project()
    assert either.generations.wait(Receipt(stream=f"post-{other}", version=1), 0)
