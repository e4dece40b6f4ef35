"""Cases by the API: the queue, one case, and who has claimed it."""

from typing import Any

import pytest

from tests.webapp.api.desk.conftest import UNKNOWN, Desk


def test_the_queue_has_what_was_reported(desk: Desk) -> None:
    assert desk.mo.get("/moderation/cases").json == {"items": [], "next": None}
    desk.reported()
    (item,) = desk.mo.get("/moderation/cases").json["items"]
    assert item.items() >= {
        "id": desk.target, "target": desk.target, "kind": "post", "author": "ada", "state": "open",
        "report_count": 1, "categories": ["spam"], "claimed_by": None, "title": "On looms",
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", 1),
        ("state=decided", 0),
        ("kind=post&category=spam&author=ada&q=looms", 1),
        ("kind=comment", 0),
        ("category=illegal", 0),
        ("author=eve", 0),
        ("claimed_by=mo", 0),
        ("sort=oldest", 1),
    ],
)
def test_it_is_filtered(desk: Desk, query: str, found: int) -> None:
    desk.reported()
    assert len(desk.mo.get(f"/moderation/cases?{query}").json["items"]) == found


@pytest.mark.parametrize("query", ["state=new", "sort=best", "kind=like", "category=rude", "colour=red", "limit=0"])
def test_what_it_cannot_be_asked(desk: Desk, query: str) -> None:
    assert desk.mo.get(f"/moderation/cases?{query}").status_code == 422


def test_a_case_is_shown_whole_and_has_its_version_for_an_etag(desk: Desk) -> None:
    report = desk.reported()
    desk.ada.put(f"/posts/{desk.post}", {"title": "On looms", "body": "New words."}, If_Match='"1"')
    answer = desk.mo.get(desk.address)
    case = answer.json
    assert answer.headers["ETag"] == f'"{case["version"]}"'
    assert desk.mo.get(desk.address, If_None_Match=answer.headers["ETag"]).status_code == 304
    assert (case["id"], case["target"], case["state"]) == (desk.target, desk.target, "open")
    assert (case["reported"]["body"], case["today"]["body"]) == ("They weave, and so do I.", "New words.")
    (one,) = case["reports"]
    assert (one["id"], one["reporter"], one["text"]) == (report, "rita", "It sells looms.")
    assert (case["notes"], case["decisions"], case["appeals"]) == ([], [], [])


def test_a_case_of_an_account_is_named_by_its_handle(desk: Desk) -> None:
    version = desk.rita.get("/accounts/ada").json["version"]
    desk.reported(target="account-ada", version=version)
    answer = desk.mo.get("/moderation/cases/account-ada")
    assert (answer.status_code, answer.json["id"], answer.json["kind"]) == (200, "account-ada", "account")
    assert desk.world.id("ada") not in answer.text
    claimed = desk.mo.put("/moderation/cases/account-ada/claim")
    assert (claimed.status_code, claimed.json["id"]) == (200, "account-ada")
    assert desk.mo.get(f"/moderation/cases/account-{desk.world.id('ada')}").status_code == 404


@pytest.mark.parametrize("case", ["nonsense", "post-1", f"post-{UNKNOWN}", "account-nobody", "like-x", "account-"])
def test_there_is_no_other_case(desk: Desk, case: str) -> None:
    head = desk.world.head()
    assert desk.mo.get(f"/moderation/cases/{case}").status_code == 404
    assert desk.mo.put(f"/moderation/cases/{case}/claim").status_code == 404
    assert desk.world.head() == head


def test_only_moderators_see_it_or_do_anything(desk: Desk) -> None:
    desk.reported()
    without_roles = desk.api.token("mo", scopes=["read", "write"])
    head = desk.world.head()
    for who in (desk.ada, desk.rita, desk.eve, without_roles):
        assert who.get("/moderation/cases").status_code == 403
        assert who.get(desk.address).status_code == 403
        assert who.put(f"{desk.address}/claim").status_code == 403
        assert who.post(f"{desk.address}/notes", {"text": "n"}).status_code == 403
        assert who.post("/moderation/cases", {"target": f"comment-{desk.comment}"}).status_code == 403
    assert desk.api.stranger().get(desk.address).status_code == 401
    assert desk.world.head() == head


def test_a_claim_is_seen_by_all_and_kept_from_others(desk: Desk) -> None:
    desk.reported()
    claimed = desk.mo.put(f"{desk.address}/claim")
    assert claimed.json.items() >= {"id": desk.target, "claimed_by": "mo"}.items()
    assert claimed.headers["ETag"] == f'"{claimed.json["version"]}"'
    case = desk.mia.get(desk.address).json
    until = claimed.json["claimed_until"]
    assert (case["state"], case["claimed_by"], case["claimed_until"]) == ("claimed", "mo", until)
    refused = desk.mia.put(f"{desk.address}/claim")
    assert (refused.status_code, refused.json["type"]) == (409, "/api/problems/claimed")
    assert (refused.json["claimed_by"], refused.json["claimed_until"]) == ("mo", until)
    assert desk.mia.put(f"{desk.address}/claim", {"take_over": True}).status_code == 409
    assert desk.mo.put(f"{desk.address}/claim").json["claimed_until"] > until


