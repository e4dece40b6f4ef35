"""A new SECRET_KEY with the old one in SECRET_KEYS: nobody is logged out, no form is lost; afterwards the old one is
worth nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from domain import ids
from domain.signing import OldKey, SiteKeys
from tests.webapp.api.conftest import V1
from tests.webapp.conftest import Visitor, World
from webapp.server import tickets

PASSWORD = "correct horse battery"
NEW = "a new key"


@pytest.fixture
def restarted(apps: dict[str, Flask], world: World) -> Iterator[Callable[[timedelta], World]]:
    """Gives the same site with a new key, beside which the old one counts for so long."""
    opened: list[World] = []

    def restart(left: timedelta) -> World:
        old = OldKey(world.site.settings.keys.current, ids.from_now(left))
        opened.append(World(world.folder, apps, keys=SiteKeys(NEW, (old,))))
        return opened[-1]

    yield restart
    for one in opened:
        one.close()


def same_browser(visitor: Visitor, there: World) -> Visitor:
    client = there.app.test_client()
    for cookie in visitor.client._cookies.values():  # type: ignore[attr-defined]
        client.set_cookie(cookie.key, cookie.value)
    return Visitor(client)


COUNTS, COUNTED = timedelta(hours=1), timedelta(seconds=-1)


def test_a_session_and_an_open_form_outlive_the_change(world: World, restarted: Callable[..., World]) -> None:
    ada = world.person("ada")
    form = ada.fields("/posts/new") | {"title": "Begun before", "body": "and sent after"}
    after = same_browser(ada, restarted(COUNTS))
    sent = after.post("/posts/new", form)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    assert "Begun before" in after.see(sent.headers["Location"]).text


def test_a_key_of_before_that_has_ended_opens_nothing(world: World, restarted: Callable[..., World]) -> None:
    ada = world.person("ada")
    assert "ada" in ada.see("/settings").text
    after = same_browser(ada, restarted(COUNTED))
    assert after.get("/settings").status_code == 303


def test_it_ends_while_the_site_runs(world: World, restarted: Callable[..., World], monkeypatch: Any) -> None:
    ada = world.person("ada")
    after = same_browser(ada, restarted(COUNTS))
    assert after.get("/settings").status_code == 200
    later = ids.from_now(timedelta(hours=2))
    ada_later = same_browser(ada, after_world := restarted(COUNTS))
    monkeypatch.setattr(ids, "now", lambda: later)
    assert ada_later.get("/settings").status_code == 303
    assert after_world.site.settings.accepted_keys == [NEW]


def test_what_is_signed_anew_is_signed_by_the_new_key(world: World, restarted: Callable[..., World]) -> None:
    ada = world.person("ada")
    between = restarted(COUNTS)
    browser = same_browser(ada, between)
    with browser.client.session_transaction() as session:
        session["anything"] = "changed"
    assert same_browser(browser, restarted(COUNTED)).get("/settings").status_code == 200


def test_a_place_in_a_list_and_a_ticket_are_still_read(world: World, restarted: Callable[..., World]) -> None:
    world.person("ada")
    for number in range(3):
        world.post("ada", f"Number {number}")
    next_page = world.visitor().get(f"{V1}/posts?limit=1").json["next"]  # type: ignore[index]
    with world.app.app_context():
        ticket = tickets.write("t")
    for left, status, read in ((COUNTS, 200, "t"), (COUNTED, 400, None)):
        after = restarted(left)
        assert after.visitor().get(f"{V1}/posts?limit=1&after={next_page}").status_code == status
        with after.app.app_context():
            assert tickets.read(ticket, 60) == read


def test_a_token_is_the_same_when_its_making_is_repeated(world: World, restarted: Callable[..., World]) -> None:
    """Its secret is derived from the site's key; what is stored of it is a digest."""
    visitor = world.visitor()
    account = {"handle": "ada", "password": PASSWORD}
    assert visitor.client.post(f"{V1}/accounts", json=account).status_code == 201
    wanted = account | {"scopes": ["read"], "label": "mine"}
    headers = {"Idempotency-Key": "k"}
    first = visitor.client.post(f"{V1}/tokens", json=wanted, headers=headers)
    assert first.status_code == 201, first.get_data(as_text=True)
    after = restarted(COUNTS)
    again = after.visitor().client.post(f"{V1}/tokens", json=wanted, headers=headers)
    assert (again.status_code, again.json["token"]) == (201, first.json["token"])  # type: ignore[index]
    bearer = {"Authorization": f"Bearer {first.json['token']}"}  # type: ignore[index]
    assert restarted(COUNTED).visitor().client.get(f"{V1}/webhooks", headers=bearer).status_code == 200


def test_a_repeat_of_what_changed_nothing_is_still_a_repeat(world: World, restarted: Callable[..., World]) -> None:
    ada, bob = world.person("ada"), world.person("bob")
    id = world.post("bob")
    world.like("ada", f"post-{id}")
    form = ada.fields(f"/posts/{id}", f"/posts/{id}/unlike")
    assert ada.post(f"/posts/{id}/unlike", form).status_code == 303
    assert bob.get("/").status_code == 200
    after = same_browser(ada, restarted(COUNTS))
    assert after.post(f"/posts/{id}/unlike", form).status_code == 303
