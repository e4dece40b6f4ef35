"""Limits for new accounts: on pages and by programs alike, edits too, and nobody else notices them."""

from typing import Any

import pytest

from domain import account, ids, post
from domain.bus import operator
from domain.messages import Envelope
from domain.moderation.terms import days_after
from domain.site.newcomers import SetNewcomerLimits
from tests.people import id_of
from webapp.site import newcomers

LINKS = "https://a.example https://b.example https://c.example"
LIMITS = {"days": 3, "writings": 3, "links": 2, "mentions": 3, "per_hour": 10}


def limit(world: Any, **numbers: int) -> None:
    world.bus.send(SetNewcomerLimits(**LIMITS | numbers), operator(ids.now()))
    world.site.regulars.clear()


@pytest.fixture
def limited(world: Any) -> Any:
    limit(world)
    return world


def publish(visitor: Any, body: str = "Words.", **fields: str) -> Any:
    return visitor.send("/posts/new", title="T", body=body, **fields)


def old_account(world: Any, handle: str, days: int = 30) -> Any:
    """Somebody who registered so many days ago and wrote three posts."""
    at = days_after(ids.now(), -days)
    register = account.RegisterAccount(account=id_of(handle), handle=handle)
    world.bus.send(register, Envelope(actor=handle, at=at))
    for number in range(3):
        world.bus.send(post.NewPost(post=ids.uuid7(), title=f"T{number}", body="b"), Envelope(actor=handle, at=at))
    return world.logged_in(handle)


def test_too_many_links_come_back_with_the_text_the_limit_and_its_end(limited: Any) -> None:
    ada = limited.person("ada")
    answer = publish(ada, LINKS)
    assert answer.status_code == 422
    assert LINKS in answer.text
    assert 'id="body-error"' in answer.text
    assert "Links in a text of a new account: 2 at most, and this has 3." in answer.text
    assert "This limit ends at 20" in answer.text
    assert "once 3 posts and comments of yours stand." in answer.text
    assert publish(ada, LINKS[:35]).status_code == 303


def test_a_link_post_has_one_link_more(limited: Any) -> None:
    ada = limited.person("ada")
    assert publish(ada, "https://a.example https://b.example", url="https://c.example").status_code == 422
    assert publish(ada, "https://a.example", url="https://c.example").status_code == 303


def test_links_do_not_come_in_by_an_edit(limited: Any) -> None:
    ada = limited.person("ada")
    id, said = limited.post("ada"), limited.comment("ada", limited.post("ada"))
    assert ada.send(f"/posts/{id}/edit", body=LINKS).status_code == 422
    assert ada.send(f"/comments/{said}/edit", body=LINKS).status_code == 422
    assert ada.send("/settings", bio=LINKS).status_code == 422


def test_an_edit_may_leave_the_links_that_were_there(limited: Any) -> None:
    ada, id = limited.person("ada"), limited.post("ada", body=LINKS)
    assert ada.send(f"/posts/{id}/edit", body=f"{LINKS} and a word").status_code == 303
    assert ada.send(f"/posts/{id}/edit", body=f"{LINKS} https://d.example").status_code == 422


def test_too_many_people_are_not_mentioned(limited: Any) -> None:
    ada, id = limited.person("ada"), limited.post("ada")
    four = "@bob @cay @dan @eve"
    answer = ada.send(f"/posts/{id}", f"/posts/{id}/comments", body=four)
    assert answer.status_code == 422
    assert "3 at most, and this has 4." in answer.text
    assert four in answer.text
    assert publish(ada, "@bob @bob @bob @bob").status_code == 303


def test_the_hour_is_full_and_a_form_sent_again_is_still_answered(world: Any) -> None:
    limit(world, per_hour=2, writings=9)
    ada = world.person("ada")
    fields = ada.fields("/posts/new") | {"title": "T", "body": "b"}
    world.post("ada")
    first = ada.post("/posts/new", fields)
    assert first.status_code == 303
    again = ada.post("/posts/new", fields)
    assert (again.status_code, again.location) == (303, first.location)
    refused = publish(ada)
    assert refused.status_code == 422
    assert "Texts of a new account in an hour: 2 at most. The next one can come at 20" in refused.text


def test_what_was_removed_counts_for_the_hour(world: Any) -> None:
    limit(world, per_hour=1)
    ada, id = world.person("ada"), world.post("ada")
    world.given(post.RemovePost(post=id), "ada")
    assert publish(ada).status_code == 422


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_staff_and_whoever_has_been_here_for_a_while_have_no_limits(limited: Any, role: str) -> None:
    assert publish(limited.person("staff", role), LINKS).status_code == 303
    assert publish(old_account(limited, "old"), LINKS).status_code == 303
    assert publish(old_account(limited, "young", days=2), LINKS).status_code == 422


@pytest.mark.parametrize("off", [{"links": 0}, {"days": 0, "writings": 0}])
def test_0_is_no_limit(world: Any, off: dict[str, int]) -> None:
    limit(world, **off)
    assert publish(world.person("ada"), LINKS).status_code == 303


def test_a_regular_costs_no_look_up(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    old = old_account(limited, "old")
    assert publish(old, LINKS).status_code == 303
    asked: list[object] = []
    monkeypatch.setattr(newcomers, "ask", asked.append)
    assert publish(old, LINKS).status_code == 303
    assert asked == []


def test_a_site_where_nobody_set_any_has_none(build: Any) -> None:
    assert publish(build(rate_limits=True).person("ada"), LINKS).status_code == 303


def test_admins_set_them_and_everybody_reads_them(world: Any) -> None:
    root, ada = world.person("root", "admin"), world.person("ada")
    assert "Nobody is limited now." in world.visitor().see("/admin/newcomers").text
    assert root.send("/admin/newcomers", links="1", days="7").status_code == 303
    assert publish(ada, "https://a.example https://b.example").status_code == 422
    page = world.visitor().see("/admin/newcomers").text
    assert "Set by @root" in page
    assert "Save" not in page
    assert "the limits for new accounts" in world.visitor().see("/log").text
    token = ada.fields("/posts/new")["csrf_token"]
    assert ada.post("/admin/newcomers", {"csrf_token": token, "version": "1"}).status_code == 403


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "many", "366", "9" * 40, "１２３４", "<b>"])
def test_a_bad_number_comes_back(world: Any, typed: str) -> None:
    root, head = world.person("root", "admin"), world.head()
    answer = root.send("/admin/newcomers", days=typed)
    assert answer.status_code == 422
    assert 'id="days-error"' in answer.text
    assert "<b>" not in answer.text
    assert world.head() == head


def test_limits_that_somebody_set_meanwhile_are_not_overwritten(world: Any) -> None:
    root = world.person("root", "admin")
    fields = root.fields("/admin/newcomers")
    limit(world, links=9)
    assert root.post("/admin/newcomers", fields | {"links": "1"}).status_code == 409