def test_an_admin_takes_over_and_whoever_has_it_gives_it_back(desk: Desk) -> None:
    desk.reported()
    desk.claimed()
    assert desk.root.put(f"{desk.address}/claim").status_code == 409
    assert desk.root.put(f"{desk.address}/claim", {"take_over": True}).json["claimed_by"] == "root"
    desk.mo.delete(f"{desk.address}/claim")
    assert desk.mo.get(desk.address).json["claimed_by"] == "root"
    assert desk.root.delete(f"{desk.address}/claim").status_code == 200
    assert desk.mo.get(desk.address).json["state"] == "open"


def test_a_claim_again_under_its_key_is_the_same_answer(desk: Desk) -> None:
    desk.reported()
    first = desk.mo.put(f"{desk.address}/claim", Idempotency_Key="k")
    head = desk.world.head()
    assert desk.mo.put(f"{desk.address}/claim", Idempotency_Key="k").json == first.json
    assert desk.world.head() == head


def test_a_case_is_opened_without_a_report(desk: Desk) -> None:
    opened = desk.mo.post("/moderation/cases", {"target": f"comment-{desk.comment}"})
    assert (opened.status_code, opened.json["id"]) == (201, f"comment-{desk.comment}")
    case = desk.mo.get(opened.headers["Location"]).json
    assert (case["state"], case["claimed_by"], case["reports"]) == ("claimed", "mo", [])
    assert desk.mo.post("/moderation/cases", {"target": f"comment-{desk.comment}"}).status_code == 409
    own = desk.mo.new_post()
    assert desk.mo.post("/moderation/cases", {"target": f"post-{own}"}).status_code == 422
    assert desk.mo.post("/moderation/cases", {"target": f"post-{UNKNOWN}"}).status_code == 404
    assert desk.mo.post("/moderation/cases", {"target": "x"}).status_code == 404


def test_notes_and_escalation(desk: Desk) -> None:
    desk.reported()
    noted = desk.mia.post(f"{desk.address}/notes", {"text": "Seen before."})
    assert (noted.status_code, noted.json["id"]) == (201, desk.target)
    assert desk.mo.post(f"{desk.address}/escalate", {"reason": "Law."}).status_code == 409
    seen = desk.claimed()
    assert desk.mo.post(f"{desk.address}/escalate", {"reason": "Law."}, If_Match=f'"{seen - 1}"').status_code == 412
    assert desk.mo.post(f"{desk.address}/escalate", {"reason": "Law."}, If_Match=f'"{seen}"').status_code == 200
    case = desk.root.get(desk.address).json
    assert case["state"] == "escalated"
    assert next((note["by"], note["text"]) for note in case["notes"]) == ("mia", "Seen before.")
    assert desk.mo.put(f"{desk.address}/claim").status_code == 403
    assert desk.root.put(f"{desk.address}/claim").status_code == 200
    assert desk.mo.post(f"{desk.address}/notes", {"text": "x" * 2_001}).status_code == 422


def test_the_file_of_an_account(desk: Desk) -> None:
    desk.decided(acts=["warn", "strike"], points=2)
    noted = desk.mo.post("/moderation/accounts/ada/notes", {"text": "A new name of @weaver."})
    assert (noted.status_code, noted.json["id"]) == (201, "ada")
    file: Any = desk.mia.get("/moderation/accounts/ada").json
    assert (file["account"], file["posts"], file["comments"]) == ("ada", 1, 1)
    assert [(note["by"], note["text"]) for note in file["notes"]] == [("mo", "A new name of @weaver.")]
    assert [decision["acts"] for decision in file["decisions"]] == [["warn", "strike"]]
    assert [case["id"] for case in file["cases"]] == [desk.target]
    assert desk.mia.get("/moderation/accounts/nobody").status_code == 404
    for who in (desk.ada, desk.eve):
        assert who.get("/moderation/accounts/ada").status_code == 403
        assert who.post("/moderation/accounts/ada/notes", {"text": "n"}).status_code == 403
    assert desk.mo.post("/moderation/accounts/root/notes", {"text": "n"}).status_code == 403


def test_the_queue_is_read_a_page_at_a_time(desk: Desk) -> None:
    for comment in [desk.comment, desk.ada.new_comment(desk.post)]:
        desk.reported(target=f"comment-{comment}")
    seen, address = [], "/moderation/cases?limit=1"
    while address:
        answer = desk.mo.get(address)
        seen += [item["id"] for item in answer.json["items"]]
        cursor = answer.json["next"]
        address = f"/moderation/cases?limit=1&after={cursor}" if cursor else ""
    assert len(seen) == len(set(seen)) == 2
