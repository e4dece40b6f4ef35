"""A rebuild that was asked for is made, switched to, and told of; one that can't be made says why."""

from threading import Event

import pytest

from domain.errors import Damaged
from projector.requests import Requests
from readmodel import rebuilds
from tests.projector.conftest import Backend

ID, OTHER = "0192abcd-0000-7000-8000-000000000001", "0192abcd-0000-7000-8000-000000000002"


@pytest.fixture
def requests(backend: Backend) -> Requests:
    backend.register("ann")
    backend.publish()
    backend.worker.step(0.0)
    return Requests(backend.generations, backend.rebuilder())


def test_a_rebuild_is_made_and_switched_to(backend: Backend, requests: Requests):
    control, before = backend.generations.control, backend.generations.live().number
    rebuilds.ask(control, ID, "root")
    assert requests.step(Event())
    (row,) = rebuilds.listed(control)
    assert (row["state"], row["generation"]) == ("done", backend.generations.live().number)
    assert row["generation"] == before + 1
    assert row["note"].startswith("The same as the generation before")
    assert not requests.step(Event())


def test_asking_again_while_one_is_open_is_the_same_request(backend: Backend):
    control = backend.generations.control
    assert rebuilds.ask(control, ID, "root")["id"] == rebuilds.ask(control, OTHER, "root")["id"] == ID
    rebuilds.note(control, ID, "done")
    assert rebuilds.ask(control, ID, "root")["state"] == "done"
    assert rebuilds.ask(control, OTHER, "root")["id"] == OTHER


def test_a_rebuild_that_was_interrupted_begins_again(backend: Backend, requests: Requests):
    control, before = backend.generations.control, backend.generations.live().number
    rebuilds.ask(control, ID, "root")
    stop = Event()
    stop.set()
    assert requests.step(stop)
    assert rebuilds.listed(control)[0]["state"] == "waiting"
    assert backend.generations.live().number == before
    assert rebuilds.take(control) == ID  # as by a projector that was killed then
    backend.generations.drop_old()
    assert requests.step(Event())
    assert rebuilds.listed(control)[0]["state"] == "done"


def test_one_that_can_not_be_made_says_why(backend: Backend, requests: Requests, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise Damaged("commit 7 is malformed")

    monkeypatch.setattr("projector.rebuild.Rebuilder.fill", broken)
    rebuilds.ask(backend.generations.control, ID, "root")
    assert requests.step(Event())
    (row,) = rebuilds.listed(backend.generations.control)
    assert (row["state"], row["note"]) == ("failed", "commit 7 is malformed")
