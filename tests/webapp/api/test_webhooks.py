"""Webhooks for programs: added with a secret, listed without, tried, paused, and their dead letters replayed."""

from typing import Any

import pytest

from domain import signing
from domain.account import OPERATOR
from domain.webhook import PauseWebhook
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.webapp.api.conftest import Api, Program

URL = "https://bot.example/hook?token=abc"
NOBODY = "0192abcd-0000-7000-8000-0000000000ff"


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada")


def hook(ada: Program, **fields: Any) -> str:
    return ada.post("/webhooks", {"url": URL, **fields}).json["id"]


def kept(api: Api, hook: str, number: int = 1, **values: Any) -> list[Delivery]:
    """Deliveries as the webhooks process keeps them."""
    made = [
        Delivery(**{"webhook": hook, "handle": "ada", "type": "Liked", "position": 7} | values) for _ in range(number)
    ]
    with api.world.generations.control.begin() as connection:
        webhook_deliveries.add(connection, made)
    return made


def test_added_it_is_told_with_its_secret_and_listed_without(api: Api, ada: Program):
    made = ada.post("/webhooks", {"url": URL, "kinds": ["Liked", "PostPublished"], "description": "My bot"})
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/webhooks/{made.json['id']}"
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json["secret"] == signing.secret("a key for tests", made.json["id"], 0)
    shown = ada.get(f"/webhooks/{made.json['id']}")
    expected = {"url": URL, "kinds": ["PostPublished", "Liked"], "description": "My bot", "paused": False}
    assert shown.json.items() >= (expected | {"waiting": 0, "dead": 0, "rotated_at": None}).items()
    listed = ada.get("/webhooks")
    assert listed.json == {"items": [shown.json], "next": None}
    assert "whsec_" not in listed.get_data(as_text=True) + shown.get_data(as_text=True)


