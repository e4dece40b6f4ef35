"""Reporting: for members and strangers, and everything that can be wrong with it."""

from typing import Any

import pytest

from domain.moderation.report import MAX_TEXT_CHARS
from domain.post import EditPost, RemovePost
from tests.webapp.conftest import World
from tests.webapp.desk.conftest import Desk
from tests.webapp.html_pages import page


@pytest.mark.parametrize("place", ["post", "comment", "profile"])
def test_every_post_comment_and_profile_of_another_has_a_button(desk: Desk, place: str) -> None:
    note = desk.world.comment("ann", desk.post, "A comment.")
    paths = {"post": f"/posts/{desk.post}", "comment": f"/posts/{desk.post}", "profile": "/@ann"}
    named = {"post": desk.target, "comment": f"comment-{note}", "profile": "account-ann"}
    for visitor in (desk.bob, desk.world.visitor()):
        forms = {form.action: form for form in visitor.see(paths[place]).forms}
        assert forms[f"/report/{named[place]}"].buttons == ["Report"]
        assert visitor.get(f"/report/{named[place]}").status_code == 200
    assert "/report/" not in desk.ann.get(paths[place]).text


def test_a_report_is_received_and_its_state_is_seen(desk: Desk) -> None:
    sent = desk.bob.send(f"/report/{desk.target}?version=1", f"/report/{desk.target}", category="spam")
    received = desk.bob.see(sent.location)
    assert "Received" in received.text
    report = sent.location.split("/")[2]
    state = desk.bob.see(f"/reports/{report}")
    assert "Received" in state.text
    assert "A loud title" in state.text
    assert "A loud title" in desk.bob.see("/reports").text


def test_a_stranger_reports_and_finds_the_report_again(desk: Desk) -> None:
    stranger = desk.world.visitor()
    report = desk.report(stranger)
    assert "Received" in stranger.see(f"/reports/{report}").text
    assert "A loud title" in stranger.see("/reports").text
    assert stranger.send(f"/reports/{report}", f"/reports/{report}/withdraw").status_code == 303
    assert "Withdrawn" in stranger.see(f"/reports/{report}").text


def test_the_same_report_twice_is_one(desk: Desk) -> None:
    first = desk.report(desk.bob)
    before = desk.world.head()
    assert desk.report(desk.bob) == first
    assert desk.world.head() == before


def test_others_reports_are_not_there(desk: Desk) -> None:
    report = desk.report(desk.bob)
    for visitor in (desk.ann, desk.mod, desk.world.visitor()):
        assert visitor.get(f"/reports/{report}").status_code == 404
        other = f"/report/account-{'bob' if visitor is desk.ann else 'ann'}"
        assert visitor.post(f"/reports/{report}/withdraw", visitor.fields(other)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"category": "spam", "text": "x" * (MAX_TEXT_CHARS + 1)}, "the most"),
        ({"category": "illegal", "law": "x" * 201, "text": "kept words"}, "the most"),
        ({"category": "", "text": "kept words"}, "Choose what is wrong with it"),
        ({"category": "nonsense", "text": "kept words"}, "Category must be one of"),
        ({"category": "rule-7", "text": "kept words"}, "Choose one of"),
        ({"category": "other", "text": " "}, "can’t be empty"),
        ({"category": "spam", "version": "99", "text": "kept words"}, "never had such a version"),
    ],
)
def test_what_is_wrong_is_said_with_the_text_kept(desk: Desk, fields: dict[str, str], why: str) -> None:
    before = desk.world.head()
    answer = desk.bob.send(f"/report/{desk.target}", **fields)
    assert answer.status_code == 422
    shown = page(answer)
    assert why.replace("’", "'") in shown.text.replace("’", "'")
    assert shown.form(f"/report/{desk.target}").fields["text"] == fields["text"]
    assert desk.world.head() == before


