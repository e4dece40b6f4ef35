"""Webhooks on the settings pages: added with a secret shown once, looked at, tried, paused, replayed, removed."""

import msgspec
import pytest

from domain import ids, signing
from domain.account import OPERATOR
from domain.webhook import PauseWebhook
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page

URL = "https://bot.example/hook"
HERE = "/settings/webhooks"


@pytest.fixture
def ada(world: World) -> Visitor:
    return world.person("ada")


def typed(ada: Visitor, path: str) -> dict[str, str]:
    """What the form at path would send with nothing ticked: a browser leaves unticked boxes out."""
    return {name: value for name, value in ada.fields(path).items() if not name.startswith("kind_")}


def added(ada: Visitor, **fields: str) -> str:
    """The path of a new webhook's page."""
    answer = ada.post(HERE, typed(ada, HERE) | {"url": URL, "description": "My bot"} | fields)
    assert answer.status_code == 200, page(answer).text
    return HERE + "/" + answer.get_data(as_text=True).rpartition(f'href="{HERE}/')[2].partition('"')[0]


def made(answer) -> str:
    return answer.get_data(as_text=True).partition('id="made-secret">')[2].partition("<")[0]


def kept(world: World, path: str, number: int = 1, **values) -> list[Delivery]:
    rows = [
        Delivery(
            **{"webhook": path.rpartition("/")[2], "handle": "ada", "type": "PostPublished", "position": 7} | values
        )
        for _ in range(number)
    ]
    with world.generations.control.begin() as connection:
        webhook_deliveries.add(connection, rows)
    return rows


