"""A rebuild that was asked for is made, switched to, and told of; one that can't be made says why."""

import time
from collections.abc import Callable
from threading import Event

import pytest

from domain.errors import Damaged
from operational import rebuild_requests
from projector.rebuild import Rebuilder
from projector.rebuild_requests import RebuildRequestHandler
from readmodel.generations import generation_table, leases
from readmodel.generations.generation import Generation
from tests.projector.conftest import Backend

ID, OTHER = "0192abcd-0000-7000-8000-000000000001", "0192abcd-0000-7000-8000-000000000002"


@pytest.fixture
def requests(backend: Backend) -> RebuildRequestHandler:
    backend.register("ann")
    backend.publish()
    backend.worker.step(0.0)
    return RebuildRequestHandler(backend.generations, backend.rebuilder())


def test_a_rebuild_is_made_and_switched_to(backend: Backend, requests: RebuildRequestHandler):
    control, before = backend.generations.control, backend.generations.live().number
    rebuild_requests.request(control, ID, "root")
    assert requests.step(Event())
    (row,) = rebuild_requests.listed(control)
    assert (row["state"], row["generation"]) == ("done", backend.generations.live().number)
    assert row["generation"] == before + 1
    assert row["note"].startswith("The same as the generation before")
    assert not requests.step(Event())


def test_asking_again_while_one_is_open_is_the_same_request(backend: Backend):
    control = backend.generations.control
    assert (
        rebuild_requests.request(control, ID, "root")["id"]
        == rebuild_requests.request(control, OTHER, "root")["id"]
        == ID
    )
    rebuild_requests.set_state(control, ID, "done")
    assert rebuild_requests.request(control, ID, "root")["state"] == "done"
    assert rebuild_requests.request(control, OTHER, "root")["id"] == OTHER


def test_a_rebuild_that_was_interrupted_begins_again(backend: Backend, requests: RebuildRequestHandler):
    control, before = backend.generations.control, backend.generations.live().number
    rebuild_requests.request(control, ID, "root")
    stop = Event()
    stop.set()
    assert requests.step(stop)
    assert rebuild_requests.listed(control)[0]["state"] == "waiting"
    assert backend.generations.live().number == before


def test_one_that_a_projector_took_up_before_it_died_is_taken_up_again(
    backend: Backend, requests: RebuildRequestHandler, monkeypatch: pytest.MonkeyPatch
):
    control = backend.generations.control
    rebuild_requests.request(control, ID, "root")
    dead = backend.generations.lifecycle.create()
    assert rebuild_requests.take(control, dead.number) == ID
    assert not requests.step(Event()), "its lease may be alive"
    assert rebuild_requests.listed(control)[0]["state"] == "running"

    backend.generations.lifecycle.lease(dead.number).end()
    monkeypatch.setattr(leases, "EXPIRES_S", 0.1)
    eventually(backend.generations.lifecycle.expire)
    assert requests.step(Event())
    row = rebuild_requests.listed(control)[0]
    assert (row["state"], row["generation"]) == ("done", backend.generations.live().number)


def test_two_projectors_that_take_the_same_request_up_do_not_collide(
    backend: Backend, requests: RebuildRequestHandler, monkeypatch: pytest.MonkeyPatch
):
    """The second looks while the first is between "ready" and its switch."""
    control = backend.generations.control
    rebuild_requests.request(control, ID, "root")
    other, stepped = RebuildRequestHandler(backend.generations, backend.rebuilder()), []
    switch = Rebuilder.switch

    def beside(self: Rebuilder, fresh: Generation) -> int | None:
        stepped.append(other.step(Event()))
        return switch(self, fresh)

    monkeypatch.setattr(Rebuilder, "switch", beside)
    assert requests.step(Event())
    assert stepped == [False]
    assert rebuild_requests.listed(control)[0]["state"] == "done"
    assert [row["state"] for row in generation_table.listed(backend.generations.control)] == ["live", "previous"]


def test_a_request_whose_projector_died_after_the_switch_is_done(backend: Backend, requests: RebuildRequestHandler):
    control = backend.generations.control
    rebuild_requests.request(control, ID, "root")
    taken: list[str | None] = []
    fresh, _ = backend.rebuilder().fill(
        lambda _: None, lambda number: taken.append(rebuild_requests.take(control, number))
    )
    backend.rebuilder().switch(fresh)
    assert not requests.step(Event())
    assert rebuild_requests.listed(control)[0]["state"] == "done"


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_one_that_can_not_be_made_says_why(
    backend: Backend, requests: RebuildRequestHandler, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise Damaged("commit 7 is malformed")

    monkeypatch.setattr("projector.generation_fill.GenerationFill.to_head", broken)
    rebuild_requests.request(backend.generations.control, ID, "root")
    assert requests.step(Event())
    (row,) = rebuild_requests.listed(backend.generations.control)
    assert (row["state"], row["note"]) == ("failed", "commit 7 is malformed")