def test_ones_own_is_no_target_and_what_is_removed_neither(desk: Desk) -> None:
    fields = desk.bob.fields(f"/report/{desk.target}") | {"category": "spam"}
    assert desk.ann.get(f"/report/{desk.target}").status_code == 422
    assert desk.ann.post(f"/report/{desk.target}", fields | _token(desk.ann)).status_code == 422
    desk.world.given(RemovePost(post=desk.post), "ann")
    before = desk.world.head()
    assert desk.bob.get(f"/report/{desk.target}").status_code == 410
    assert desk.bob.post(f"/report/{desk.target}", fields).status_code == 410
    for nowhere in ("post-x", "thing-1", "account-nobody", "post-0192f000-0000-7000-8000-000000000000"):
        assert desk.bob.get(f"/report/{nowhere}").status_code == 404
        assert desk.bob.post(f"/report/{nowhere}", fields).status_code == 404
    assert desk.world.head() == before


def test_the_version_of_the_page_is_reported(desk: Desk) -> None:
    action = f"/report/{desk.target}"
    button = desk.bob.get(f"/posts/{desk.post}").text.partition(f'<form action="{action}">')[2]
    assert button.startswith('<button class="button small" name="version" value="1">')
    desk.world.given(EditPost(post=desk.post, version=1, title="Another", body="Nothing for sale."), "ann")
    opened = page(desk.bob.get(f"{action}?version=1")).form(action)
    assert opened.fields["version"] == "1"


def test_nobody_sees_that_something_is_reported(desk: Desk) -> None:
    note = desk.world.comment("ann", desk.post, "A comment.")
    paths = (f"/posts/{desk.post}", "/", "/@ann", f"/posts/{desk.post}/history", "/notifications", "/feed.atom")
    people: dict[str, Any] = {"ann": desk.ann, "stranger": desk.world.visitor()}
    before = {(who, path): _shown(visitor, path) for who, visitor in people.items() for path in paths}
    for target in (desk.target, f"comment-{note}", f"account-{desk.world.id('ann')}"):
        desk.reported(target=target)
    for (who, path), shown in before.items():
        assert _shown(people[who], path) == shown, (who, path)


def _shown(visitor: Any, path: str) -> tuple[str, str | None]:
    """What is read and the ETag; tokens and ids of commands are anew on each page."""
    answer = visitor.get(path)
    return page(answer).text, answer.headers.get("ETag")


def test_reports_are_limited_by_person_and_address(build: Any) -> None:
    world: World = build(rate_limits=True)
    world.person("ann")
    bob, cay = world.person("bob"), world.person("cay")
    target = f"post-{world.post('ann')}"
    fields = bob.fields(f"/report/{target}") | {"category": "nonsense"}
    answers = [bob.post(f"/report/{target}", fields).status_code for _ in range(31)]
    assert answers[0] == 422
    assert answers[-1] == 429
    others = [cay.post(f"/report/{target}", fields | _token(cay)).status_code for _ in range(30)]
    assert others == [422] * 30
    dan = world.person("dan")
    assert dan.post(f"/report/{target}", fields | _token(dan)).status_code == 429, "of one address"


def test_somebody_whose_reporting_is_paused_is_told(desk: Desk) -> None:
    path = "/moderation/people/bob"
    assert desk.mod.send(path, f"{path}/pause", days="7", reason="In bad faith").status_code == 303
    answer = desk.bob.send(f"/report/{desk.target}", category="spam", text="kept words")
    assert answer.status_code == 403
    assert "paused your reporting" in page(answer).text
    assert desk.mod.post(f"{path}/resume", desk.mod.fields(path, f"{path}/resume")).status_code == 303
    desk.report(desk.bob)


def _token(visitor: Any) -> dict[str, str]:
    return {"csrf_token": visitor.fields("/settings", "/logout")["csrf_token"]}


def test_a_report_is_an_event_with_the_words_of_its_reporter(desk: Desk) -> None:
    desk.report(desk.bob, category="illegal", text="It is forged.", law="§ 1")
    known = desk.world.bus.aggregates().report(desk.target, desk.world.id("bob"))
    assert known.category == "illegal"
