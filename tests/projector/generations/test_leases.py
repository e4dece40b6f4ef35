"""Rebuilds beside each other, as real processes: nobody drops or switches to what another holds or what is gone."""

import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from domain import ids, post
from readmodel.generations import leases
from readmodel.generations.generation_table import BuildUnderWay
from readmodel.generations.generations import Generations
from readmodel.generations.leases import LeaseLost
from tests.projector.conftest import Backend
from tests.projector.processes import Processes, announced_generation, eventually, generation_states


@pytest.fixture
def processes(busy: Backend) -> Iterator[Processes]:
    processes = Processes(busy.folder)
    yield processes
    processes.close()


def titles(backend: Backend) -> set[str]:
    with backend.generations.connect() as connection:
        return set(connection.execute(text("SELECT title FROM posts")).scalars())


@pytest.mark.slow
def test_a_rebuild_that_was_frozen_before_its_switch_switches_nothing(busy: Backend, processes: Processes) -> None:
    """Frozen between "ready" and its switch, and verify and another rebuild beside it."""
    frozen = processes.command("rebuild")
    taken = eventually(lambda: announced_generation(busy.generations), pause_s=0.001)
    frozen.send_signal(signal.SIGSTOP)
    assert generation_states(busy.generations) == {1: "live", 2: "ready"}

    code, said = processes.run("verify")
    assert code == 0, said
    code, said = processes.run("rebuild")
    assert code == 0, said
    assert generation_states(busy.generations) == {1: "previous", 2: "dropped", 3: "live"}

    frozen.send_signal(signal.SIGCONT)
    code, said = processes.ended(frozen)
    assert code == 1, said
    assert f"Generation {taken} was taken away" in said
    assert "Traceback" not in said
    assert generation_states(busy.generations) == {1: "previous", 2: "dropped", 3: "live"}
    assert busy.generations.live().number == 3
    assert titles(busy) == {"One", "Two", "Three"}
    code, said = processes.run("verify")
    assert code == 0, said


@pytest.mark.slow
def test_a_rebuild_beside_one_that_lives_is_refused_in_words_and_verify_is_not(
    busy: Backend, processes: Processes
) -> None:
    held = busy.generations.lifecycle.create()
    code, said = processes.run("rebuild")
    assert code == 1
    assert f"A rebuild is under way already (generation {held.number})" in said
    code, said = processes.run("rebuild", "--back")
    assert code == 1
    assert "under way" in said
    code, said = processes.run("verify")
    assert code == 0, said
    busy.generations.lifecycle.lease(held.number).require()
    assert generation_states(busy.generations) == {1: "live", held.number: "building"}


def test_what_another_holds_is_neither_dropped_nor_switched_to(busy: Backend) -> None:
    other = Generations(f"sqlite:///{busy.folder / 'read.db'}")
    held = other.lifecycle.create()
    with pytest.raises(BuildUnderWay):
        busy.generations.lifecycle.create()
    busy.generations.lifecycle.drop_old()
    busy.generations.lifecycle.drop(held.number)
    with pytest.raises(LeaseLost):
        busy.generations.lifecycle.switch(held.number)
    assert held.position() == 0
    assert generation_states(busy.generations) == {1: "live", held.number: "building"}
    other.close()


def test_a_lease_that_is_renewed_lasts_and_one_that_is_not_ends(busy: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_S", 0.05)
    monkeypatch.setattr(leases, "EXPIRES_S", 0.5)
    other = Generations(f"sqlite:///{busy.folder / 'read.db'}")
    held = other.lifecycle.create()
    lease = other.lifecycle.lease(held.number)
    with pytest.raises(AssertionError):
        eventually(busy.generations.lifecycle.expire, seconds=1.5)
    lease.require()

    lease.end()
    eventually(busy.generations.lifecycle.expire, seconds=5)
    with pytest.raises(LeaseLost, match="Nothing was switched"):
        lease.require()
    with pytest.raises(LeaseLost):
        other.lifecycle.switch(held.number)
    busy.generations.lifecycle.drop_old()
    assert generation_states(busy.generations) == {1: "live", held.number: "dropped"}
    other.close()


def test_a_holder_who_wakes_up_in_time_keeps_its_generation(busy: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was seen as dead, but counted on before it was taken over."""
    monkeypatch.setattr(leases, "RENEW_S", 3600)
    monkeypatch.setattr(leases, "EXPIRES_S", 0.2)
    other = Generations(f"sqlite:///{busy.folder / 'read.db'}")
    held = other.lifecycle.create()
    assert busy.generations.lifecycle.expire() == []
    take_over = leases.Watch.look

    def woken_meanwhile(self: leases.Watch, leased: list[leases.Leased]) -> list[leases.Leased]:
        dead = take_over(self, leased)
        if dead:
            with busy.generations.control.begin() as connection:
                connection.execute(text("UPDATE generations SET beat = beat + 1 WHERE holder IS NOT NULL"))
        return dead

    monkeypatch.setattr(leases.Watch, "look", woken_meanwhile)
    with pytest.raises(AssertionError):
        eventually(busy.generations.lifecycle.expire, seconds=1)
    other.lifecycle.lease(held.number).require()
    other.close()


@pytest.mark.slow
def test_a_file_that_vanishes_while_processes_run_takes_the_site_back(busy: Backend, processes: Processes) -> None:
    processes.projector()
    code, said = processes.run("rebuild")
    assert code == 0, said
    reader = Generations(f"sqlite:///{busy.folder / 'read.db'}")
    assert reader.live().number == 2
    (busy.folder / "read-2.db").unlink()
    eventually(lambda: reader.live().number == 1, seconds=5)
    assert generation_states(reader) == {1: "live", 2: "gone"}

    receipt = busy.send(post_about("Written afterwards"))
    assert reader.wait(receipt, 10)
    code, said = processes.run("status")
    assert code == 0, said
    assert "generation 2 is gone: Its tables were gone: generation 1 went live again." in " ".join(said.split())
    reader.close()


@pytest.mark.slow
def test_where_no_other_is_whole_a_fresh_one_is_filled(busy: Backend, processes: Processes) -> None:
    running = processes.projector()
    reader = Generations(f"sqlite:///{busy.folder / 'read.db'}")
    assert reader.live().number == 1
    (busy.folder / "read-1.db").unlink()
    eventually(lambda: generation_states(reader).get(2) == "live")
    assert titles(busy) == {"One", "Two", "Three"}
    assert reader.wait(busy.send(post_about("Written afterwards")), 10)
    assert running.poll() is None
    code, said = processes.run("verify")
    assert code == 0, said
    reader.close()


def post_about(title: str) -> post.NewPost:
    return post.NewPost(post=ids.uuid7(), title=title, body="words")
