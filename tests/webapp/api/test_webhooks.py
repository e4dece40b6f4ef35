"""Webhooks for programs: added with a secret, listed without, tested, paused, and their dead letters replayed."""

from typing import Any

import pytest

from domain import signing
from domain.rights import OPERATOR
from domain.webhook import PauseWebhook
from operational.webhook_deliveries import Delivery
from tests.webapp.api.conftest import Api, Program
from tests.webhooks import queueing

URL = "https://bot.example/hook?token=abc"
NOBODY = "0192abcd-0000-7000-8000-0000000000ff"


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada")


@pytest.fixture
def hook(ada: Program) -> str:
    return ada.post("/webhooks", {"url": URL}).json["id"]


def queue(api: Api, hook: str, number: int = 1, **columns: Any) -> list[Delivery]:
    of = {"webhook": hook, "account": api.world.id("ada"), "position": 7}
    return queueing.queue(api.world.generations.control, number, **of | columns)


def test_added_it_is_shown_with_its_secret_and_listed_without(api: Api, ada: Program):
    made = ada.post("/webhooks", {"url": URL, "kinds": ["Liked", "PostPublished"], "description": "My bot"})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.headers["Location"] == f"/api/v1/webhooks/{made.json['id']}"
    assert made.json["secret"] == signing.secret("a key for tests", made.json["id"], 0)
    shown = ada.get(f"/webhooks/{made.json['id']}")
    expected = {"url": URL, "kinds": ["PostPublished", "Liked"], "description": "My bot", "paused": False}
    assert shown.json.items() >= (expected | {"waiting": 0, "dead": 0, "rotated_at": None}).items()
    listed = ada.get("/webhooks")
    assert listed.json == {"items": [shown.json], "next": None}
    assert "whsec_" not in listed.get_data(as_text=True) + shown.get_data(as_text=True)
    for program in (ada, api.program("bob"), api.program("root", "admin")):
        for path in ("/events", "/accounts/ada"):
            assert "bot.example" not in program.get(path).get_data(as_text=True)
    assert api.program("eve").get(f"/webhooks/{made.json['id']}").status_code == 404


