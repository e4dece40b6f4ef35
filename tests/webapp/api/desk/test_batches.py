"""Many cases decided at once, and taken back as one: each part is listed with what came of it."""

from typing import Any

import pytest

from tests.webapp.api.desk.conftest import UNKNOWN, Desk


def cases(desk: Desk, count: int) -> list[dict[str, Any]]:
    """Reported comments, as their cases are seen."""
    found = []
    for _ in range(count):
        target = f"comment-{desk.ada.new_comment(desk.post)}"
        desk.reported(target=target)
        found.append({"id": target, "version": desk.mo.get(f"/moderation/cases/{target}").json["version"]})
    return found


def decide(desk: Desk, seen: list[dict[str, Any]], key: str = "k", **fields: Any) -> Any:
    body = {"cases": seen, "acts": ["remove"], "reason": "Spam.", **fields}
    return desk.mo.post("/moderation/decisions", body, Idempotency_Key=key)


def test_each_part_is_decided_or_says_why_not(desk: Desk) -> None:
    free, own, others, stale = cases(desk, 4)
    desk.mo.put(f"/moderation/cases/{own['id']}/claim")
    desk.mia.put(f"/moderation/cases/{others['id']}/claim")
    desk.reported(desk.eve, target=stale["id"])
    there_is_none = {"id": f"post-{UNKNOWN}", "version": 1}
    answer = decide(desk, [free, own, others, stale, there_is_none])
    assert answer.status_code == 200, answer.json
    parts = answer.json["parts"]
    assert [(part["outcome"], part["problem"]) for part in parts] == [
        ("decided", None), ("decided", None), ("skipped", "claimed"), ("skipped", "stale-edit"),
        ("skipped", "not-found"),
    ]  # fmt: skip
    assert [part["id"] for part in parts][:4] == [free["id"], own["id"], others["id"], stale["id"]]
    assert parts[2]["claimed_by"] == "mia"
    states = {item["id"]: item["state"] for item in desk.mo.get("/moderation/cases?sort=oldest").json["items"]}
    assert states == {others["id"]: "claimed", stale["id"]: "open"}
    made = desk.mo.get(f"/decisions/{parts[0]['decision']}").json
    assert (made["batch"], made["acts"]) == (answer.json["id"], ["remove"])


def test_again_under_its_key_nothing_is_decided_twice(desk: Desk) -> None:
    seen = cases(desk, 3)
    first = decide(desk, seen)
    head = desk.world.head()
    assert decide(desk, seen).json == first.json
    assert desk.world.head() == head


def test_the_same_case_twice_is_decided_once(desk: Desk) -> None:
    (seen,) = cases(desk, 1)
    answer = desk.mo.post("/moderation/decisions", {"cases": [seen, seen], "acts": ["none"]})
    assert [part["outcome"] for part in answer.json["parts"]] == ["decided", "skipped"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"acts": ["note"], "note": " "}, "note"),
        ({"acts": ["suspend"], "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"acts": ["everything"]}, "acts"),
        ({"cases": []}, "cases"),
        ({"cases": [{"id": "post-1"}]}, "cases"),
        ({"cases": [{"id": f"post-{UNKNOWN}", "version": 1}] * 101}, "cases"),
    ],
)
def test_bad_input_claims_nothing(desk: Desk, fields: dict[str, Any], field: str) -> None:
    seen = cases(desk, 1)
    head = desk.world.head()
    answer = decide(desk, seen, **fields)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, [field])
    assert desk.world.head() == head


def test_a_part_that_cannot_be_decided_is_given_back(desk: Desk) -> None:
    (seen,) = cases(desk, 1)
    (part,) = decide(desk, [seen], acts=["lock"]).json["parts"]
    assert (part["outcome"], part["problem"]) == ("skipped", "invalid")
    case = desk.mo.get(f"/moderation/cases/{seen['id']}").json
    assert (case["state"], case["claimed_by"]) == ("open", None)


def test_it_is_taken_back_as_one_but_for_what_was_already(desk: Desk) -> None:
    made = decide(desk, cases(desk, 3)).json
    first = made["parts"][0]["decision"]
    assert desk.mo.post(f"/decisions/{first}/undo", {"reason": "A mistake."}).status_code == 200
    address = f"/batches/{made['id']}/undo"
    assert desk.eve.post(address, {"reason": "r"}).status_code == 403
    assert desk.mo.post(address, {"reason": ""}).status_code == 422
    answer = desk.mo.post(address, {"reason": "All of it was."})
    assert answer.status_code == 200, answer.json
    assert {part["decision"]: (part["outcome"], part["problem"]) for part in answer.json["parts"]} == {
        made["parts"][0]["decision"]: ("skipped", "conflict"),
        made["parts"][1]["decision"]: ("undone", None),
        made["parts"][2]["decision"]: ("undone", None),
    }
    assert desk.mo.post(f"/batches/{UNKNOWN}/undo", {"reason": "r"}).status_code == 404


def test_only_moderators_decide(desk: Desk) -> None:
    seen = cases(desk, 1)
    body = {"cases": seen, "acts": ["none"]}
    assert desk.eve.post("/moderation/decisions", body).status_code == 403
    assert desk.api.token("mo", scopes=["read", "write"]).post("/moderation/decisions", body).status_code == 403
    made = decide(desk, seen).json
    assert desk.eve.post(f"/batches/{made['id']}/undo", {"reason": "r"}).status_code == 403
