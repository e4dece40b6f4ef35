"""Idempotency-Key: the same call again gets the same bytes and has no second effect; another call is refused."""

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from operational.tables import rebuild_requests, webhook_deliveries
from tests.webapp.api.conftest import PASSWORD, Api, Program


def same(first: TestResponse, second: TestResponse) -> bool:
    kept = ("Location", "ETag", "Content-Type", "Cache-Control")
    return (first.status_code, first.data, [first.headers.get(name) for name in kept]) == (
        second.status_code, second.data, [second.headers.get(name) for name in kept]
    )  # fmt: skip


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada", "admin")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/posts", {"title": "t", "body": "b"}),
        ("POST", "/posts/{post}/comments", {"body": "b"}),
        ("PUT", "/posts/{post}/like", None),
        ("DELETE", "/posts/{post}", {"reason": "r"}),
        ("POST", "/posts/{post}/lock", None),
        ("POST", "/posts/{post}/erase", {"reason": "r"}),
        ("DELETE", "/comments/{comment}", None),
        ("PUT", "/comments/{comment}/like", None),
        ("PUT", "/accounts/ada/profile", {"name": "n", "bio": "b"}),
        ("PUT", "/accounts/bob/roles/moderator", None),
        ("POST", "/accounts/bob/suspend", {"reason": "r"}),
    ],
)
def test_the_same_again_is_the_same_answer(api: Api, ada: Program, method: str, path: str, body: dict | None):
    api.program("bob")
    post = ada.new_post()
    path = path.format(post=post, comment=ada.new_comment(post))
    first = ada.call(method, path, body, Idempotency_Key="once")
    head = api.world.head()
    assert first.status_code in (200, 201), first.json
    for _ in range(2):
        assert same(first, ada.call(method, path, body, Idempotency_Key="once"))
    assert api.world.head() == head


def test_an_edit_again_is_the_same_answer_although_the_version_is_old(ada: Program):
    id = ada.new_post()
    text = {"title": "New", "body": "New"}
    first = ada.put(f"/posts/{id}", text, If_Match='"1"', Idempotency_Key="k")
    ada.put(f"/posts/{id}", {"title": "Newer", "body": "Newer"}, If_Match='"2"')
    assert same(first, ada.put(f"/posts/{id}", text, If_Match='"1"', Idempotency_Key="k"))
    assert ada.get(f"/posts/{id}").json["title"] == "Newer"


