"""Webhooks on the settings pages: added with a secret shown once, tested, paused, replayed, removed."""

from collections.abc import Callable

import msgspec
import pytest
from werkzeug.test import TestResponse

from domain import ids, signing
from domain.account import ChangePassword, RegisterAccount
from domain.rights import OPERATOR
from domain.webhook import MAX_WEBHOOKS, PauseWebhook
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from tests.webhooks import queueing
from webapp.site import passwords, webhook_settings

URL = "https://bot.example/hook"
HERE = "/settings/webhooks"
PASSWORD = "correct horse"


@pytest.fixture
def ada(world: World) -> Visitor:
    registered = RegisterAccount(handle="ada", password_hash=passwords.hashed(PASSWORD))
    world.given(registered, "ada")
    return world.logged_in("ada")


def filled(ada: Visitor, path: str, **fields: str) -> dict[str, str]:
    """What the form at path would send with nothing ticked: a browser leaves unticked boxes out."""
    fields = {"url": URL, "description": "My bot", "current_password": PASSWORD} | fields
    return {name: value for name, value in ada.fields(path).items() if not name.startswith("kind_")} | fields


def added(ada: Visitor, **fields: str) -> str:
    """The path of a new webhook's page."""
    answer = ada.post(HERE, filled(ada, HERE, **fields))
    assert answer.status_code == 200, page(answer).text
    return HERE + "/" + answer.get_data(as_text=True).rpartition(f'href="{HERE}/')[2].partition('"')[0]


def shown_secret(answer: TestResponse) -> str:
    return answer.get_data(as_text=True).partition('id="made-secret">')[2].partition("<")[0]


def queue(world: World, path: str, number: int = 1, **columns: object) -> list[Delivery]:
    of = {"webhook": path.rpartition("/")[2], "account": world.id("ada"), "type": "PostPublished", "position": 7}
    return queueing.queue(world.generations.control, number, **of | columns)


def test_one_is_added_once_and_its_secret_shown_this_once(world: World, ada: Visitor):
    assert HERE in ada.get("/settings").get_data(as_text=True)
    fields = filled(ada, HERE, kind_Liked="y", kind_PostPublished="y")
    first, second = (ada.post(HERE, fields) for _ in range(2))
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
    (commit,) = world.store.load(f"webhooks-{world.id('ada')}")
    stored = msgspec.json.decode(commit.events[0].data)
    assert stored["kinds"] == ["PostPublished", "Liked"]
    assert shown_secret(first) == shown_secret(second) == signing.secret("a key for tests", stored["webhook"], 0)
    one = f"{HERE}/{stored['webhook']}"
    assert all(words in ada.see(one).text for words in ("My bot", "Post published, Liked"))
    assert not any("whsec_" in ada.get(path).get_data(as_text=True) for path in (HERE, one))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "", "Address can't be empty"),
        ("url", "ftp://bot.example/", "Address must start with https"),
        ("description", "x" * 201, "200 is the most"),
    ],
)
def test_what_is_wrong_is_shown_and_the_rest_kept(world: World, ada: Visitor, field: str, value: str, sentence: str):
    answer = ada.post(HERE, filled(ada, HERE, kind_Liked="y") | {field: value})
    assert answer.status_code == 422
    assert sentence in page(answer).text
    form = page(answer).form(HERE)
    assert form.fields.items() >= ({"url": URL, "description": "My bot"} | {field: value}).items()
    ticked = ["checked" in form.described[f"kind_{kind}"] for kind in ("Liked", "Unliked")]
    assert (ticked, shown_secret(answer), world.store.load(f"webhooks-{world.id('ada')}")) == ([True, False], "", [])


def test_it_is_changed_to_what_was_ticked(ada: Visitor):
    path = added(ada, kind_Liked="y")
    form = ada.see(path).form(path)
    assert (form.fields["url"], "checked" in form.described["kind_Liked"]) == (URL, True)
    assert ada.post(path, filled(ada, path, url=URL + "/2")).status_code == 303
    assert all(words in ada.see(path).text for words in (URL + "/2", "Everything"))
    wrong = ada.post(path, filled(ada, path, url="nowhere"))
    assert (wrong.status_code, "whole address" in page(wrong).text) == (422, True)


