"""Webhooks on the settings pages: added with a secret shown once, tested, paused, replayed, removed."""

import msgspec
import pytest
from werkzeug.test import TestResponse

from domain import ids, signing
from domain.rights import OPERATOR
from domain.webhook import MAX_WEBHOOKS, PauseWebhook
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from tests.webhooks import queueing

URL = "https://bot.example/hook"
HERE = "/settings/webhooks"


@pytest.fixture
def ada(world: World) -> Visitor:
    return world.person("ada")


def filled(ada: Visitor, path: str, **fields: str) -> dict[str, str]:
    """What the form at path would send with nothing ticked: a browser leaves unticked boxes out."""
    fields = {"url": URL, "description": "My bot"} | fields
    return {name: value for name, value in ada.fields(path).items() if not name.startswith("kind_")} | fields


def added(ada: Visitor, **fields: str) -> str:
    """The path of a new webhook's page."""
    answer = ada.post(HERE, filled(ada, HERE, **fields))
    assert answer.status_code == 200, page(answer).text
    return HERE + "/" + answer.get_data(as_text=True).rpartition(f'href="{HERE}/')[2].partition('"')[0]


def shown_secret(answer: TestResponse) -> str:
    return answer.get_data(as_text=True).partition('id="made-secret">')[2].partition("<")[0]


def queue(world: World, path: str, number: int = 1, **columns: object) -> list[Delivery]:
    of = {"webhook": path.rpartition("/")[2], "handle": "ada", "type": "PostPublished", "position": 7}
    return queueing.queue(world.generations.control, number, **of | columns)


def test_one_is_added_once_and_its_secret_shown_this_once(world: World, ada: Visitor):
    assert HERE in ada.get("/settings").get_data(as_text=True)
    fields = filled(ada, HERE, kind_Liked="y", kind_PostPublished="y")
    first, second = (ada.post(HERE, fields) for _ in range(2))
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
    (commit,) = world.store.load("webhooks-ada")
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
    assert (ticked, shown_secret(answer), world.store.load("webhooks-ada")) == ([True, False], "", [])


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
    answer = ada.send(path, f"{path}/rotate")
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
    (dead,) = queue(world, path, state="dead")
    assert bob.get(path).status_code == 404
    assert "My bot" not in bob.see(HERE).text
    for act in ("", "/pause", "/resume", "/remove", "/rotate", "/test", "/replay", f"/deliveries/{dead.id}/replay"):
        assert bob.post(path + act, filled(bob, HERE)).status_code == 404, act
    assert world.visitor().get(HERE).status_code in (302, 303, 401)
    assert len(world.store.load("webhooks-ada")) == 1
    assert webhook_deliveries.find(world.generations.control, dead.webhook, dead.id) == dead


def test_with_ten_there_is_no_form_for_more(ada: Visitor):
    for _ in range(MAX_WEBHOOKS):
        added(ada)
    assert HERE not in [form.action for form in ada.see(HERE).forms]
    assert "which is the most" in ada.see(HERE).text
