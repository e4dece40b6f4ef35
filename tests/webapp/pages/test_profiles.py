"""People as others see them, and what moderators and admins may do to them."""

from typing import Any

import pytest

from domain import account
from webapp.text.avatars import svg


def test_a_profile_shows_words_roles_and_counts(world: Any) -> None:
    world.person("ada", "moderator")
    world.given(account.EditProfile(handle="ada", name="Ada L", bio="I *count*"), "ada")
    id = world.post("ada", "On engines")
    world.comment("ada", id, "Well said")
    page = world.visitor().see("/@ada")
    for words in ("Ada L", "@ada", "moderator", "1 post", "1 comment", "On engines"):
        assert words in page.text
    assert "<em>count</em>" in world.visitor().get("/@ada").text
    assert "Well said" in world.visitor().see("/@ada?show=comments").text


@pytest.mark.parametrize("typed", ["ADA", "Ada", "@ada", "ａｄａ"])
def test_a_handle_has_one_address(world: Any, typed: str) -> None:
    world.person("ada")
    answer = world.visitor().get(f"/@{typed}")
    assert (answer.status_code, answer.location) == (301, "/@ada")


@pytest.mark.parametrize("handle", ["nobody", "no.body", "-x", "x" * 41, "%00", "a%2Fb"])
def test_nobody_has_a_page(world: Any, handle: str) -> None:
    assert world.visitor().get(f"/@{handle}").status_code == 404


def test_long_lists_come_in_pages(world: Any) -> None:
    world.person("ada")
    for number in range(31):
        world.post("ada", f"Post {number}")
    first = world.visitor().get("/@ada").text
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    part = world.visitor().get(following, headers={"HX-Request": "true"}).text
    assert part.count("<article") == 1
    assert "<html" not in part
    assert "Post 0" in part
    assert "<html" in world.visitor().get(following).text
    assert world.visitor().get(f"{following}x").status_code == 400


def test_an_empty_page_says_what_to_do(world: Any) -> None:
    ada = world.person("ada")
    assert "Write your first post" in ada.see("/@ada").text
    assert "hasn't posted yet" in world.visitor().see("/@ada").text


def test_a_moderator_suspends_and_reinstates(world: Any) -> None:
    world.person("eve")
    mod = world.person("mod", "moderator")
    assert mod.send("/@eve", "/@eve/suspend", reason="Spam, again").location == "/@eve"
    page = world.visitor().see("/@eve")
    assert "can't write. Reason: Spam, again" in page.text
    assert mod.send("/@eve", "/@eve/reinstate", reason="Sorry").status_code == 303
    assert "suspended" not in world.visitor().see("/@eve").text


def test_a_suspension_without_a_reason_comes_back(world: Any) -> None:
    world.person("eve")
    mod = world.person("mod", "moderator")
    answer = mod.send("/@eve", "/@eve/suspend")
    assert answer.status_code == 422
    assert 'id="act-reason-error"' in answer.text
    assert world.visitor().get("/@eve/suspend").status_code == 303


def test_an_admin_grants_and_takes_roles(world: Any) -> None:
    world.person("ada")
    admin = world.person("root", "admin")
    fields = admin.fields("/@ada", "/@ada/roles")
    granted = admin.post("/@ada/roles", fields | {"role_reason": "She is fair.", "action": "grant-moderator"})
    assert granted.location == "/@ada"
    assert "Take away moderator role" in admin.see("/@ada").text
    assert "She is fair." in world.visitor().see("/log").text
    fields = admin.fields("/@ada", "/@ada/roles")
    admin.post("/@ada/roles", fields | {"role_reason": "She asked.", "action": "revoke-moderator"})
    assert "Make moderator" in admin.see("/@ada").text


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_role_without_a_reason_comes_back_with_what_was_typed(world: Any, reason: str) -> None:
    world.person("ada")
    admin = world.person("root", "admin")
    fields = admin.fields("/@ada", "/@ada/roles")
    answer = admin.post("/@ada/roles", fields | {"role_reason": reason, "action": "grant-moderator"})
    assert answer.status_code == 422
    assert 'id="role_reason-error"' in answer.text
    assert 'id="act-reason-error"' not in answer.text
    assert reason.strip() in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"action": "grant-king"}, 422), ({"action": "grant"}, 422), ({"action": "x-admin"}, 400), ({}, 400)],
)
def test_odd_role_forms_are_refused(world: Any, fields: dict[str, str], status: int) -> None:
    world.person("ada")
    admin = world.person("root", "admin")
    token = admin.fields("/posts/new")["csrf_token"]
    assert admin.post("/@ada/roles", fields | {"role_reason": "r", "csrf_token": token}).status_code == status


def test_who_is_no_moderator_has_no_controls_and_no_say(world: Any) -> None:
    ada = world.person("ada")
    world.person("eve")
    assert "Suspend" not in ada.see("/@eve").text
    token = ada.fields("/posts/new")["csrf_token"]
    before = world.head()
    for path, fields in (("suspend", {"reason": "x"}), ("roles", {"action": "grant-admin"})):
        assert ada.post(f"/@eve/{path}", fields | {"csrf_token": token}).status_code == 403
        assert ada.post(f"/@eve/{path}", fields).status_code == 400
    assert world.head() == before


def test_a_moderator_has_no_controls_over_another(world: Any) -> None:
    mod = world.person("mod", "moderator")
    world.person("other", "moderator")
    assert "Suspend" not in mod.see("/@other").text
    assert "Suspend" not in mod.see("/@mod").text


def test_a_picture_is_drawn_from_the_handle_and_kept_for_good(world: Any) -> None:
    answer = world.visitor().get("/avatars/ada.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text == svg("ada") != svg("eve")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert world.visitor().get("/avatars/-.svg").status_code == 404