def test_paused_resumed_renewed_removed(world: World, ada: Visitor):
    path = added(ada)
    id = path.rpartition("/")[2]
    ada.send(path, f"{path}/pause")
    assert "paused since" in ada.see(path).text
    assert "Send a test event" not in ada.see(path).text
    ada.send(path, f"{path}/resume")
    assert "State active" in ada.see(path).text
    answer = ada.send(path, f"{path}/rotate", password=PASSWORD)
    assert (answer.headers["Cache-Control"], shown_secret(ada.get(path))) == ("no-store", "")
    assert shown_secret(answer) == signing.secret("a key for tests", id, 1)
    world.given(PauseWebhook(handle="ada", webhook=id, reason="It answered <410> Gone."), OPERATOR)
    assert "It answered <410> Gone." in ada.see(path).text
    assert ada.send(path, f"{path}/remove").status_code == 303
    assert "My bot" not in ada.see(HERE).text
    assert ada.get(path).status_code == 404


def test_deliveries_are_shown_with_their_state_and_answers_as_plain_text(world: World, ada: Visitor):
    path, now = added(ada), ids.now()
    queue(world, path, state="delivered", attempts=1, status=204, tried_at=now)
    queue(world, path, attempts=3, status=500, answer="<script>alert(1)</script>", tried_at=now)
    queue(world, path, attempts=1, answer="No answer within 10 s.", tried_at=now)
    queue(world, path, state="dead", attempts=8, status=503, answer="busy", tried_at=now)
    for words in (
        "delivered 1 attempt", "waiting 3 attempts next", "500: <script>alert(1)</script>", "dead letter",
        "No answer within 10 s.", "Waiting 2 Dead letters 1",
    ):  # fmt: skip
        assert words in ada.see(path).text
    assert "<script>alert" not in ada.get(path).get_data(as_text=True)
    assert "2 waiting · 1 dead letter" in ada.see(HERE).text
    dead = ada.see(f"{path}?state=dead").text
    assert ("busy" in dead, "500:" in dead) == (True, False)
    assert ada.get(f"{path}?state=lost").status_code == 400


def test_a_long_list_goes_on_by_its_link(world: World, ada: Visitor):
    path = added(ada)
    queue(world, path, 35)
    first = ada.get(path).get_data(as_text=True)
    href = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = [ada.get(href, headers=headers).get_data(as_text=True) for headers in ({}, {"HX-Request": "true"})]
    assert [html.count(">waiting<") for html in (first, *rest)] == [30, 5, 5]
    assert ["<h1" in html for html in rest] == [True, False]


def test_dead_letters_are_replayed_and_one_test_is_sent_at_a_time(world: World, ada: Visitor):
    path = added(ada)
    (one, *_) = queue(world, path, 3, state="dead", attempts=8)
    assert ada.send(path, f"{path}/deliveries/{one.id}/replay").status_code == 303
    assert "Waiting 1 Dead letters 2" in ada.see(path).text
    for act in ("replay", "test", "test"):
        assert ada.send(path, f"{path}/{act}").status_code == 303
    assert "Waiting 4 Dead letters 0" in ada.see(path).text
    assert ada.see(path).text.count("Webhook tested") == 1


def test_it_is_nobody_elses(world: World, ada: Visitor):
    path, bob = added(ada), world.person("bob", "admin")
    world.given(ChangePassword(handle="bob", password_hash=passwords.hashed(PASSWORD)), "bob")
    (dead,) = queue(world, path, state="dead")
    assert bob.get(path).status_code == 404
    assert "My bot" not in bob.see(HERE).text
    for act in ("", "/pause", "/resume", "/remove", "/rotate", "/test", "/replay", f"/deliveries/{dead.id}/replay"):
        assert bob.post(path + act, filled(bob, HERE, password=PASSWORD)).status_code == 404, act
    assert world.visitor().get(HERE).status_code in (302, 303, 401)
    assert len(world.store.load(f"webhooks-{world.id('ada')}")) == 1
    assert webhook_deliveries.find(world.generations.control, dead.webhook, dead.id) == dead


def test_with_ten_there_is_no_form_for_more(ada: Visitor):
    for _ in range(MAX_WEBHOOKS):
        added(ada)
    assert HERE not in [form.action for form in ada.see(HERE).forms]
    assert "which is the most" in ada.see(HERE).text


