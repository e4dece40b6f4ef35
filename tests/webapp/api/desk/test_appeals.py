"""Appeals by the API: once for each party, resolved by somebody else than whoever decided."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from domain.ids import uuid7
from tests.webapp.api.conftest import Program
from tests.webapp.api.desk.conftest import Desk

WORDS = {"text": "They are my own looms."}


def appealed(desk: Desk, by: Program | None = None) -> str:
    """The id of an appeal, by the author if by nobody else."""
    answer = (by or desk.ada).post(f"/decisions/{desk.decided()}/appeal", WORDS)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def resolve(by: Program, id: str, **fields: Any) -> TestResponse:
    return by.post(f"/appeals/{id}/resolution", {"outcome": "overturned", "reason": "No spam.", **fields})


def test_it_is_lodged_once_by_each_party(desk: Desk) -> None:
    decision = desk.decided()
    for party, name in ((desk.ada, "author"), (desk.rita, "reporter")):
        lodged = party.post(f"/decisions/{decision}/appeal", WORDS)
        assert (lodged.status_code, lodged.json["state"]) == (201, "open")
        shown = party.get(lodged.headers["Location"]).json
        assert (shown["id"], shown["state"], shown["party"]) == (lodged.json["id"], "open", name)
        assert (shown["decided_by"], shown["resolved_by"]) == (None, None)
        assert party.post(f"/decisions/{decision}/appeal", WORDS).status_code == 409
    assert len(desk.mia.get("/moderation/appeals").json["items"]) == 2
    assert desk.mia.get(desk.address).json["state"] == "appealed"


def test_nobody_else_lodges_or_reads_one(desk: Desk) -> None:
    decision = desk.decided()
    head = desk.world.head()
    for somebody in (desk.eve, desk.mia):
        assert somebody.post(f"/decisions/{decision}/appeal", WORDS).status_code == 404
    assert desk.ada.post(f"/decisions/{uuid7()}/appeal", WORDS).status_code == 404
    assert desk.ada.post(f"/decisions/{decision}/appeal", {"text": " "}).status_code == 422
    assert desk.ada.post(f"/decisions/{decision}/appeal", {"text": "x" * 4_001}).status_code == 422
    assert desk.world.head() == head
    id = desk.ada.post(f"/decisions/{decision}/appeal", WORDS).json["id"]
    for somebody in (desk.eve, desk.rita):
        assert somebody.get(f"/appeals/{id}").status_code == 404
        assert somebody.post(f"/appeals/{id}/reply", WORDS).status_code == 404
    assert desk.ada.get("/moderation/appeals").status_code == 403
    assert desk.mia.get(f"/appeals/{id}").json["decided_by"] == "mo"


def test_an_author_of_whom_nothing_came_learns_nothing_by_appealing(desk: Desk) -> None:
    decision = desk.decided(acts=["none"], reason="No spam.")
    assert desk.ada.post(f"/decisions/{decision}/appeal", WORDS).status_code == 404
    assert desk.rita.post(f"/decisions/{decision}/appeal", WORDS).status_code == 201


def test_a_late_one_is_told_the_date(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = desk.decided()
    until = desk.ada.get(f"/decisions/{decision}").json["appeal_until"]
    monkeypatch.setattr("webapp.api.desk.appeals.now", lambda: "2999-01-01T00:00:00.000000Z")
    late = desk.ada.post(f"/decisions/{decision}/appeal", WORDS)
    assert late.status_code == 409
    assert until in late.json["detail"]


def test_each_side_replies_once(desk: Desk) -> None:
    id = appealed(desk)
    for party, by_staff in ((desk.mia, True), (desk.ada, False)):
        assert party.post(f"/appeals/{id}/reply", {"text": "Which looms?"}).status_code == 200
        assert party.post(f"/appeals/{id}/reply", {"text": "Which looms?"}).status_code == 409
        assert desk.ada.get(f"/appeals/{id}").json["replies"][-1]["by_staff"] is by_staff


def test_another_moderator_resolves_it_once(desk: Desk) -> None:
    id = appealed(desk)
    assert resolve(desk.mo, id).status_code == 403
    assert resolve(desk.ada, id).status_code == 403
    assert resolve(desk.mia, id, reason=" ").status_code == 422
    assert resolve(desk.mia, id, outcome="perhaps").status_code == 422
    answer = resolve(desk.mia, id)
    assert (answer.status_code, answer.json["id"]) == (200, id)
    assert resolve(desk.mia, id).status_code == 409
    shown = desk.ada.get(f"/appeals/{id}").json
    assert (shown["state"], shown["reason"], shown["resolved_by"]) == ("overturned", "No spam.", None)
    assert desk.root.get(f"/appeals/{id}").json["resolved_by"] == "mia"
    assert desk.mia.get("/moderation/appeals").json["items"] == []


def test_where_there_is_no_other_the_same_moderator_does(desk: Desk) -> None:
    id = appealed(desk)
    for other in ("mia", "root"):
        desk.api.suspended(other)
    assert resolve(desk.mo, id, outcome="upheld").status_code == 200
    assert desk.ada.get(f"/appeals/{id}").json["state"] == "upheld"


def test_somebody_suspended_appeals(desk: Desk) -> None:
    decision = desk.decided(acts=["suspend"], until="2030-01-01T00:00:00Z")
    desk.api.suspended("ada")
    lodged = desk.ada.post(f"/decisions/{decision}/appeal", WORDS)
    assert lodged.status_code == 201, lodged.json
    id = lodged.json["id"]
    assert desk.ada.get(f"/appeals/{id}").status_code == 200
    assert desk.ada.post(f"/appeals/{id}/reply", {"text": "Please."}).status_code == 200


def test_again_under_its_key_it_is_the_same_answer(desk: Desk) -> None:
    decision = desk.decided()
    first = desk.ada.post(f"/decisions/{decision}/appeal", WORDS, Idempotency_Key="k")
    second = desk.ada.post(f"/decisions/{decision}/appeal", WORDS, Idempotency_Key="k")
    assert (first.status_code, second.status_code, first.json) == (201, 201, second.json)
