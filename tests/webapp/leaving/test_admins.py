"""What admins do about leaving: close an account with a reason, bring somebody back, set a handle free."""

import re

import pytest

from domain import ids, leaving
from domain.handle import ChangeHandle
from operational import departures
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from tests.webapp.leaving.steps import log_in, registered, state

LIST = "/moderation/leaving"


@pytest.fixture
def root(world: World) -> Visitor:
    return world.person("root", "admin")


def test_an_admin_closes_an_account_with_a_reason(world: World, root: Visitor):
    ann = world.person("ann")
    assert 'href="/@ann/leave"' in root.get("/@ann").text
    assert 'href="/@root/leave"' not in root.get("/@root").text
    refused = root.send("/@ann/leave", words="erase")
    assert refused.status_code == 422
    assert re.search(r'value="erase" checked', refused.text)
    answer = root.send("/@ann/leave", words="erase", reason="A court said so")
    assert answer.status_code == 303
    seen = root.see(answer.headers["Location"])
    assert "@ann is being closed." in seen.text
    assert "can come back until" in seen.text
    found = world.bus.aggregates().account_named("ann").leaving
    assert found is not None
    assert found.choice.default == "erase"
    assert "/login" in ann.get("/settings").headers["Location"]
    log = root.see("/moderation?show=log").text
    assert "began to close an account" in log
    assert "A court said so" in log
    assert "/@gone-" not in root.get("/moderation?show=log").text


def test_pressed_twice_it_is_one(world: World, root: Visitor):
    world.person("ann")
    fields = root.fields("/@ann/leave") | {"reason": "Asked to"}
    first, second = root.post("/@ann/leave", fields), root.post("/@ann/leave", fields)
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize(("roles", "path"), [((), "/@ann/leave"), (("moderator",), "/@ann/leave"), ((), LIST)])
def test_nobody_else_may(world: World, roles: tuple[str, ...], path: str):
    world.person("ann")
    eve = world.person("eve", *roles)
    assert eve.get(path).status_code == 403
    token = eve.fields("/settings")["csrf_token"]
    sent = {"csrf_token": token, "words": "erase", "reason": "r", "handle": "ann"}
    assert eve.post(path, sent).status_code == 403
    assert eve.post(f"{LIST}/{world.id('ann')}/return", {"csrf_token": token}).status_code == 403
    assert world.bus.aggregates().account_named("ann").leaving is None
    assert "/leave" not in eve.get("/@ann").text


def test_an_admin_leaves_in_their_settings(world: World, root: Visitor):
    assert root.get("/@root/leave").status_code == 409
    token = root.fields("/settings")["csrf_token"]
    assert root.post("/@root/leave", {"csrf_token": token, "words": "erase", "reason": "r"}).status_code == 409
    assert world.bus.aggregates().account_named("root").leaving is None


@pytest.mark.parametrize("handle", ["nobody", "gone-1234", "verbatim", "%00", "a" * 300])
def test_nobody_is_closed_by_a_name_that_nobody_has(root: Visitor, handle: str):
    assert root.get(f"/@{handle}/leave").status_code in (404, 409)


def test_who_is_leaving_is_listed_and_brought_back(world: World, root: Visitor):
    assert "Nobody is leaving." in root.see(LIST).text
    world.person("ann")
    root.send("/@ann/leave", reason="Asked to")
    assert f'href="{LIST}"' in root.get("/moderation?show=site").text
    seen = root.see(LIST)
    assert "@ann can come back until" in seen.text
    account = world.id("ann")
    answer = root.send(LIST, f"{LIST}/{account}/return")
    assert answer.status_code == 303
    assert "@ann is back." in root.see(LIST).text
    assert world.visitor().get("/@ann").status_code == 200
    row = departures.of_account(world.generations.control, account)
    assert row is None or world.visitor().get(f"/receipts/{row.id}").status_code == 404


def test_a_form_of_before_closes_nobody_who_came_back(world: World, root: Visitor):
    """The admin goes back in the browser and sends it once more."""
    registered(world, "ann")
    fields = root.fields("/@ann/leave") | {"reason": "Asked to", "words": "keep"}
    assert root.post("/@ann/leave", fields).status_code == 303
    ann, _ = log_in(world, "ann")
    again = root.post("/@ann/leave", fields)
    assert again.status_code == 409
    assert "taken back since" in again.text
    assert ann.get("/settings").status_code == 200
    assert state(world, "ann").leaving is None


def test_when_the_time_is_over_it_is_said(world: World, root: Visitor):
    world.person("ann")
    account = world.id("ann")
    world.given(leaving.Leave(handle=account, words="keep", until="2026-01-01T00:00:00.000000Z"), account)
    answer = root.send(LIST, f"{LIST}/{account}/return")
    assert answer.status_code == 409
    assert "is over: this account is being closed" in page(answer).text


def test_a_former_handle_is_set_free(world: World, root: Visitor):
    world.person("ann")
    change = ChangeHandle(handle="ann", new_handle="anna", now=ids.now(), former_until="2099-01-01T00:00:00.000000Z")
    world.given(change, "ann")
    assert root.send(LIST, handle="@Ann").status_code == 303
    assert "@ann is free" in root.see(LIST).text
    assert world.id("ann") == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [(typed, "Nobody was called so before.") for typed in ("ann", "", "bob", "<b>", "ü")],
)
def test_what_is_no_kept_handle_comes_back_with_a_sentence(world: World, root: Visitor, typed: str, said: str):
    world.person("ann")
    answer = root.send(LIST, handle=typed)
    assert answer.status_code == 404
    assert said in page(answer).text
    assert page(answer).form(LIST).fields["handle"] == typed