def test_another_body_under_the_key_is_refused(ada: Program):
    ada.post("/posts", {"title": "t", "body": "b"}, Idempotency_Key="k")
    refused = ada.post("/posts", {"title": "t", "body": "other"}, Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")


def test_a_key_whose_words_were_erased_is_used_up(ada: Program):
    text = {"title": "t", "body": "b"}
    id = ada.post("/posts", text, Idempotency_Key="k").json["id"]
    ada.post(f"/posts/{id}/erase", {"reason": "r"})
    for body in (text, text | {"body": "other"}):
        refused = ada.post("/posts", body, Idempotency_Key="k")
        assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")
        assert "erased since" in refused.json["detail"]


def test_a_webhook_that_was_removed_is_not_added_again_under_its_key(ada: Program):
    text = {"url": "https://example.org/hook"}
    id = ada.post("/webhooks", text, Idempotency_Key="k").json["id"]
    ada.delete(f"/webhooks/{id}")
    refused = ada.post("/webhooks", text, Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")


def test_a_key_is_one_persons(api: Api, ada: Program):
    mine = ada.post("/posts", {"title": "t", "body": "b"}, Idempotency_Key="k")
    theirs = api.program("bob").post("/posts", {"title": "t", "body": "b"}, Idempotency_Key="k")
    assert theirs.status_code == 201
    assert theirs.json["id"] != mine.json["id"]


def test_registering_again_is_the_same_for_whoever_knows_the_password(api: Api):
    stranger = api.stranger()
    wanted = {"handle": "eve", "password": PASSWORD}
    first = stranger.post("/accounts", wanted, Idempotency_Key="k")
    assert same(first, stranger.post("/accounts", wanted, Idempotency_Key="k"))
    other = stranger.post("/accounts", wanted | {"password": "another password"}, Idempotency_Key="k")
    assert (other.status_code, other.json["type"]) == (422, "/api/problems/key-reused")


def test_a_token_asked_for_again_is_the_same_token(api: Api, ada: Program):
    stranger = api.stranger()
    wanted = {"handle": "ada", "password": PASSWORD, "label": "bot"}
    first = stranger.post("/tokens", wanted, Idempotency_Key="k")
    assert same(first, stranger.post("/tokens", wanted, Idempotency_Key="k"))
    assert Program(stranger.client, first.json["token"]).get("/tokens").status_code == 200
    other = stranger.post("/tokens", wanted, Idempotency_Key="another")
    assert other.json["token"] != first.json["token"]
    for changed in ({"label": "cat"}, {"expires_in": 60}, {"scopes": ["read"]}):
        assert stranger.post("/tokens", wanted | changed, Idempotency_Key="k").status_code == 422


def test_a_token_is_not_made_again_with_another_password(api: Api, ada: Program):
    stranger, wanted = api.stranger(), {"handle": "ada", "password": PASSWORD}
    assert stranger.post("/tokens", wanted, Idempotency_Key="k").status_code == 201
    ada.put("/accounts/ada/password", {"current_password": PASSWORD, "password": "another password"})
    refused = stranger.post("/tokens", wanted | {"password": "another password"}, Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")


def test_what_changed_nothing_changes_nothing_when_it_comes_again(api: Api, ada: Program):
    post = ada.new_post()
    ada.put(f"/posts/{post}/like")
    first = ada.put(f"/posts/{post}/like", Idempotency_Key="k")
    ada.delete(f"/posts/{post}/like")
    head = api.world.head()
    assert same(first, ada.put(f"/posts/{post}/like", Idempotency_Key="k"))
    assert api.world.head() == head
    assert ada.get(f"/posts/{post}").json["likes"] == 0


def test_the_key_of_what_changed_nothing_is_used_up(ada: Program):
    post, other = ada.new_post(), ada.new_post()
    ada.delete(f"/posts/{post}/like", Idempotency_Key="k")
    refused = ada.put(f"/posts/{other}/like", Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")


def test_the_key_of_what_changed_nothing_is_one_persons(api: Api, ada: Program):
    post, bob = ada.new_post(), api.program("bob")
    ada.delete(f"/posts/{post}/like", Idempotency_Key="k")
    assert bob.put(f"/posts/{post}/like", Idempotency_Key="k").json == {"id": post, "version": 1, "liked": True}


@pytest.fixture
def hook(ada: Program) -> str:
    return ada.post("/webhooks", {"url": "https://example.org/hook"}).json["id"]


def died(api: Api) -> None:
    """Every delivery is a dead letter."""
    with api.world.generations.control.begin() as connection:
        connection.execute(update(webhook_deliveries).values(state="dead"))


def test_a_replay_again_replays_nothing_that_died_since(api: Api, ada: Program, hook: str):
    delivery = ada.post(f"/webhooks/{hook}/test").json["id"]
    for path, key in ((f"/webhooks/{hook}/replay", "all"), (f"/webhooks/{hook}/deliveries/{delivery}/replay", "one")):
        died(api)
        first = ada.post(path, Idempotency_Key=key)
        assert first.status_code == 202
        died(api)
        assert same(first, ada.post(path, Idempotency_Key=key))
        assert [row["state"] for row in ada.get(f"/webhooks/{hook}/deliveries").json["items"]] == ["dead"]


def test_a_test_again_is_the_first_one(api: Api, ada: Program, hook: str):
    first = ada.post(f"/webhooks/{hook}/test", Idempotency_Key="k")
    died(api)
    assert same(first, ada.post(f"/webhooks/{hook}/test", Idempotency_Key="k"))
    assert len(ada.get(f"/webhooks/{hook}/deliveries").json["items"]) == 1


def test_a_rebuild_again_is_the_first_answer(api: Api, ada: Program):
    first = ada.post("/admin/rebuild", Idempotency_Key="k")
    with api.world.generations.control.begin() as connection:
        connection.execute(update(rebuild_requests).values(state="done"))
    assert same(first, ada.post("/admin/rebuild", Idempotency_Key="k"))
    assert [row["state"] for row in ada.get("/admin/status").json["rebuilds"]] == ["done"]


def test_the_key_of_what_was_queued_is_used_up_and_one_persons(api: Api, ada: Program, hook: str):
    assert ada.post(f"/webhooks/{hook}/test", Idempotency_Key="k").status_code == 202
    refused = ada.post(f"/webhooks/{hook}/replay", Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")
    bob = api.program("bob")
    own = bob.post("/webhooks", {"url": "https://example.org/hook"}).json["id"]
    assert bob.post(f"/webhooks/{own}/replay", Idempotency_Key="k").json == {"replayed": 0}


def test_a_key_of_what_changed_nothing_is_no_key_for_what_is_queued(ada: Program, hook: str):
    assert ada.delete(f"/posts/{ada.new_post()}/like", Idempotency_Key="k").status_code == 200
    refused = ada.post(f"/webhooks/{hook}/replay", Idempotency_Key="k")
    assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/key-reused")
