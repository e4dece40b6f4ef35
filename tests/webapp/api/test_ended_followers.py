"""Streams and long polls that are open end with the right to be told: a token taken back, an account suspended."""

import threading
import time

import pytest

from domain import ids
from domain.bus import operator
from domain.moderation.suspension import ReinstateAccount
from tests.webapp.api.conftest import V1, Api, Program
from webapp.api import authentication, events

ENDINGS = {"suspension": 403, "revocation": 401}
"""What ends the right to be told → how a call is answered afterwards."""


def end(how: str, api: Api, program: Program) -> None:
    if how == "suspension":
        api.suspended("ada")
    else:
        api.token("ada").delete(f"/tokens/{(program.token or '').partition('.')[0]}")


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("batch", [1, 100])
def test_an_open_stream_tells_nothing_after_its_end(
    api: Api, how: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is behind, by a batch or many."""
    monkeypatch.setattr(events, "BATCH", batch)
    monkeypatch.setattr(events, "LIFE_S", 5.0)
    ada, bob = api.program("ada"), api.program("bob")
    with ada.client.get(f"{V1}/events/stream", headers=ada.headers, buffered=False) as answer:
        parts = iter(answer.response)
        while "AccountRegistered" not in str(next(parts)):
            pass
        end(how, api, ada)
        bob.new_post()
        began = time.monotonic()
        assert [part for part in map(str, parts) if "PostPublished" in part] == []
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("how", ENDINGS)
def test_an_open_stream_from_beyond_the_end_tells_nothing_after_its_own(
    api: Api, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LIFE_S", 3.0)
    ada, bob = api.program("ada"), api.program("bob")
    after = api.world.head()[0] + 5
    address = f"{V1}/events/stream?after={after}"
    with ada.client.get(address, headers=ada.headers, buffered=False) as answer:
        parts = iter(answer.response)
        next(parts)
        end(how, api, ada)
        for _ in range(6):
            bob.new_post()
        assert list(parts) == []


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("beyond", [0, 5])
def test_an_open_long_poll_is_answered_as_a_call_after_its_end(api: Api, how: str, beyond: int) -> None:
    ada = api.program("ada")
    after = api.world.head()[0] + beyond
    later = threading.Timer(0.3, lambda: end(how, api, ada))
    later.start()
    began = time.monotonic()
    refused = ada.get(f"/events?after={after}&wait=2")
    later.join()
    assert (refused.status_code, ada.get("/events").status_code) == (ENDINGS[how], ENDINGS[how])
    assert refused.json["type"] == ada.get("/events").json["type"]
    assert beyond or time.monotonic() - began < 1.9


def test_whoever_was_suspended_once_is_told_of_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = api.program("ada")
    api.suspended("ada")
    api.world.bus.send(ReinstateAccount(handle="ada"), operator(ids.now()))
    monkeypatch.setattr(events, "LIFE_S", 0.5)
    with ada.client.get(f"{V1}/events/stream", headers=ada.headers) as answer:
        said = answer.get_data(as_text=True)
    assert "AccountSuspended" in said
    assert "AccountReinstated" in said


def test_a_stream_that_keeps_up_asks_once_for_its_right(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "POLL_S", 0.01)
    monkeypatch.setattr(events, "LIFE_S", 5.0)
    asked: list[str] = []
    monkeypatch.setattr(authentication, "still_holds", lambda caller: not asked.append(caller.handle))
    ada, bob = api.program("ada"), api.program("bob")
    with ada.client.get(f"{V1}/events/stream", headers=ada.headers, buffered=False) as answer:
        parts = iter(answer.response)
        for _ in range(5):
            bob.new_post()
            while "PostPublished" not in str(next(parts)):
                pass
    assert asked == ["ada"]
