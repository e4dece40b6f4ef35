"""How much one may call, and from where."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.webapp.api.conftest import PASSWORD, Api
from webapp.api import rate_limits
from webapp.site.rate_counters import Limit


@pytest.fixture
def limited(build: Callable[..., Any]) -> Api:
    return Api(build(rate_limits=True))


def test_a_token_is_told_what_is_left_and_when_it_is_too_much(limited: Api, monkeypatch: pytest.MonkeyPatch):
    ada, bob = limited.program("ada"), limited.program("bob")
    monkeypatch.setattr(rate_limits, "WRITES_OF_TOKEN", Limit(3, 60))
    for left in ("2", "1", "0"):
        answer = ada.post("/posts", {"title": "t", "body": "b"})
        assert answer.status_code == 201
        assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("3", left)
        assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60
    refused = ada.post("/posts", {"title": "t", "body": "b"})
    assert (refused.status_code, refused.json["type"]) == (429, "/api/problems/too-many")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ada.get("/posts").headers["RateLimit-Limit"] == "3000"
    assert bob.post("/posts", {"title": "t", "body": "b"}).status_code == 201


def test_passwords_are_tried_slowly(limited: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(rate_limits.BY_OPERATION, "make_token", Limit(2, 60))
    stranger = limited.stranger()
    guesses = [stranger.post("/tokens", {"handle": "ada", "password": f"guess {n}"}).status_code for n in range(3)]
    assert guesses == [401, 401, 429]


def test_tokens_are_tried_slowly(limited: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "CALLS_OF_ADDRESS", Limit(2, 60))
    stranger = limited.stranger()
    tried = [stranger.get("/posts", Authorization=f"Bearer {n}").status_code for n in range(3)]
    assert tried == [401, 401, 429]


def test_without_limits_nothing_is_counted(api: Api):
    assert "RateLimit-Limit" not in api.stranger().get("/posts").headers


def test_other_sites_may_not_call_unless_they_are_named(api: Api, build: Callable[..., Any]):
    there = {"Origin": "https://there.example"}
    answer = api.stranger().client.get("/api/v1/posts", headers=there)
    assert not [name for name in answer.headers if name[0].startswith("Access-Control")]
    open_to = Api(build(cors_origins=("https://there.example",)))
    client = open_to.stranger().client
    answer = client.get("/api/v1/posts", headers=there)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://there.example"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = client.options("/api/v1/posts", headers=there | {"Access-Control-Request-Method": "POST"})
    assert asked.status_code == 200
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    elsewhere = client.get("/api/v1/posts", headers={"Origin": "https://else.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
    assert "Origin" in elsewhere.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in client.get("/login", headers=there).headers


def test_limits_on_writing_pages_are_not_those_of_programs(limited: Api):
    assert limited.stranger().post("/accounts", {"handle": "eve", "password": PASSWORD}).status_code == 201
    assert (
        limited.stranger().post("/accounts", {"handle": "eva", "password": PASSWORD}).headers["RateLimit-Limit"] == "30"
    )
