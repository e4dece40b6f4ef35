"""POST /reports and what comes after it, for whoever reports: once for one thing, and nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import from_now
from tests.webapp.api.desk.conftest import UNKNOWN, Desk
from webapp.server import rate_limits
from webapp.site.rate_counters import Limit


def test_a_report_is_received_with_a_link_to_its_state(desk: Desk) -> None:
    filed = desk.report()
    assert (filed.status_code, filed.json["state"]) == (201, "received")
    assert filed.headers["Location"] == f"/api/v1/reports/{filed.json['id']}"
    shown = desk.rita.get(filed.headers["Location"]).json
    assert shown["id"] == filed.json["id"]
    assert (shown["state"], shown["outcome"], shown["decision"]) == ("received", None, None)
    assert (shown["target"], shown["version"], shown["category"]) == (desk.target, 1, "spam")
    assert shown["text"] == "It sells looms."
    assert desk.rita.get("/reports").json["items"] == [shown]


def test_twice_is_once(desk: Desk) -> None:
    first = desk.report()
    head = desk.world.head()
    second = desk.report(text="Other words.")
    assert (second.status_code, second.json) == (201, first.json)
    assert desk.world.head() == head
    assert len(desk.rita.get("/reports").json["items"]) == 1


def test_with_a_key_it_is_the_same_answer_whatever_came_since(desk: Desk) -> None:
    body = {"target": desk.target, "version": 1, "category": "spam"}
    first = desk.rita.post("/reports", body, Idempotency_Key="k")
    assert desk.rita.delete(f"/reports/{first.json['id']}").json["state"] == "withdrawn"
    again = desk.report()
    assert again.json["id"] != first.json["id"]
    assert desk.rita.post("/reports", body, Idempotency_Key="k").json == first.json


def test_accounts_are_reported_by_their_handles(desk: Desk) -> None:
    version = desk.rita.get("/accounts/ada").json["version"]
    filed = desk.report(target="account-ada", version=version)
    assert filed.status_code == 201, filed.json
    assert desk.rita.get(f"/reports/{filed.json['id']}").json["target"] == "account-ada"
    assert desk.world.id("ada") not in desk.rita.get("/reports").text
    assert desk.report(target=f"account-{desk.world.id('ada')}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"target": "nonsense"}, 404, ""),
        ({"target": f"post-{UNKNOWN}"}, 404, ""),
        ({"target": "account-nobody"}, 404, ""),
        ({"version": 7}, 422, "version"),
        ({"version": 0}, 422, "version"),
        ({"category": "boring"}, 422, "category"),
        ({"category": "rule", "rule": 99}, 422, "rule"),
        ({"category": "other", "text": " "}, 422, "text"),
        ({"text": "x" * 2_001}, 422, "text"),
        ({"category": "illegal", "law": "x" * 201}, 422, "law"),
        ({"reporter": "eve"}, 422, "reporter"),
    ],
)
def test_what_cannot_be_a_report(desk: Desk, fields: dict[str, Any], status: int, field: str) -> None:
    head = desk.world.head()
    answer = desk.report(**fields)
    assert answer.status_code == status, answer.json
    assert [error["field"] for error in answer.json.get("errors", [])] == ([field] if field else [])
    assert desk.world.head() == head


def test_nobody_reports_what_is_their_own_or_gone(desk: Desk) -> None:
    assert desk.report(desk.ada).status_code == 422
    assert desk.mo.delete(f"/posts/{desk.post}", {"reason": "Spam."}).status_code == 200
    assert desk.report().status_code == 410
    assert desk.report(target=f"comment-{desk.comment}").status_code == 410
    assert desk.api.stranger().post("/reports", {}).status_code == 401


def test_others_reports_are_as_if_there_were_none(desk: Desk) -> None:
    id = desk.report().json["id"]
    for somebody in (desk.ada, desk.eve, desk.mo, desk.root):
        assert somebody.get(f"/reports/{id}").status_code == 404
        assert somebody.delete(f"/reports/{id}").status_code == 404
        assert somebody.get("/reports").json["items"] == []
    assert desk.rita.get(f"/reports/{UNKNOWN}").status_code == 404


def test_a_report_is_taken_back_once(desk: Desk) -> None:
    id = desk.reported()
    for _ in range(2):
        answer = desk.rita.delete(f"/reports/{id}")
        assert (answer.status_code, answer.json) == (200, {"id": id, "state": "withdrawn"})
    desk.follow()
    assert desk.rita.get(f"/reports/{id}").json["state"] == "withdrawn"
    assert desk.reported() != id
    assert desk.rita.delete(f"/reports/{id}").status_code == 409


def test_what_came_of_it_is_told(desk: Desk) -> None:
    decision = desk.decided()
    (shown,) = desk.rita.get("/reports").json["items"]
    assert (shown["state"], shown["outcome"], shown["decision"]) == ("decided", "acted", decision)
    assert shown["appeal_until"] > from_now(timedelta(days=180))


def test_whoever_reports_in_bad_faith_is_paused(desk: Desk) -> None:
    head = "/moderation/accounts/rita/reporting-pause"
    assert desk.eve.put(head, {"until": "2030-01-01T00:00:00Z", "reason": "r"}).status_code == 403
    paused = desk.mo.put(head, {"until": "2030-01-01T00:00:00Z", "reason": "In bad faith."})
    assert (paused.status_code, paused.json["id"]) == (200, "rita")
    refused = desk.report()
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/forbidden")
    assert "2030-01-01" in refused.json["detail"]
    assert desk.mo.delete(head).status_code == 200
    assert desk.report().status_code == 201


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "soon", "2030-01-01T00:00:00"])
def test_a_pause_has_an_end_that_can_be(desk: Desk, until: str) -> None:
    answer = desk.mo.put("/moderation/accounts/rita/reporting-pause", {"until": until, "reason": "r"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "until")


def test_reports_are_limited_by_person_and_by_address(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "REPORTS_OF_PERSON", Limit(2, 3600))
    monkeypatch.setattr(rate_limits, "REPORTS_OF_ADDRESS", Limit(3, 3600))
    desk = make_desk(rate_limits=True)
    other_token = desk.api.token("rita")
    answers = [desk.report(), desk.report(other_token), desk.report(), desk.report(desk.eve), desk.report(desk.mia)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 201, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 3600
    assert answers[2].headers["RateLimit-Policy"] == '"reports";q=2;w=3600'
    assert desk.rita.get("/reports").status_code == 200
