"""How often people may write and search: counted by person or address, told when it is too much."""

from collections.abc import Callable

import pytest

from tests.webapp.conftest import World
from webapp.server import rate_limits
from webapp.site.rate_counters import Limit


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build(rate_limits=True)


@pytest.mark.parametrize(("path", "endpoint"), [("/search?q=engine", "search.show"), ("/people?q=a", "people.index")])
def test_searching_has_its_limit(world: World, monkeypatch: pytest.MonkeyPatch, path: str, endpoint: str) -> None:
    monkeypatch.setitem(rate_limits.SEARCHES, endpoint, Limit(3, 60))
    stranger, ada = world.visitor(), world.person("ada")
    assert [stranger.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert 1 <= int(stranger.get(path).headers["Retry-After"]) <= 60
    assert ada.get(path).status_code == 200
    assert stranger.get("/").status_code == 200


def test_writing_has_its_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "WRITES", Limit(2, 60))
    ada = world.person("ada")
    sent = [ada.send("/posts/new", title="A title", body="Some words.").status_code for _ in range(3)]
    assert sent == [303, 303, 429]


def test_when_it_is_possible_again_is_said_in_words_and_the_text_comes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "WRITES", Limit(0, 60))
    ada = world.person("ada")
    answer = ada.send("/posts/new", title="A title", body="Typed with care.")
    wait_s = answer.headers["Retry-After"]
    assert answer.status_code == 429
    assert f"It is possible again in {wait_s} seconds." in answer.text
    assert "Typed with care." in answer.text
    answer = ada.client.post("/posts/new", data=ada.fields("/posts/new"), headers={"Accept-Language": "de"})
    assert "Sekunden geht es wieder." in answer.text


def test_passwords_are_tried_slowly_from_one_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limits.BY_ADDRESS, "accounts.log_in", Limit(2, 60))
    tried = [
        world.visitor().send("/login", handle=f"somebody{n}", password="a wrong password").status_code for n in range(3)
    ]
    assert tried == [422, 422, 429]


@pytest.mark.parametrize(
    ("given", "counted"),
    [("203.0.113.9", "203.0.113.9/32"), ("2001:db8:1:2::3:4", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8::/64")],
)
def test_neighbours_in_ipv6_count_as_one(world: World, given: str, counted: str) -> None:
    with world.app.test_request_context("/", environ_base={"REMOTE_ADDR": given}):
        assert rate_limits.address() == counted
