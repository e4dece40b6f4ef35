"""Input that no honest program sends: the right 4xx, a problem that says why, and nothing stored."""

import json
from typing import Any

import pytest

from tests.webapp.api.conftest import Api, Program
from webapp.api import problems

JSON = "application/json"
GOOD = b'{"title": "t", "body": "b"}'
HUGE = b'{"title": "t", "body": "' + b"x" * 10_000_000 + b'"}'

BODIES: list[tuple[str, bytes, str | None, int]] = [
    ("nothing at all", b"", None, 400),
    ("nothing as JSON", b"", JSON, 400),
    ("no content type", GOOD, None, 415),
    ("a form", b"title=t&body=b", "application/x-www-form-urlencoded", 415),
    ("a multipart form", b"--x--", "multipart/form-data; boundary=x", 415),
    ("text", GOOD, "text/plain", 415),
    ("XML", b"<post/>", "application/xml", 415),
    ("some other JSON", GOOD, "application/vnd.api+json", 415),
    ("another charset", '{"title": "ü", "body": "b"}'.encode("latin-1"), f"{JSON}; charset=latin-1", 400),
    ("UTF-16", '{"title": "t", "body": "b"}'.encode("utf-16"), f"{JSON}; charset=utf-16", 400),
    ("UTF-16 unsaid", '{"title": "t", "body": "b"}'.encode("utf-16"), JSON, 400),
    ("bytes that are no UTF-8", b'{"title": "\xff", "body": "b"}', JSON, 400),
    ("overlong UTF-8", b'{"title": "\xc0\xaf", "body": "b"}', JSON, 400),
    ("a byte order mark of UTF-16", b"\xff\xfe" + GOOD, JSON, 400),
    ("no JSON", b"{title: t}", JSON, 400),
    ("a cut off body", GOOD[:-1], JSON, 400),
    ("two values", GOOD + GOOD, JSON, 400),
    ("a trailing comma", b'{"title": "t", "body": "b",}', JSON, 400),
    ("single quotes", b"{'title': 't'}", JSON, 400),
    ("a name twice", b'{"title": "t", "body": "b", "title": "u"}', JSON, 400),
    ("a name twice, escaped", b'{"title": "t", "body": "b", "\\u0074itle": "u"}', JSON, 400),
    ("NaN", b'{"title": NaN, "body": "b"}', JSON, 400),
    ("Infinity", b'{"title": Infinity, "body": "b"}', JSON, 400),
    ("ten thousand lists", b'{"title": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", JSON, 400),
    ("a hundred thousand objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON, 400),
    ("lists without end", b'{"title": ' + b"[" * 100_000, JSON, 400),
    ("a list", b"[]", JSON, 422),
    ("null", b"null", JSON, 422),
    ("a text", b'"title"', JSON, 422),
    ("a number as title", b'{"title": 1, "body": "b"}', JSON, 422),
    ("a huge number", b'{"title": ' + b"9" * 400 + b', "body": "b"}', JSON, 422),
    ("a number beyond all digits", b'{"title": ' + b"9" * 5_000 + b', "body": "b"}', JSON, 400),
    ("an exponent beyond all", b'{"title": 1e99999, "body": "b"}', JSON, 422),
    ("null as title", b'{"title": null, "body": "b"}', JSON, 422),
    ("an unknown name", b'{"title": "t", "body": "b", "author": "root"}', JSON, 422),
    ("half a character", b'{"title": "\\ud800", "body": "b"}', JSON, 422),
    ("half a character in a name", b'{"title": "t", "body": "b", "\\udfff": 1}', JSON, 422),
    ("a NUL", b'{"title": "a\\u0000b", "body": "b"}', JSON, 422),
    ("a raw control character", b'{"title": "a\x01b", "body": "b"}', JSON, 400),
    ("a title of blanks", b'{"title": "\\u200b \\u2060", "body": "b"}', JSON, 422),
    ("a title too long", json.dumps({"title": "x" * 301, "body": "b"}).encode(), JSON, 422),
    ("a body too long", json.dumps({"title": "t", "body": "x" * 40_001}).encode(), JSON, 422),
    ("a link that runs", json.dumps({"title": "t", "url": "javascript:alert(1)"}).encode(), JSON, 422),
    ("ten megabytes", HUGE, JSON, 413),
    ("ten megabytes of a form", b"a=" + b"x" * 10_000_000, "application/x-www-form-urlencoded", 413),
]


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada")


@pytest.mark.parametrize(("body", "kind", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_body_that_can_not_be_taken(api: Api, ada: Program, body: bytes, kind: str | None, status: int):
    before = api.world.head()
    headers = {"Authorization": f"Bearer {ada.token}"} | ({"Content-Type": kind} if kind else {})
    answer = ada.client.post("/api/v1/posts", data=body, headers=headers)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == problems.MEDIA_TYPE
    assert answer.json["status"] == status
    assert ("errors" in answer.json) == (status == 422)
    assert len(answer.data) < 2_000
    assert api.world.head() == before


def test_fields_are_named_one_by_one(ada: Program):
    answer = ada.post("/posts", {"title": 7, "body": "x" * 40_001, "colour": "red"})
    assert {error["field"] for error in answer.json["errors"]} == {"title", "body", "colour"}


HEADERS: list[tuple[str, dict[str, str], int]] = [
    ("an empty key", {"Idempotency-Key": ""}, 400),
    ("a long key", {"Idempotency-Key": "x" * 201}, 400),
    ("a key of other letters", {"Idempotency-Key": "schlüssel"}, 400),
    ("an unquoted version", {"If-Match": "1"}, 400),
    ("an open quote", {"If-Match": '"1'}, 400),
    ("a version of another place", {"If-Match": '"abc"'}, 412),
    ("no version", {"If-Match": '""'}, 412),
    ("version zero", {"If-Match": '"0"'}, 412),
    ("a negative version", {"If-Match": '"-1"'}, 412),
    ("a version to come", {"If-Match": '"9"'}, 412),
    ("a version beyond all", {"If-Match": f'"{"9" * 100}"'}, 412),
]


@pytest.mark.parametrize(("headers", "status"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_a_header_that_can_not_be_taken(ada: Program, headers: dict[str, str], status: int):
    id = ada.new_post()
    sent = {"Authorization": f"Bearer {ada.token}", "If-Match": '"1"'} | headers
    answer = ada.client.put(f"/api/v1/posts/{id}", json={"title": "n", "body": "n"}, headers=sent)
    assert answer.status_code == status, answer.json
    assert ada.get(f"/posts/{id}").json["version"] == 1


@pytest.mark.parametrize("wait", ["-1", "5.1", "6", "soon", "", "1e0", "nan", "inf", "٣", "none\n", "NONE", "0.0001"])
def test_a_wait_that_can_not_be_taken(ada: Program, wait: str):
    answer = ada.client.post(
        "/api/v1/posts", query_string={"wait": wait}, json={"title": "t", "body": "b"},
        headers={"Authorization": f"Bearer {ada.token}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "wait")


@pytest.mark.parametrize("wait", ["shown", "0", "0.25", "5", "5.0"])
def test_how_long_to_wait(ada: Program, wait: str):
    made = ada.post(f"/posts?wait={wait}", {"title": "t", "body": "b"})
    assert (made.status_code, made.headers["Verbatim-Shown"]) == (201, "true")


def test_who_does_not_wait_is_not_told_that_it_shows(ada: Program):
    made = ada.post("/posts?wait=none", {"title": "t", "body": "b"})
    assert (made.status_code, made.headers["Verbatim-Shown"]) == (201, "false")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/posts/..%2f..%2fetc", 404),
        ("GET", "/api/v1/posts/%00", 404),
        ("GET", "/api/v1/posts/0192ABCD-0000-7000-8000-0000000000FF", 404),
        ("GET", "/api/v1/accounts/%F0%9F%92%A9", 404),
        ("GET", "/api/v1/accounts/" + "x" * 2000, 404),
        ("DELETE", "/api/v1/posts", 405),
        ("PATCH", "/api/v1/posts/0192abcd-0000-7000-8000-0000000000ff", 405),
        ("PUT", "/api/v1/openapi.json", 405),
    ],
)
def test_an_address_that_is_none(api: Api, method: str, path: str, status: int):
    answer = api.stranger().client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, problems.MEDIA_TYPE)
    assert answer.json["status"] == status
    assert (status != 405) or "Allow" in answer.headers


def test_a_defect_tells_nothing_of_itself(api: Api, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("readmodel.generations.generations.Generations.connections", broken)
    api.world.api.config["PROPAGATE_EXCEPTIONS"] = False
    answer = api.stranger().get("/posts")
    assert (answer.status_code, answer.mimetype) == (500, problems.MEDIA_TYPE)
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_addresses_that_look_like_the_shape_of_another(api: Api) -> None:
    ada = api.program("ada")
    post = ada.new_post()
    for _ in range(2):
        assert ada.put(f"/posts/{post}/like").status_code == 200
        assert ada.get(f"/posts/{post}").json["id"] == post
        assert ada.put(f"/posts/{post}").status_code == 428
        for odd in ("*", f"{post}*", f"*/{post}", f"{post}%0A", f"{post}/like/*", f"{post}/{post}"):
            assert ada.get(f"/posts/{odd}").status_code == 404, odd
        assert ada.call("PATCH", f"/posts/{post}/like").status_code == 405
        assert ada.get("/accounts/ada").json["handle"] == "ada"
        assert ada.get(f"/accounts/{post}").status_code == 404