def test_a_wrong_password_adds_changes_and_renews_nothing(world: World, ada: Visitor):
    refused = ada.post(HERE, filled(ada, HERE, kind_Liked="y", current_password="wrong horse"))
    assert (refused.status_code, "This is not your password" in page(refused).text) == (422, True)
    form = page(refused).form(HERE)
    assert form.fields.items() >= {"url": URL, "description": "My bot", "current_password": ""}.items()
    assert ("checked" in form.described["kind_Liked"], form.described["current_password"]["autocomplete"]) == (
        True, "current-password",
    )  # fmt: skip
    path = added(ada, kind_Liked="y")
    changed = ada.post(path, filled(ada, path, url=URL + "/2", current_password=""))
    assert (changed.status_code, page(changed).form(path).fields["url"]) == (422, URL + "/2")
    renewed = ada.send(path, f"{path}/rotate", password="wrong horse")
    assert (renewed.status_code, page(renewed).text.count("This is not your password")) == (422, 2)
    assert "checked" in page(renewed).form(path).described["kind_Liked"]
    assert (shown_secret(changed), shown_secret(renewed)) == ("", "")
    assert len(world.store.load(f"webhooks-{world.id('ada')}")) == 1


def test_passwords_are_not_guessed_by_adding_webhooks(build: Callable[..., World]):
    world = build(rate_limits=True)
    world.given(RegisterAccount(handle="ada", password_hash=passwords.hashed(PASSWORD)), "ada")
    ada = world.logged_in("ada")
    fields = filled(ada, HERE, current_password="wrong horse")
    assert [ada.post(HERE, fields).status_code for _ in range(6)] == [422] * 5 + [429]
    kept = ada.post(HERE, fields | {"current_password": PASSWORD})
    assert (kept.status_code, page(kept).form(HERE).fields["url"]) == (429, URL)


def test_a_new_password_ends_them_and_says_so(world: World, ada: Visitor):
    path = added(ada)
    words = "You have 1. Unless you keep it, it ends with the old password."
    assert words in ada.see("/settings").text
    assert "checked" not in ada.see("/settings").form("/settings/password").described["keep_webhooks"]
    change_password(ada, "new horse 123")
    assert "1 webhook has ended with the old password" in ada.see("/settings").text
    assert words not in ada.see("/settings").text
    assert "Your password was changed." in ada.see(path).text
    resumed = ada.send(path, f"{path}/resume")
    assert (resumed.status_code, "ended with the old password" in page(resumed).text) == (409, True)
    assert ada.post(path, filled(ada, path, current_password="new horse 123")).status_code == 303
    assert ada.send(path, f"{path}/resume").status_code == 303
    assert "State active" in ada.see(path).text
    assert words in ada.see("/settings").text


def test_a_new_password_leaves_them_where_that_is_ticked(world: World, ada: Visitor):
    path = added(ada)
    change_password(ada, "new horse 123", keep_webhooks="y")
    assert "1 webhook goes on." in ada.see("/settings").text
    assert "State active" in ada.see(path).text


def test_without_any_nothing_is_asked_about_them(world: World, ada: Visitor):
    assert "keep_webhooks" not in ada.see("/settings").form("/settings/password").fields
    change_password(ada, "new horse 123")
    assert "webhook" not in ada.see("/settings").text.partition("Programs that act as you")[0]


def test_one_that_was_ended_while_the_pages_could_not_say_so_is_sent_nothing(
    world: World, ada: Visitor, monkeypatch: pytest.MonkeyPatch
):
    """The new password alone ends it, in the commit that brings it: nothing is left half done."""
    path = added(ada)
    monkeypatch.setattr(webhook_settings, "pause_ended", lambda _handle: None)
    change_password(ada, "new horse 123")
    look = world.bus.aggregates()
    assert look.webhooks(world.id("ada")).ended_with_password(path.rpartition("/")[2], look.account_named("ada"))


def change_password(ada: Visitor, password: str, **ticked: str) -> None:
    fields = ada.fields("/settings", "/settings/password")
    fields.pop("keep_webhooks", None)
    sent = ada.post("/settings/password", fields | ticked | {"current_password": PASSWORD, "password": password})
    assert sent.status_code == 303, page(sent).text
