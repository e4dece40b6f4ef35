"""/settings/leave without JavaScript: what goes and what stays, and the password again."""

import re

import pytest

from domain.token import IssueToken
from operational import departures
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.leaving.steps import PAGE, PASSWORD, leaving, registered, state


def test_the_settings_lead_there(world: World):
    assert f'href="{PAGE}"' in world.person("ann").get("/settings").text


def test_with_the_password_it_begins_and_leads_to_the_receipt(world: World):
    ann = registered(world, "ann")
    post = world.post("ann", "Mine")
    other = world.logged_in("ann")
    answer = ann.send(PAGE, password=PASSWORD)
    assert answer.status_code == 303
    assert re.fullmatch(r"/receipts/[0-9a-f-]{36}", answer.headers["Location"])
    assert leaving(world, "ann").choice.default == "keep"
    seen = ann.see(answer.headers["Location"])
    assert "can come back until" in seen.text
    assert "ann" not in seen.text.split()
    for visitor in (ann, other):
        assert "/login" in visitor.get("/settings").headers["Location"]
    assert f"gone-{state(world, 'ann').id[-4:]}" in world.visitor().see(f"/posts/{post}").text


def test_everything_can_be_erased(world: World):
    registered(world, "ann").send(PAGE, password=PASSWORD, words="erase")
    assert leaving(world, "ann").choice.default == "erase"


@pytest.mark.parametrize("typed", ["", "not this one"])
def test_a_wrong_password_begins_nothing_and_the_form_comes_back(world: World, typed: str):
    ann = registered(world, "ann")
    answer = ann.send(PAGE, password=typed, words="erase")
    assert answer.status_code == 422
    assert "This is not your password" in page(answer).text
    assert re.search(r'value="erase" checked', answer.text)
    assert state(world, "ann").leaving is None
    assert departures.of_account(world.generations.control, world.id("ann")) is None
    assert ann.get("/settings").status_code == 200


def test_sent_twice_it_leads_to_the_same_receipt(world: World):
    ann = registered(world, "ann")
    fields = ann.fields(PAGE) | {"password": PASSWORD}
    cookie = ann.client.get_cookie("session")
    assert cookie is not None
    first = ann.post(PAGE, fields)
    ann.client.set_cookie("session", cookie.value)
    head = world.head()
    second = ann.post(PAGE, fields)
    assert (second.status_code, second.headers["Location"]) == (303, first.headers["Location"])
    assert world.head() == head


@pytest.mark.parametrize("ticket", ["", "nonsense", "a.b.c", "\x00", "ü" * 999])
def test_without_a_session_and_a_ticket_one_is_asked_to_log_in(world: World, ticket: str):
    ann = registered(world, "ann")
    fields = ann.fields(PAGE) | {"password": PASSWORD, "ticket": ticket}
    token = ann.fields("/settings")["csrf_token"]
    world.sessions.close_all(world.id("ann"))
    answer = ann.post(PAGE, fields | {"csrf_token": token})
    assert answer.status_code == 200
    assert "Your session has ended" in answer.text
    assert PASSWORD not in answer.text
    assert state(world, "ann").leaving is None


def test_a_ticket_of_somebody_who_stays_opens_nothing(world: World):
    ann = registered(world, "ann")
    fields = ann.fields(PAGE)
    world.sessions.close_all(world.id("ann"))
    assert "Your session has ended" in ann.post(PAGE, fields).text


def test_it_says_what_goes_and_what_stays(world: World):
    ann, bob = registered(world, "ann"), world.person("bob")
    post = world.post("ann", "Mine")
    world.comment("ann", post)
    world.comment("bob", post, "I disagree.")
    theirs = world.post("bob", "About somebody", "As @ann says.")
    account = world.id("ann")
    issue = IssueToken(
        token="00000000-0000-7000-8000-000000000009", handle="ann", digest="0" * 64, scopes=("read",),
        expires_in=60, expires_at="2099-01-01T00:00:00.000000Z",
    )  # fmt: skip
    world.given(issue, "ann")
    begun = ann.fields("/posts/new")["begun"]
    saved = {"place": f"/posts/new/{begun}", "title": "Later", "csrf_token": ann.fields("/posts/new")["csrf_token"]}
    assert ann.post("/drafts/save", saved).status_code == 303
    html = ann.get(PAGE).text
    counted = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", html))
    assert counted == {
        "Drafts": "1", "Browsers that you are logged in with": "1", "API tokens": "1", "Webhooks": "0",
        "What was delivered to them": "0", "Takeouts": "0", "Threads you opened": "0",
    }  # fmt: skip
    said = ann.see(PAGE).text
    assert f"under the name gone-{account[-4:]}" in said
    assert "It keeps 1 post and 1 comment." in said
    assert "It erases 1 post and 1 comment, with every version." in said
    assert "2 answers and mentions by others stay" in said
    assert f'href="/posts/{theirs}"' in html
    assert "hold texts for up to 30 days more" in said
    assert "For 14 days you can come back" in said
    assert "Make a takeout first" in said
    assert bob.get(PAGE).text.count("answers and mentions") == 0


def test_a_takeout_under_way_and_ready_is_said(world: World):
    ann = world.person("ann")
    ann.send("/settings/export")
    assert "Your takeout is being made" in ann.see(PAGE).text


def test_words_that_are_none_are_refused(world: World):
    ann = registered(world, "ann")
    answer = ann.send(PAGE, password=PASSWORD, words="<script>")
    assert answer.status_code == 422
    assert "Words must be one of" in page(answer).text
    assert state(world, "ann").leaving is None


def test_whoever_left_is_no_profile_and_nobody_suggested(world: World):
    ann, bob = registered(world, "annabel"), world.person("bob")
    post = world.post("bob", "For @annabel")
    stranger = world.visitor()
    assert stranger.get("/@annabel").status_code == stranger.get("/api/v1/accounts/annabel").status_code == 200
    ann.send(PAGE, password=PASSWORD)
    for path in ("/@annabel", "/@annabel.atom", "/@annabel?show=comments", "/api/v1/accounts/annabel"):
        assert bob.get(path).status_code == stranger.get(path).status_code == 404
    assert stranger.get("/api/v1/posts?author=annabel").json["items"] == []
    assert "annabel" not in bob.get("/people?q=ann").text
    assert "@annabel" in bob.see(f"/posts/{post}").text
