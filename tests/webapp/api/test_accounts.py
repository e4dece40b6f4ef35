"""Accounts and tokens through the API: who somebody is, and what their programs may do."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import ids
from tests.webapp.api.conftest import PASSWORD, Api, Program
from webapp.api import authentication
from webapp.site import tokens


def test_an_account_is_registered_and_seen(api: Api):
    made = api.stranger().post("/accounts", {"handle": "Ada", "password": PASSWORD})
    assert (made.status_code, made.json) == (201, {"id": "ada", "handle": "ada", "version": 3})
    seen = api.stranger().get(made.headers["Location"])
    assert seen.json.items() >= {"handle": "ada", "roles": [], "posts": 0, "suspended": False}.items()
    assert seen.headers["ETag"] == '"3"'
    assert api.stranger().get("/accounts/Ada").json == seen.json
    assert api.stranger().get("/accounts/nobody").status_code == 404
    taken = api.stranger().post("/accounts", {"handle": "ADA", "password": PASSWORD})
    assert (taken.status_code, taken.json["type"]) == (409, "/api/problems/handle-taken")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"handle": "a b", "password": PASSWORD}, "handle"),
        ({"handle": "ada", "password": "short"}, "password"),
        ({"handle": "x" * 41, "password": PASSWORD}, "handle"),
        ({"handle": "ada"}, "password"),
        ({"handle": 7, "password": PASSWORD}, "handle"),
        ({"handle": "ada", "password": PASSWORD, "roles": ["admin"]}, "roles"),
    ],
)
def test_what_is_wrong_is_named(api: Api, body: dict, field: str):
    refused = api.stranger().post("/accounts", body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert refused.json["errors"][0]["detail"]


def test_all_that_is_wrong_is_told_at_once(api: Api):
    refused = api.stranger().post("/accounts", {"handle": "x" * 41, "password": "short", "colour": "red"})
    assert {error["field"] for error in refused.json["errors"]} == {"handle", "password", "colour"}


def test_a_token_is_for_handle_and_password(api: Api):
    api.program("ada")
    stranger = api.stranger()
    made = stranger.post("/tokens", {"handle": "Ada", "password": PASSWORD, "scopes": ["write", "read"]})
    assert made.status_code == 201
    assert made.json.items() >= {"handle": "ada", "scopes": ["read", "write"]}.items()
    assert made.headers["Cache-Control"] == "no-store"
    left = datetime.fromisoformat(made.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < left < timedelta(days=91)
    for wrong in ({"handle": "ada", "password": "something else"}, {"handle": "nobody", "password": PASSWORD}):
        refused = stranger.post("/tokens", wrong)
        assert (refused.status_code, refused.json["type"]) == (401, "/api/problems/wrong-password")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_kept_only_as_its_digest(api: Api):
    token = api.program("ada").token or ""
    secret = token.partition(".")[2]
    assert len(secret) == tokens.SECRET_CHARS
    stored = b"".join(path.read_bytes() for path in api.world.folder.iterdir() if path.is_file())
    assert tokens.secret_digest(secret).encode() in stored
    assert secret.encode() not in stored


def test_a_token_ends_and_is_taken_back(api: Api, monkeypatch: pytest.MonkeyPatch):
    ada = api.program("ada", expires_in=60)
    other = api.token("ada", label="the other")
    listed = ada.get("/tokens").json["items"]
    assert [item["label"] for item in listed] == ["the other", ""]
    assert listed[1]["last_used_at"] is not None
    assert listed[0]["last_used_at"] is None
    assert "digest" not in listed[0]
    assert ada.delete(f"/tokens/{listed[0]['id']}").status_code == 200
    assert other.get("/tokens").status_code == 401
    assert [item["label"] for item in ada.get("/tokens").json["items"]] == [""]
    later = ids.from_now(timedelta(seconds=61))
    monkeypatch.setattr(authentication.ids, "now", lambda: later)
    ended = ada.get("/posts")
    assert (ended.status_code, ended.json["type"]) == (401, "/api/problems/unauthorized")
    assert "invalid_token" in ended.headers["WWW-Authenticate"]


def test_a_token_of_somebody_else_is_not_there(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    theirs = ada.get("/tokens").json["items"][0]["id"]
    assert bob.delete(f"/tokens/{theirs}").status_code == 404
    assert ada.get("/tokens").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer 0192abcd-0000-7000-8000-0000000000ff.secret", "Basic YWRhOmFkYQ==", "", "token"],
)
def test_what_is_no_token_gets_nothing_not_even_what_is_public(api: Api, header: str):
    program = api.stranger()
    assert program.get("/posts", Authorization=header).status_code == 401
    assert program.post("/posts", {"title": "t", "body": "b"}, Authorization=header).status_code == 401


def test_half_a_token_is_none(api: Api):
    ada = api.program("ada")
    id, _, secret = (ada.token or "").partition(".")
    for wrong in (id, f"{id}.", f"{id}.{secret[:-1]}", f"{id}.{secret}x", secret, f".{secret}", f"{id} {secret}"):
        assert Program(ada.client, wrong).get("/tokens").status_code == 401


def test_without_a_token_no_command(api: Api):
    refused = api.stranger().post("/posts", {"title": "t", "body": "b"})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="verbatim"'


def test_scopes_bound_what_a_token_does(api: Api):
    api.program("ada", "admin")
    reader, writer = api.token("ada", scopes=["read"]), api.token("ada", scopes=["write"])
    assert reader.get("/posts").status_code == 200
    refused = reader.post("/posts", {"title": "t", "body": "b"})
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/scope-missing")
    assert 'scope="write"' in refused.headers["WWW-Authenticate"]
    assert writer.post("/posts", {"title": "t", "body": "b"}).status_code == 201
    assert writer.get("/posts").status_code == 403
    assert writer.put("/accounts/ada/roles/moderator").status_code == 403


def test_a_password_is_changed_by_whoever_knows_it(api: Api):
    ada = api.program("ada")
    wrong = ada.put("/accounts/ada/password", {"current_password": "no", "password": "another password"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "current_password")
    body = {"current_password": PASSWORD, "password": "another password"}
    assert ada.put("/accounts/ada/password", body).status_code == 200
    assert api.stranger().post("/tokens", {"handle": "ada", "password": PASSWORD}).status_code == 401
    assert api.stranger().post("/tokens", {"handle": "ada", "password": "another password"}).status_code == 201
    assert api.program("bob").put("/accounts/ada/password", body).status_code == 403


def test_a_profile_and_what_somebody_wrote(api: Api):
    ada = api.program("ada")
    assert ada.put("/accounts/ada/profile", {"name": "Ada L.", "bio": "Engines."}).status_code == 200
    comment = ada.new_comment(ada.new_post())
    seen = api.stranger().get("/accounts/ada").json
    assert seen.items() >= {"name": "Ada L.", "bio": "Engines.", "posts": 1, "comments": 1}.items()
    assert [item["id"] for item in api.stranger().get("/accounts/ada/comments").json["items"]] == [comment]


def test_roles_are_given_and_taken(api: Api):
    root, _ = api.program("root", "admin"), api.program("ada")
    assert root.put("/accounts/ada/roles/moderator").status_code == 200
    assert api.stranger().get("/accounts/ada").json["roles"] == ["moderator"]
    assert root.delete("/accounts/ada/roles/moderator").status_code == 200
    assert root.put("/accounts/ada/roles/king").status_code == 422
    assert root.delete("/accounts/root/roles/admin").status_code == 409


def test_the_suspended_change_nothing_until_reinstated(api: Api):
    ada, mod = api.program("ada"), api.program("mod", "moderator")
    assert mod.post("/accounts/ada/suspend", {"reason": ""}).status_code == 422
    assert mod.post("/accounts/ada/suspend", {"reason": "Spam."}).status_code == 200
    refused = ada.post("/posts", {"title": "t", "body": "b"})
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/suspended")
    assert api.stranger().post("/tokens", {"handle": "ada", "password": PASSWORD}).status_code == 403
    assert ada.get("/posts").status_code == 403
    assert mod.post("/accounts/ada/reinstate").status_code == 200
    assert ada.post("/posts", {"title": "t", "body": "b"}).status_code == 201


def test_a_suspension_ends_when_it_was_said_to(api: Api):
    ada, mod = api.program("ada"), api.program("mod", "moderator")
    until = ids.from_now(timedelta(seconds=1.5))
    assert mod.post("/accounts/ada/suspend", {"reason": "Spam.", "until": until}).status_code == 200
    seen = api.stranger().get("/accounts/ada")
    assert (seen.json["suspended"], seen.json["suspended_until"]) == (True, until)
    assert seen.headers["Cache-Control"] == "no-store"
    assert ada.get("/posts").status_code == 403
    while ids.now() < until:
        time.sleep(0.05)
    assert ada.post("/posts", {"title": "t", "body": "b"}).status_code == 201, "its token holds again by itself"
    seen = api.stranger().get("/accounts/ada")
    assert (seen.json["suspended"], seen.json["suspended_until"], seen.json["suspended_reason"]) == (False, None, None)
    assert mod.post("/accounts/ada/suspend", {"reason": "Again."}).status_code == 200
    assert api.stranger().get("/accounts/ada").json["suspended_until"] is None


@pytest.mark.parametrize(
    "until",
    ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2027-05-03", "2027-05-03T12:00:00", "soon", "", 7, []],
)
def test_an_end_that_cannot_be_is_said_and_stores_nothing(api: Api, until: Any):
    api.program("ada")
    mod = api.program("mod", "moderator")
    before = api.world.head()
    refused = mod.post("/accounts/ada/suspend", {"reason": "Spam.", "until": until})
    assert (refused.status_code, [one["field"] for one in refused.json["errors"]]) == (422, ["until"])
    assert api.world.head() == before


def test_an_erased_profile_is_empty(api: Api):
    ada, root = api.program("ada"), api.program("root", "admin")
    ada.put("/accounts/ada/profile", {"name": "Ada L.", "bio": "Engines."})
    assert root.post("/accounts/ada/erase", {"reason": "Asked for."}).status_code == 200
    assert api.stranger().get("/accounts/ada").json["bio"] == ""


def test_cookies_authorise_no_call_and_tokens_no_page(api: Api):
    ada = api.program("ada")
    browser = api.world.logged_in("ada")
    assert browser.client.post("/api/v1/posts", json={"title": "t", "body": "b"}).status_code == 401
    assert browser.client.get("/api/v1/tokens").status_code == 401
    page = ada.client.get("/settings", headers={"Authorization": f"Bearer {ada.token}"})
    assert (page.status_code, page.headers["Location"]) == (303, "/login?next=/settings")


def test_a_handle_is_changed_and_the_old_one_still_finds_the_account(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    post = ada.new_post()
    changed = ada.put("/accounts/ada/handle", {"handle": "Ida"}, If_Match="*")
    assert (changed.status_code, changed.json["id"]) == (200, "ida")
    assert api.stranger().get(f"/posts/{post}").json["author"] == "ida"
    assert api.stranger().get("/accounts/ida").json["handle"] == "ida"
    assert api.stranger().get("/accounts/ada").json["handle"] == "ida"
    assert [one["id"] for one in api.stranger().get("/posts?author=ida").json["items"]] == [post]
    assert {event["actor"] for event in ada.get("/events").json["items"]} == {"ida", "bob"}
    assert ada.put("/accounts/ida/handle", {"handle": "bob"}).status_code == 409
    assert bob.put("/accounts/ida/handle", {"handle": "eve"}).status_code == 403
    assert ada.put("/accounts/bob/handle", {"handle": "ada"}).status_code == 403
    assert api.stranger().get("/accounts/ada").json["handle"] == "ida", "a refused call sets nothing free"
    assert bob.put("/accounts/bob/handle", {"handle": "a b"}).status_code == 422
    assert bob.put("/accounts/bob/handle", {"handle": "admin"}).status_code == 422
    assert ada.put(f"/posts/{post}", {"title": "New", "body": "w"}, If_Match='"1"').status_code == 200
