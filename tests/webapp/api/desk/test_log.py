"""GET /log: what staff did, for everybody, filtered, a page at a time."""

from typing import Any

import pytest

from tests.webapp.api.conftest import Api, Program
from tests.webapp.api.test_conventions import links


@pytest.fixture(scope="module")
def story(shared: Api) -> dict[str, str]:
    ada, mod = shared.program("ada"), shared.program("mod", "moderator")
    post = ada.new_post(title="A bad title", body="Bad words.")
    comment = ada.new_comment(post)
    assert mod.delete(f"/comments/{comment}", {"reason": "Off topic."}).status_code == 200
    assert mod.delete(f"/posts/{post}", {"reason": "Spam."}).status_code == 200
    assert mod.post("/accounts/ada/suspend", {"reason": "Again."}).status_code == 200
    return {"post": post, "comment": comment}


@pytest.fixture
def stranger(shared: Api, story: dict[str, str]) -> Program:
    return shared.stranger()


def test_everybody_sees_who_did_what_to_what_and_why(stranger: Program, story: dict[str, str]) -> None:
    answer = stranger.get("/log")
    suspended, removed, said, granted = answer.json["items"]
    post, comment = story["post"], story["comment"]
    common = {"actor": "mod", "rule": None, "role": None, "erased": False}
    assert suspended.items() >= {
        **common, "type": "AccountSuspended", "subject": "account", "account": "ada", "stream": "account-ada",
        "thread": None, "reason": "Again.",
    }.items()  # fmt: skip
    assert removed.items() >= {
        **common, "type": "PostRemoved", "subject": "post", "stream": f"post-{post}", "thread": post, "account": None,
        "reason": "Spam.",
    }.items()  # fmt: skip
    assert said.items() >= {"stream": f"comment-{comment}", "thread": post, "reason": "Off topic."}.items()
    assert (granted["actor"], granted["role"]) == ("verbatim", "moderator")
    assert "title" not in answer.text
    assert "words" not in answer.text


def test_an_entry_has_the_id_of_its_event(shared: Api, stranger: Program) -> None:
    mod = shared.token("mod")
    told = {event["id"]: event["type"] for event in mod.get("/events").json["items"]}
    for entry in stranger.get("/log").json["items"]:
        assert told[entry["id"]] == f"org.verbatim.{entry['type']}"


@pytest.mark.parametrize(
    "query", ["", "?moderator=mod", "?from=2020-01-01&to=2999-01-01", "?subject=post&kind=PostRemoved"]
)
def test_a_page_at_a_time_is_the_whole(stranger: Program, query: str) -> None:
    whole = stranger.get(f"/log{query}").json["items"]
    seen, address = [], f"/api/v1/log{query}{'&' if query else '?'}limit=1"
    while address:
        answer = stranger.get(address)
        assert answer.status_code == 200
        seen += answer.json["items"]
        address = links(answer).get("next", "")
    assert seen == whole != []


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("kind=PostRemoved", ["PostRemoved"]),
        ("kind=PostRemoved&subject=comment", []),
        ("subject=comment", ["CommentRemoved"]),
        ("moderator=mod&subject=account", ["AccountSuspended"]),
        ("moderator=nobody", []),
        ("moderator=%00%F0%9F%99%82", []),
        ("to=2000-01-01", []),
        ("from=2999-01-01", []),
    ],
)
def test_filters(stranger: Program, query: str, types: list[str]) -> None:
    answer = stranger.get(f"/log?{query}")
    assert [entry["type"] for entry in answer.json["items"]] == types


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=PasswordSet", "kind"),
        ("kind=", "kind"),
        ("subject=like", "subject"),
        ("moderator=", "moderator"),
        ("from=yesterday", "from"),
        ("from=null", "from"),
        ("from=2026-02-30", "from"),
        ("from=%D9%A2%D9%A0%D9%A2%D9%A6-01-01", "from"),
        ("to=2026-01-01T00:00:00Z", "to"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("limit=0", "limit"),
        ("first_day=2026-01-01", "first_day"),
        ("who=mod", "who"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(stranger: Program, query: str, field: str) -> None:
    answer = stranger.get(f"/log?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_a_cursor_is_good_for_its_own_list_alone(stranger: Program) -> None:
    cursor = stranger.get("/log?moderator=mod&limit=1").json["next"]
    for query in ("", "moderator=verbatim&", "moderator=mod&kind=PostRemoved&", "moderator=mod&to=2999-01-01&"):
        assert stranger.get(f"/log?{query}after={cursor}").status_code == 400
    assert stranger.get("/log?after=x").status_code == 400
    assert stranger.get("/log?from=2020-01-01&from=2020-01-01").status_code == 400


def test_a_reason_that_was_erased_is_said_to_be(api: Api) -> None:
    ada, mod, root = api.program("ada"), api.program("mod", "moderator"), api.program("root", "admin")
    post = ada.new_post()
    mod.delete(f"/posts/{post}", {"reason": "Ada lives at 5 Mill Lane."})
    assert root.post(f"/posts/{post}/erase", {"reason": "Asked to."}).status_code == 200
    answer: Any = api.stranger().get("/log?subject=post")
    assert [(one["type"], one["reason"], one["erased"]) for one in answer.json["items"]] == [
        ("PostErased", "Asked to.", False), ("PostRemoved", None, True)
    ]  # fmt: skip
