"""Decisions by the API: by whoever claimed the case and saw all of it, told to those whom they concern."""

from typing import Any

import pytest

from domain.ids import uuid7
from tests.webapp.api.desk.conftest import Desk


def test_a_decision_answers_with_its_id_and_the_version_of_the_case(desk: Desk) -> None:
    desk.reported()
    seen = desk.claimed()
    answer = desk.decide(seen=seen, acts=["remove", "warn"], note="Please read the rules.")
    assert answer.status_code == 200, answer.json
    assert answer.json["version"] == seen + 1
    assert answer.headers["ETag"] == f'"{seen + 1}"'
    case = desk.mia.get(desk.address).json
    assert (case["state"], case["version"]) == ("decided", answer.json["version"])
    (made,) = case["decisions"]
    assert made["id"] == answer.json["id"]
    assert (made["decided_by"], made["acts"], made["reason"]) == ("mo", ["remove", "warn"], "It is spam.")


def test_if_match_is_owed_and_what_is_new_is_told(desk: Desk) -> None:
    desk.reported()
    seen = desk.claimed()
    assert desk.decide().status_code == 428
    new = desk.reported(desk.eve, category="other", text="It is rude.")
    head = desk.world.head()
    stale = desk.decide(seen=seen)
    assert (stale.status_code, stale.json["type"]) == (412, "/api/problems/stale-case")
    assert stale.json["version"] == seen + 1
    assert stale.headers["ETag"] == f'"{seen + 1}"'
    assert [(one["id"], one["reporter"], one["text"]) for one in stale.json["new_reports"]] == [
        (new, "eve", "It is rude.")
    ]
    assert stale.json["current"] == {"title": "On looms", "body": "They weave, and so do I."}
    assert desk.world.head() == head
    assert desk.decide(seen=seen + 1).status_code == 200


def test_a_new_text_is_told_too(desk: Desk) -> None:
    desk.reported()
    seen = desk.claimed()
    desk.ada.put(f"/posts/{desk.post}", {"title": "On looms", "body": "Harmless now."}, If_Match='"1"')
    stale = desk.decide(seen=seen)
    assert stale.status_code == 412
    assert stale.json["current"]["body"] == "Harmless now."
    assert stale.json["new_reports"] == []


def test_a_claim_or_a_note_since_is_nothing_new(desk: Desk) -> None:
    desk.reported()
    seen = int(desk.mo.get(desk.address).json["version"])
    desk.claimed()
    desk.mo.post(f"{desk.address}/notes", {"text": "Spam indeed."})
    assert desk.decide(seen=seen).status_code == 200


def test_a_claim_is_owed(desk: Desk) -> None:
    desk.reported()
    seen = int(desk.mo.get(desk.address).json["version"])
    assert desk.decide(seen=seen).status_code == 409
    desk.claimed(desk.mia)
    refused = desk.decide(seen=seen)
    assert (refused.status_code, refused.json["claimed_by"]) == (409, "mia")
    assert desk.decide(desk.ada, seen=seen).status_code == 403


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"acts": []}, "acts"),
        ({"acts": ["ban"]}, "acts"),
        ({"acts": ["none", "remove"]}, "acts"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"acts": ["note"], "note": ""}, "note"),
        ({"rule": 9}, "rule"),
        ({"acts": ["strike"], "points": 11}, "points"),
        ({"acts": ["suspend"], "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"acts": ["suspend"], "until": "2099-01-01T00:00:00Z"}, "until"),
        ({"acts": ["suspend"], "until": "tomorrow"}, "until"),
        ({"acts": ["edit"], "title": "", "body": "b"}, "title"),
        ({"decided_by": "root"}, "decided_by"),
    ],
)
def test_what_cannot_be_decided(desk: Desk, fields: dict[str, Any], field: str) -> None:
    desk.reported()
    seen = desk.claimed()
    head = desk.world.head()
    answer = desk.decide(seen=seen, **fields)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, [field])
    assert desk.world.head() == head


def test_nobody_decides_about_an_admin_or_themselves(desk: Desk) -> None:
    for author, status in ((desk.root, 403), (desk.mo, 403)):
        post = author.new_post()
        desk.reported(target=f"post-{post}")
        address = f"/moderation/cases/post-{post}"
        claimed = desk.mo.put(f"{address}/claim")
        seen = claimed.json.get("version", 2)
        body = {"acts": ["remove"], "reason": "r"}
        assert desk.mo.post(f"{address}/decision", body, If_Match=f'"{seen}"').status_code == status