def test_repeated_under_one_key_it_is_one_webhook_and_each_secret_is_given_again(ada: Program):
    first, second = (ada.post("/webhooks", {"url": URL}, Idempotency_Key="monday") for _ in range(2))
    assert (first.status_code, first.get_data()) == (201, second.get_data())
    assert len(ada.get("/webhooks").json["items"]) == 1
    assert ada.post("/webhooks", {"url": URL + "&more"}, Idempotency_Key="monday").status_code == 422
    rotate = f"/webhooks/{first.json['id']}/rotate"
    rotated, again = (ada.post(rotate, Idempotency_Key=key).json for key in ("tuesday", "friday"))
    assert ada.post(rotate, Idempotency_Key="tuesday").json == rotated
    assert len({first.json["secret"], rotated["secret"], again["secret"]}) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://bot.example/"}, "url"),
        ({"url": "x" * 2001}, "url"),
        ({}, "url"),
        ({"url": URL, "kinds": ["TokenIssued"]}, "kinds"),
        ({"url": URL, "description": "x" * 201}, "description"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_told_by_field(ada: Program, body: dict[str, Any], field: str):
    refused = ada.post("/webhooks", body)
    assert (refused.status_code, [error["field"] for error in refused.json["errors"]]) == (422, [field])
    assert ada.get("/webhooks").json["items"] == []


def test_changed_paused_resumed_removed(api: Api, ada: Program, hook: str):
    here = f"/webhooks/{hook}"
    assert ada.put(here, {"url": "https://b.example/", "kinds": ["Liked"]}).json == {"id": hook, "version": 2}
    versions = [ada.post(f"{here}/{act}").json["version"] for act in ("pause", "pause", "resume")]
    assert versions == [3, 3, 4]
    api.world.given(PauseWebhook(handle="ada", webhook=hook, reason="Gone."), OPERATOR)
    expected = {"paused": True, "pause_reason": "Gone.", "url": "https://b.example/", "kinds": ["Liked"]}
    assert ada.get(here).json.items() >= expected.items()
    assert ada.post(f"{here}/test").status_code == 409
    assert ada.delete(here).status_code == 200
    assert [ada.get(here).status_code, ada.delete(here).status_code, ada.post(f"{here}/test").status_code] == [404] * 3
    stored = b"".join(
        bytes(event.data)
        for commit in api.world.store.load(f"webhooks-{api.world.id('ada')}")
        for event in commit.events
    )
    assert b".example" not in stored


def test_deliveries_are_listed_newest_first_a_page_at_a_time_and_by_state(api: Api, ada: Program, hook: str):
    rows = queue(api, hook, 5) + queue(api, hook, state="dead", attempts=8, status=500, answer="<b>no</b>")
    here, seen, after = f"/webhooks/{hook}/deliveries", [], ""
    while True:
        page = ada.get(f"{here}?limit=2{after}").json
        seen += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [one["id"] for one in seen] == [one.id for one in reversed(rows)]
    assert (seen[1]["next_at"], seen[1]["event"]) == (rows[-2].due_at, f"{rows[-2].commit_id}:1")
    (dead,) = ada.get(f"{here}?state=dead").json["items"]
    assert dead.items() >= {"status": 500, "answer": "<b>no</b>", "next_at": None, "attempts": 8}.items()
    assert ada.get(f"/webhooks/{hook}").json.items() >= {"waiting": 5, "dead": 1}.items()
    other = ada.post("/webhooks", {"url": URL}).json["id"]
    assert ada.get(f"/webhooks/{other}/deliveries?limit=2{after}").status_code == 400
    assert ada.get(f"{here}?state=lost").status_code == 422


def test_a_dead_letter_is_replayed_once_and_what_was_delivered_is_not(api: Api, ada: Program, hook: str):
    (dead, done) = queue(api, hook, state="dead", attempts=8) + queue(api, hook, state="delivered", attempts=1)
    here = f"/webhooks/{hook}/deliveries"
    for _ in range(2):
        again = ada.post(f"{here}/{dead.id}/replay")
        assert (again.status_code, again.json["state"], again.json["attempts"]) == (202, "waiting", 0)
    assert ada.post(f"{here}/{done.id}/replay").status_code == 409
    other = ada.post("/webhooks", {"url": URL}).json["id"]
    wrong = [f"{here}/{id}/replay" for id in (NOBODY, "x", "%00", "%F0%9F%A6%89", "x" * 300)]
    for path in (*wrong, f"/webhooks/{other}/deliveries/{dead.id}/replay"):
        assert ada.post(path).status_code == 404
    queue(api, hook, 3, state="dead")
    assert [ada.post(f"/webhooks/{hook}/replay").json["replayed"] for _ in range(2)] == [3, 0]


def test_the_program_of_somebody_suspended_can_do_nothing(api: Api, ada: Program, hook: str):
    (dead,) = queue(api, hook, state="dead")
    api.suspended("ada")
    assert ada.get(f"/webhooks/{hook}/deliveries").status_code == 403
    for act in ("test", "replay", f"deliveries/{dead.id}/replay", "pause"):
        assert ada.post(f"/webhooks/{hook}/{act}").status_code == 403


def test_the_program_of_somebody_free_again_can_do_all_that_it_could(api: Api, ada: Program, hook: str):
    (dead,) = queue(api, hook, state="dead")
    api.free_again("ada")
    assert ada.get(f"/webhooks/{hook}/deliveries").status_code == 200
    for act in ("test", "replay", f"deliveries/{dead.id}/replay"):
        assert ada.post(f"/webhooks/{hook}/{act}").status_code in (200, 202)


@pytest.mark.parametrize("call", ["POST /webhooks", "PUT /webhooks/{id}", "POST /webhooks/{id}/rotate"])
def test_who_may_not_read_gains_nothing_by_a_webhook(api: Api, ada: Program, hook: str, call: str):
    writer = api.token("ada", scopes=["write"])
    method, path = call.format(id=hook).split(" ")
    refused = writer.call(method, path, None if "rotate" in path else {"url": "https://bot.example/"})
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/scope-missing")


def test_a_webhook_belongs_to_the_token_that_made_it(api: Api, ada: Program, hook: str):
    (token,) = [item["id"] for item in ada.get("/tokens").json["items"]]
    assert api.world.bus.aggregates().webhooks(api.world.id("ada")).made_by[hook] == token
    ada.put(f"/webhooks/{hook}", {"url": "https://bot.example/2"})
    assert api.world.bus.aggregates().webhooks(api.world.id("ada")).made_by[hook] == token