def test_said_twice_under_one_key_it_is_one_webhook_and_one_answer(ada: Program):
    first, second = (ada.post("/webhooks", {"url": URL}, Idempotency_Key="monday") for _ in range(2))
    assert (first.status_code, first.get_data()) == (201, second.get_data())
    assert len(ada.get("/webhooks").json["items"]) == 1
    assert ada.post("/webhooks", {"url": URL + "&more"}, Idempotency_Key="monday").status_code == 422
    turned = [ada.post(f"/webhooks/{first.json['id']}/rotate", Idempotency_Key="tuesday") for _ in range(2)]
    assert turned[0].get_data() == turned[1].get_data()
    again = ada.post(f"/webhooks/{first.json['id']}/rotate")
    late = ada.post(f"/webhooks/{first.json['id']}/rotate", Idempotency_Key="tuesday")
    assert late.get_data() == turned[0].get_data() != again.get_data()
    assert len({first.json["secret"], turned[0].json["secret"], again.json["secret"]}) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://bot.example/"}, "url"),
        ({"url": "https://ada:pw@bot.example/"}, "url"),
        ({"url": "x" * 2001}, "url"),
        ({"url": 5}, "url"),
        ({}, "url"),
        ({"url": URL, "kinds": ["TokenIssued"]}, "kinds"),
        ({"url": URL, "kinds": "Liked"}, "kinds"),
        ({"url": URL, "description": "x" * 201}, "description"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_said_by_field(ada: Program, body: dict[str, Any], field: str):
    refused = ada.post("/webhooks", body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert ada.get("/webhooks").json["items"] == []


def test_the_eleventh_is_refused(ada: Program):
    for _ in range(10):
        hook(ada)
    refused = ada.post("/webhooks", {"url": URL})
    assert (refused.status_code, refused.json["type"]) == (409, "/api/problems/conflict")


def test_changed_paused_resumed_removed(api: Api, ada: Program):
    id = hook(ada)
    assert ada.put(f"/webhooks/{id}", {"url": "https://b.example/", "kinds": ["Liked"]}).json == {
        "id": id,
        "version": 2,
    }
    assert ada.post(f"/webhooks/{id}/pause").json["version"] == 3
    assert ada.post(f"/webhooks/{id}/pause").json["version"] == 3
    assert ada.get(f"/webhooks/{id}").json.items() >= {"paused": True, "url": "https://b.example/"}.items()
    assert ada.post(f"/webhooks/{id}/resume").json["version"] == 4
    api.world.given(PauseWebhook(handle="ada", webhook=id, reason="Gone."), OPERATOR)
    assert ada.get(f"/webhooks/{id}").json["pause_reason"] == "Gone."
    assert ada.delete(f"/webhooks/{id}").status_code == 200
    for answer in (ada.get(f"/webhooks/{id}"), ada.delete(f"/webhooks/{id}"), ada.post(f"/webhooks/{id}/test")):
        assert answer.status_code == 404
    stored = b"".join(bytes(event.data) for commit in api.world.store.load("webhooks-ada") for event in commit.events)
    assert b".example" not in stored


def test_its_address_is_in_no_public_stream_or_history(api: Api, ada: Program):
    id = hook(ada)
    bob, root = api.program("bob"), api.program("root", "admin")
    for program in (ada, bob, root):
        assert "bot.example" not in program.get("/events").get_data(as_text=True)
        assert program.get("/accounts/ada").get_data(as_text=True).count("bot.example") == 0
    assert root.get(f"/webhooks/{id}").status_code == 404
    assert root.get("/moderations").get_data(as_text=True).count("bot.example") == 0


def test_deliveries_are_listed_newest_first_a_page_at_a_time_and_by_state(api: Api, ada: Program):
    id = hook(ada)
    made = kept(api, id, 5) + kept(api, id, 1, state="dead", attempts=8, status=500, answer="<b>no</b>")
    seen, after = [], ""
    while True:
        page = ada.get(f"/webhooks/{id}/deliveries?limit=2{after}").json
        seen += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [one["id"] for one in seen] == [one.id for one in reversed(made)]
    (dead,) = ada.get(f"/webhooks/{id}/deliveries?state=dead").json["items"]
    assert dead.items() >= {"status": 500, "answer": "<b>no</b>", "next_at": None, "attempts": 8}.items()
    assert seen[1]["next_at"] is not None
    assert ada.get(f"/webhooks/{id}").json.items() >= {"waiting": 5, "dead": 1}.items()
    other = hook(ada)
    assert ada.get(f"/webhooks/{other}/deliveries?limit=2{after}").status_code == 400
    assert ada.get(f"/webhooks/{id}/deliveries?state=lost").status_code == 422


def test_a_dead_letter_is_replayed_once_and_what_was_delivered_is_not(api: Api, ada: Program):
    id = hook(ada)
    (dead,) = kept(api, id, state="dead", attempts=8)
    (done,) = kept(api, id, state="delivered", attempts=1)
    for _ in range(2):
        again = ada.post(f"/webhooks/{id}/deliveries/{dead.id}/replay")
        assert (again.status_code, again.json["state"], again.json["attempts"]) == (202, "waiting", 0)
    assert ada.post(f"/webhooks/{id}/deliveries/{done.id}/replay").status_code == 409
    for wrong in (NOBODY, "x", "%00", "%F0%9F%A6%89", "x" * 300):
        assert ada.post(f"/webhooks/{id}/deliveries/{wrong}/replay").status_code == 404
    other = hook(ada)
    assert ada.post(f"/webhooks/{other}/deliveries/{dead.id}/replay").status_code == 404
    kept(api, id, 3, state="dead")
    assert ada.post(f"/webhooks/{id}/replay").json == {"replayed": 3}
    assert ada.post(f"/webhooks/{id}/replay").json == {"replayed": 0}


def test_one_test_is_on_its_way_at_a_time_and_none_while_it_is_paused(ada: Program):
    id = hook(ada)
    first, second = ada.post(f"/webhooks/{id}/test"), ada.post(f"/webhooks/{id}/test")
    assert (first.status_code, first.json) == (202, second.json)
    assert first.json.items() >= {"type": "WebhookTested", "position": 0, "state": "waiting"}.items()
    ada.post(f"/webhooks/{id}/pause")
    assert ada.post(f"/webhooks/{id}/test").status_code == 409


def test_somebody_suspended_can_look_and_stop_it_and_no_more(api: Api, ada: Program):
    id = hook(ada)
    (dead,) = kept(api, id, state="dead")
    api.suspended("ada")
    assert ada.get(f"/webhooks/{id}/deliveries").status_code == 200
    for path in ("/webhooks", f"/webhooks/{id}/test", f"/webhooks/{id}/replay", f"/webhooks/{id}/rotate"):
        assert ada.post(path, {"url": URL} if path == "/webhooks" else None).status_code == 403
    assert ada.post(f"/webhooks/{id}/deliveries/{dead.id}/replay").status_code == 403
    assert ada.post(f"/webhooks/{id}/pause").status_code == 200
    assert ada.delete(f"/webhooks/{id}").status_code == 200