def test_a_decision_again_under_its_key_is_the_same_answer(desk: Desk) -> None:
    desk.reported()
    seen = desk.claimed()
    body = {"acts": ["remove"], "reason": "It is spam."}
    first = desk.mo.post(f"{desk.address}/decision", body, If_Match=f'"{seen}"', Idempotency_Key="k")
    head = desk.world.head()
    again = desk.mo.post(f"{desk.address}/decision", body, If_Match=f'"{seen}"', Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert desk.world.head() == head
    other = desk.mo.post(f"{desk.address}/decision", {"acts": ["none"]}, If_Match=f'"{seen}"', Idempotency_Key="k")
    assert (other.status_code, other.json["type"]) == (422, "/api/problems/key-reused")


def test_to_escalate_is_no_decision(desk: Desk) -> None:
    desk.reported()
    answer = desk.decide(seen=desk.claimed(), acts=["escalate"])
    assert (answer.status_code, answer.json["id"]) == (200, None)
    assert desk.mo.get(desk.address).json["state"] == "escalated"


def test_who_reads_a_decision_and_how_much_of_it(desk: Desk) -> None:
    id = desk.decided(acts=["remove", "warn"], note="Please read the rules.")
    staff, author, reporter = (who.get(f"/decisions/{id}").json for who in (desk.mia, desk.ada, desk.rita))
    assert (staff["decided_by"], staff["basis"]) == ("mo", "report")
    assert author.items() >= {
        "id": id, "target": desk.target, "outcome": "acted", "acts": ["remove", "warn"], "reason": "It is spam.",
        "note": "Please read the rules.", "automated": False,
    }.items()  # fmt: skip
    assert author["looked_at"]["body"] == "They weave, and so do I."
    assert not {"decided_by", "batch", "basis"} & set(author)
    assert set(reporter) == {"id", "target", "outcome", "at", "appeal_until"}
    for who in (desk.eve, desk.api.token("mia", scopes=["read"])):
        assert who.get(f"/decisions/{id}").status_code == 404
    assert desk.ada.get("/decisions").json["items"] == [author]
    assert desk.rita.get("/decisions").json["items"] == desk.eve.get("/decisions").json["items"] == []
    assert desk.ada.get(f"/decisions/{uuid7()}").status_code == 404


def test_what_came_to_nothing_is_told_to_whoever_reported_it_alone(desk: Desk) -> None:
    id = desk.decided(acts=["none"], reason="It is no spam.")
    assert desk.rita.get(f"/decisions/{id}").json["outcome"] == "nothing"
    assert desk.rita.get("/reports").json["items"][0]["outcome"] == "nothing"
    assert desk.ada.get(f"/decisions/{id}").status_code == 404
    assert desk.ada.get("/decisions").json["items"] == []


def test_a_decision_is_taken_back_once(desk: Desk) -> None:
    id = desk.decided()
    assert desk.mo.post(f"/decisions/{id}/undo", {"reason": " "}).status_code == 422
    for who in (desk.ada, desk.rita, desk.eve):
        assert who.post(f"/decisions/{id}/undo", {"reason": "r"}).status_code == 403
    answer = desk.mo.post(f"/decisions/{id}/undo", {"reason": "A mistake."})
    assert (answer.status_code, answer.json["id"]) == (200, id)
    assert desk.mo.post(f"/decisions/{id}/undo", {"reason": "A mistake."}).status_code == 409
    assert desk.mo.post(f"/decisions/{uuid7()}/undo", {"reason": "r"}).status_code == 404
    assert desk.ada.get(f"/decisions/{id}").json["taken_back_reason"] == "A mistake."
    assert desk.mo.get(desk.address).json["state"] == "open"


def test_somebody_suspended_reads_what_was_decided_and_nothing_else(desk: Desk) -> None:
    id = desk.decided()
    desk.api.suspended("ada")
    assert [one["id"] for one in desk.ada.get("/decisions").json["items"]] == [id]
    assert desk.ada.get(f"/decisions/{id}").status_code == 200
    assert desk.ada.get("/reports").status_code == 200
    for method, path in (("GET", "/tokens"), ("GET", f"/posts/{desk.post}"), ("POST", "/posts")):
        answer = desk.ada.call(method, path, {"title": "t", "body": "b"} if method == "POST" else None)
        assert (answer.status_code, answer.json["type"]) == (403, "/api/problems/suspended")
    assert desk.report(desk.ada).status_code == 403


def test_a_suspended_moderator_is_no_moderator(desk: Desk) -> None:
    id = desk.decided()
    desk.api.suspended("mia")
    assert desk.mia.get(f"/decisions/{id}").status_code == 404
    assert desk.mia.get(desk.address).status_code == 403
