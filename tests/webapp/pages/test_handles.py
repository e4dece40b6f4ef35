"""One's own handle is changed on the settings page; the old one leads to the new one for a year."""

import pytest

from domain.handle import ChangeHandle
from domain.post import EditPost
from tests.webapp.conftest import World
from tests.webapp.html_pages import page


def test_it_is_changed_and_everything_speaks_of_the_new_one(world: World):
    ada, bob = world.person("ada"), world.person("bob")
    id = world.post("ada", "A title")
    said = world.comment("ada", id)
    world.given(EditPost(post=id, version=1, title="A title", body="Other words."), "ada")
    assert ada.send("/settings", "/settings/handle", new_handle="Ida").status_code == 303
    assert "You are called @ida now." in ada.see("/settings").text
    for path in ("/", f"/posts/{id}", f"/posts/{id}/history", "/@ida", "/@ida?show=comments", "/search?q=words"):
        for visitor in (ada, bob, world.visitor()):
            seen = visitor.client.get(path).get_data(as_text=True)
            assert "ida" in seen, path
            assert 'href="/@ada"' not in seen, path
    assert f"/posts/{id}/edit" in ada.client.get(f"/posts/{id}").get_data(as_text=True)
    assert said in ada.client.get(f"/posts/{id}").get_data(as_text=True)
    assert ada.client.get("/settings").status_code == 200


def test_the_old_one_leads_to_the_new_one_and_is_kept_for_a_year(world: World):
    ada = world.person("ada")
    ada.send("/settings", "/settings/handle", new_handle="ida")
    moved = world.visitor().client.get("/@ada")
    assert (moved.status_code, moved.headers["Location"]) == (302, "/@ida")
    assert world.visitor().client.get("/@ada.atom").headers["Location"] == "/@ida.atom"
    assert world.visitor().client.get("/@nobody").status_code == 404
    taken = world.visitor().send("/register", handle="ada", password="correct horse battery")
    assert taken.status_code == 409


def test_after_that_year_anybody_may_have_it(world: World):
    world.person("ada")
    over = ChangeHandle(
        handle="ada", new_handle="ida", now="2025-01-01T00:00:00.000000Z", former_until="2026-01-01T00:00:00.000000Z"
    )
    world.given(over, "ada")
    assert world.visitor().client.get("/@ada").status_code == 404
    made = world.visitor().send("/register", handle="ada", password="correct horse battery")
    assert made.status_code == 303
    assert world.id("ada") != world.id("ida") != ""


def test_whoever_had_it_can_go_back(world: World):
    ada = world.person("ada")
    ada.send("/settings", "/settings/handle", new_handle="ida")
    assert ada.send("/settings", "/settings/handle", new_handle="ada").status_code == 303
    assert world.visitor().client.get("/@ada").status_code == 200
    assert world.visitor().client.get("/@ida").headers["Location"] == "/@ada"


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("bob", 409, "Somebody has that handle"),
        ("a b", 422, "letters a to z"),
        ("", 422, "empty"),
        ("admin", 422, "kept"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(world: World, typed: str, status: int, words: str):
    world.person("bob")
    ada = world.person("ada")
    answer = ada.send("/settings", "/settings/handle", new_handle=typed)
    assert answer.status_code == status
    assert words in page(answer).text
    assert f'value="{typed}"' in answer.get_data(as_text=True)
    assert world.bus.aggregates().account_named("ada").handle == "ada"


def test_mentions_of_either_reach_whoever_was_called_so_then(world: World):
    ada = world.person("ada")
    world.person("bob")
    world.post("bob", "Before", "for @ada")
    ada.send("/settings", "/settings/handle", new_handle="ida")
    world.post("bob", "After", "for @ida")
    world.post("bob", "Late", "for @ada")
    told = ada.see("/notifications").text
    assert "Before" in told
    assert "After" in told
    assert "Late" not in told
    ada.send("/settings", "/settings/handle", new_handle="ada")
    world.post("bob", "Again", "for @ada")
    told = ada.see("/notifications").text
    assert [title for title in ("Before", "After", "Again") if title not in told] == []