def test_one_is_added_and_its_secret_shown_this_once(world: World, ada: Visitor):
    assert HERE in ada.get("/settings").get_data(as_text=True)
    ticked = {"kind_Liked": "y", "kind_PostPublished": "y"}
    answer = ada.post(HERE, typed(ada, HERE) | ticked | {"url": URL, "description": "My bot"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    (commit,) = world.store.load("webhooks-ada")
    stored = msgspec.json.decode(commit.events[0].data)
    assert stored["kinds"] == ["PostPublished", "Liked"]
    assert made(answer) == signing.secret("a key for tests", stored["webhook"], 0)
    seen = ada.see(f"{HERE}/{stored['webhook']}")
    assert "My bot" in seen.text
    assert "Post published, Liked" in seen.text
    for path in (HERE, f"{HERE}/{stored['webhook']}"):
        assert "whsec_" not in ada.get(path).get_data(as_text=True)


def test_sent_twice_it_is_one_webhook_with_one_secret(world: World, ada: Visitor):
    fields = typed(ada, HERE) | {"url": URL}
    first, second = (made(ada.post(HERE, fields)) for _ in range(2))
    assert first == second != ""
    assert len(world.store.load("webhooks-ada")) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"url": ""}, "Address can't be empty"),
        ({"url": "ftp://bot.example/"}, "Address must start with https"),
        ({"url": "https://a:b@bot.example/"}, "Address can't hold a name or a password"),
        ({"description": "x" * 201}, "200 is the most"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(world: World, ada: Visitor, given: dict[str, str], sentence: str):
    fields = typed(ada, HERE) | {"url": URL, "description": "My bot", "kind_Liked": "y"} | given
    answer = ada.post(HERE, fields)
    assert answer.status_code == 422
    shown = page(answer)
    assert sentence in shown.text
    kept = shown.form(HERE)
    assert kept.fields.items() >= ({"url": URL, "description": "My bot"} | given).items()
    assert "checked" in kept.described["kind_Liked"]
    assert "checked" not in kept.described["kind_Unliked"]
    assert made(answer) == ""
    assert world.store.load("webhooks-ada") == []


def test_it_is_changed_with_what_it_was_ticked(world: World, ada: Visitor):
    path = added(ada, kind_Liked="y")
    form = ada.see(path).form(path)
    assert form.fields["url"] == URL
    assert "checked" in form.described["kind_Liked"]
    assert ada.post(path, typed(ada, path) | {"url": URL + "/2"}).status_code == 303
    seen = ada.see(path)
    assert URL + "/2" in seen.text
    assert "Everything" in seen.text
    wrong = ada.post(path, typed(ada, path) | {"url": "nowhere"})
    assert (wrong.status_code, "whole address" in page(wrong).text) == (422, True)


def test_paused_resumed_renewed_removed(world: World, ada: Visitor):
    path = added(ada)
    assert ada.send(path, f"{path}/pause").status_code == 303
    assert "paused since" in ada.see(path).text
    assert "Send a test event" not in ada.see(path).text
    assert ada.send(path, f"{path}/resume").status_code == 303
    assert "State active" in ada.see(path).text
    answer = ada.send(path, f"{path}/rotate")
    assert made(answer) == signing.secret("a key for tests", path.rpartition("/")[2], 1)
    assert answer.headers["Cache-Control"] == "no-store"
    assert made(ada.get(path)) == ""
    world.given(PauseWebhook(handle="ada", webhook=path.rpartition("/")[2], reason="It answered <410> Gone."), OPERATOR)
    assert "It answered <410> Gone." in ada.see(path).text
    assert ada.send(path, f"{path}/remove").status_code == 303
    assert "My bot" not in ada.see(HERE).text
    assert ada.get(path).status_code == 404


def test_deliveries_show_how_they_stand_and_answers_as_plain_text(world: World, ada: Visitor):
    path = added(ada)
    now = ids.now()
    kept(world, path, state="delivered", attempts=1, status=204, tried_at=now)
    kept(world, path, attempts=3, status=500, answer="<script>alert(1)</script>", tried_at=now)
    kept(world, path, attempts=1, answer="No answer within 10 s.", tried_at=now)
    kept(world, path, state="dead", attempts=8, status=503, answer="busy", tried_at=now)
    seen = ada.see(path)
    for words in ("delivered 1 attempt", "waiting 3 attempts next", "500: <script>alert(1)</script>", "dead letter"):
        assert words in seen.text
    assert "No answer within 10 s." in seen.text
    assert "<script>alert" not in ada.get(path).get_data(as_text=True)
    assert "Waiting 2 Dead letters 1" in seen.text
    assert "1 dead letter" in ada.see(HERE).text
    only = ada.see(f"{path}?state=dead")
    assert "busy" in only.text
    assert "500:" not in only.text
    assert ada.get(f"{path}?state=lost").status_code == 400


def test_a_long_list_goes_on_by_its_link(world: World, ada: Visitor):
    path = added(ada)
    kept(world, path, 35)
    first = ada.get(path).get_data(as_text=True)
    assert first.count(">waiting<") == 30
    href = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert ada.get(href).get_data(as_text=True).count(">waiting<") == 5
    part = ada.get(href, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert part.count(">waiting<") == 5
    assert "<h1" not in part


def test_a_dead_letter_is_replayed_and_all_at_once(world: World, ada: Visitor):
    path = added(ada)
    (one, *_) = kept(world, path, 3, state="dead", attempts=8)
    answer = ada.send(path, f"{path}/deliveries/{one.id}/replay")
    assert answer.status_code == 303
    again = webhook_deliveries.find(world.generations.control, one.webhook, one.id)
    assert again is not None
    assert (again.state, again.attempts) == ("waiting", 0)
    ada.send(path, f"{path}/replay")
    assert "Waiting 3 Dead letters 0" in ada.see(path).text
    assert "2 tried again" not in ada.see(path).text


def test_a_test_event_is_sent_once_at_a_time(world: World, ada: Visitor):
    path = added(ada)
    for _ in range(2):
        assert ada.send(path, f"{path}/test").status_code == 303
    assert ada.see(path).text.count("Webhook tested") == 1


def test_it_is_nobody_elses(world: World, ada: Visitor):
    path, bob = added(ada), world.person("bob", "admin")
    (dead,) = kept(world, path, state="dead")
    assert bob.get(path).status_code == 404
    assert "My bot" not in bob.see(HERE).text
    fields = bob.fields(HERE)
    for act in ("", "/pause", "/resume", "/remove", "/rotate", "/test", "/replay", f"/deliveries/{dead.id}/replay"):
        assert bob.post(path + act, fields | {"url": URL}).status_code == 404, act
    stranger = world.visitor()
    assert stranger.get(HERE).status_code in (302, 303, 401)
    assert len(world.store.load("webhooks-ada")) == 1
    untouched = webhook_deliveries.find(world.generations.control, dead.webhook, dead.id)
    assert untouched == dead


def test_with_ten_there_is_no_form_for_more(world: World, ada: Visitor):
    for _ in range(10):
        added(ada)
    assert [form.action for form in ada.see(HERE).forms if form.action == HERE] == []
    assert "which is the most" in ada.see(HERE).text
