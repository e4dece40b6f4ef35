"""What programs expect of any API: links, limits, keys and ids as their drafts write them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.http import parse_options_header

from domain import text
from tests.webapp.api.conftest import PASSWORD, Api, Program, departed
from webapp.api import rate_limits
from webapp.api.operations_index import OPERATIONS
from webapp.api.schema import response_bodies
from webapp.site.rate_counters import Limit


@pytest.fixture(scope="module")
def ada(shared: Api) -> Program:
    return shared.program("ada")


def links(answer: Any) -> dict[str, str]:
    """Relation → address."""
    found = (part.strip().split(">; rel=") for part in answer.headers["Link"].split(","))
    return {relation.strip('"'): address.removeprefix("<") for address, relation in found}


def test_a_list_links_to_its_next_and_first_page(ada: Program):
    wanted = [ada.new_post(title=f"A #größe {n}") for n in range(3)][::-1]
    seen, address = [], "/api/v1/posts?author=ada&tag=größe&limit=1"
    while address:
        answer = ada.get(address)
        seen += [post["id"] for post in answer.json["items"]]
        found = links(answer)
        assert dict(parse_qsl(urlsplit(found["first"]).query)) == {"author": "ada", "tag": "größe", "limit": "1"}
        assert ("next" in found) == (answer.json["next"] is not None)
        address = found.get("next", "")
        assert address.isascii()
    assert seen == wanted


def removed_in_bulk(api: Api, root: Program) -> str:
    """Its id."""
    api.program("writer").new_post()
    root.post("/moderation/cases", {"target": "account-writer"})
    return str(root.post("/moderation/accounts/writer/bulk-removals", {"reason": "Spam"}).json["id"])


def test_every_list_with_pages_has_links(api: Api):
    root = api.program("root", "admin")
    post = root.new_post()
    comment, hook = root.new_comment(post), root.post("/webhooks", {"url": "https://bot.example/"}).json["id"]
    departure = departed(api)
    ids = {
        "bulk-removals": removed_in_bulk(api, root),
        "posts": post,
        "comments": comment,
        "webhooks": hook,
        "receipts": departure.id,
    }
    for one in (one for one in OPERATIONS if "after" in one.query.__struct_fields__ and not one.streams):
        part = "bulk-removals" if "/bulk-removals/" in one.path else one.path.split("/")[1]
        path = one.path.replace("{handle}", "root").replace("{id}", ids.get(part, ""))
        answer = root.get(path + ("?q=words" if one.name == "search_comments" else ""))
        assert answer.status_code == 200, (one.name, answer.json)
        assert links(answer)["first"].startswith(f"/api/v1{path}"), one.name


def test_a_followed_list_of_events_goes_on_by_its_link(ada: Program):
    ada.new_post()
    found = ada.get("/events?limit=2")
    assert ada.get(links(found)["next"]).json["items"][0]["position"] > found.json["items"][-1]["position"]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("/posts?author=ada", "/posts?tag=x"),
        ("/posts?author=ada", "/posts"),
        ("/posts", "/posts?author=ada"),
        ("/posts", "/posts?has=comments"),
        ("/posts?sort=new", "/posts?sort=top"),
        ("/posts?min_likes=0&sort=top", "/posts?min_likes=1&sort=top"),
        ("/posts?q=words", "/posts?q=words&author=ada"),
        ("/posts?q=words", "/comments?q=words"),
        ("/comments?q=said", "/comments?q=said&author=ada"),
        ("/posts/{post}/comments", "/posts/{post}/comments?order=thread"),
        ("/posts/{post}/comments", "/accounts/ada/comments"),
        ("/posts/{post}/history", "/posts/{other}/history"),
        ("/posts/{post}/comments", "/posts/{other}/comments"),
    ],
)
def test_a_cursor_of_one_list_is_refused_by_another(ada: Program, first: str, other: str):
    post, second = ada.new_post(title="On #x", body="Many words."), ada.new_post(body="More words.")
    for id in (post, second):
        ada.new_comment(id)
        ada.new_comment(id)
        ada.put(f"/posts/{id}", {"title": "On #x", "body": f"New words of {id}."}, If_Match="*")
    first, other = (path.format(post=post, other=second) for path in (first, other))
    mark = "&" if "?" in first else "?"
    cursor = ada.get(f"{first}{mark}limit=1").json["next"]
    assert cursor
    assert ada.get(f"{first}{mark}limit=2&after={cursor}").status_code == 200
    answer = ada.get(f"{other}{'&' if '?' in other else '?'}after={cursor}")
    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/malformed")
    assert "another list" in answer.json["detail"]


def test_limits_are_told_as_the_draft_has_them(build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    ada = Api(build(rate_limits=True)).program("ada")
    monkeypatch.setattr(rate_limits, "WRITES_OF_TOKEN", Limit(3, 60))
    answer = ada.post("/posts", {"title": "t", "body": "b"})
    assert answer.headers["RateLimit-Policy"] == '"writes";q=3;w=60'
    name, params = parse_options_header(answer.headers["RateLimit"])
    assert (name, params["r"]) == ('"writes"', "2")
    assert 1 <= int(params["t"]) <= 60
    assert ada.get("/posts").headers["RateLimit-Policy"] == '"reads";q=3000;w=60'
    made = ada.post("/tokens", {"handle": "ada", "password": PASSWORD})
    assert made.headers["RateLimit-Policy"] == '"make_token";q=20;w=60'


@pytest.mark.parametrize(
    ("one", "same"), [("monday", '"monday"'), ('a"b', r'"a\"b"'), (r"a\b", r'"a\\b"'), ("a b", '"a b"')]
)
def test_a_quoted_key_is_the_same_key(ada: Program, one: str, same: str):
    body = {"title": "t", "body": "b"}
    first = ada.post("/posts", body, Idempotency_Key=one).json
    assert ada.post("/posts", body, Idempotency_Key=same).json == first


@pytest.mark.parametrize("key", ['""', f'"{"x" * 201}"'])
def test_a_quoted_key_is_held_to_the_same_rules(ada: Program, key: str):
    assert ada.post("/posts", {"title": "t", "body": "b"}, Idempotency_Key=key).status_code == 400


def test_ids_are_read_in_upper_case(ada: Program):
    post = ada.new_post()
    comment = ada.new_comment(post)
    assert ada.get(f"/posts/{post.upper()}").json["id"] == post
    assert ada.put(f"/comments/{comment.upper()}/like").json["id"] == comment
    answer = ada.post(f"/posts/{post.upper()}/comments", {"body": "b", "parent": comment.upper()})
    assert ada.get(f"/comments/{answer.json['id']}").json["parent"] == comment
    hook = ada.post("/webhooks", {"url": "https://bot.example/"}).json["id"]
    assert ada.get(f"/webhooks/{hook.upper()}").status_code == 200
    id, _, secret = str(ada.post("/tokens", {"handle": "ada", "password": PASSWORD}).json["token"]).partition(".")
    assert Program(ada.client, f"{id.upper()}.{secret}").get("/tokens").status_code == 200


def test_a_byte_order_mark_is_no_part_of_the_body(ada: Program):
    answer = ada.client.post(
        "/api/v1/posts", data=b'\xef\xbb\xbf{"title": "t", "body": "b"}', content_type="application/json",
        headers={"Authorization": f"Bearer {ada.token}"},
    )  # fmt: skip
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"title": f"  {'t' * text.MAX_TITLE_CHARS}  \n"},
        {"title": "t" + " " * 400 + "t"},
        {"body": "b\r\n" * (text.MAX_BODY_CHARS // 2 - 1) + "b"},
        {"body": "b" * text.MAX_BODY_CHARS + "\r\n\r\n"},
        {"body": f"\n\n{'b' * text.MAX_BODY_CHARS}  "},
        {"url": f"  https://a.example/{'u' * (text.MAX_URL_CHARS - 18)}  "},
    ],
)
def test_limits_count_what_is_stored(ada: Program, fields: dict[str, str]):
    answer = ada.post("/posts", {"title": "t", "body": "b", **fields})
    assert answer.status_code == 201, answer.json
    stored = ada.get(f"/posts/{answer.json['id']}").json
    assert len(stored["title"]) <= text.MAX_TITLE_CHARS
    assert len(stored["body"]) <= text.MAX_BODY_CHARS
    assert "\r" not in stored["body"]


def test_so_they_do_in_comments_reasons_names_and_handles(ada: Program):
    post = ada.new_post()
    assert ada.post(f"/posts/{post}/comments", {"body": "c" * text.MAX_COMMENT_CHARS + "\r\n"}).status_code == 201
    assert ada.delete(f"/posts/{post}", {"reason": f" {'r' * text.MAX_REASON_CHARS} "}).status_code == 200
    profile = {"name": f" {'n' * text.MAX_NAME_CHARS} ", "bio": "b\r\n" * (text.MAX_BIO_CHARS // 2)}
    assert ada.put("/accounts/ada/profile", profile).status_code == 200
    assert ada.post("/accounts", {"handle": f" @{'h' * 40} ", "password": PASSWORD}).status_code == 201


SECONDS = "Expires in must be a whole number from 60 to 31,622,400."
TOKEN = {"handle": "ada", "password": "p"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/posts", {"title": "t" * 301, "body": "b"}, "Title is 301 characters long; 300 is the most."),
        ("/posts", {"title": "", "body": "b"}, "Title can't be empty."),
        ("/posts", {"title": 7, "body": "b"}, "Title must be text."),
        ("/posts", {"title": None, "body": "b"}, "Title can't be null."),
        ("/posts", {"title": "t", "body": ["b"]}, "Body must be text."),
        ("/posts", {"title": "t", "body": "b" * 40_001}, "Body is 40,001 characters long; 40,000 is the most."),
        ("/tokens", TOKEN | {"scopes": "read"}, "Scopes must be a list."),
        ("/tokens", TOKEN | {"scopes": ["all"]}, "Each of scopes must be one of: moderate, read, write."),
        ("/tokens", TOKEN | {"expires_in": 1}, SECONDS),
        ("/tokens", TOKEN | {"expires_in": "1"}, SECONDS),
        ("/accounts", {"handle": "eve", "password": "short"}, "Password is 5 characters long; 8 is the least."),
        ("/posts?wait=long", {"title": "t", "body": "b"}, "Wait must be none, shown, or seconds from 0 to 5."),
    ],
)
def test_what_is_wrong_is_said_in_words(ada: Program, path: str, body: dict[str, Any], said: str):
    answer = ada.post(path, body)
    assert (answer.status_code, [error["detail"] for error in answer.json["errors"]]) == (422, [said])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=ten", "Limit must be a whole number from 1 to 100."),
        ("limit=0", "Limit must be a whole number from 1 to 100."),
        ("sort=best", "Sort must be one of: discussed, new, top."),
        ("has=words", "Has must be one of: comments, likes."),
        ("q=", "Q can't be empty."),
        ("min_likes=-1", "Min likes must be a whole number from 0 to 2,147,483,647."),
    ],
)
def test_so_it_is_of_parameters(ada: Program, query: str, said: str):
    answer = ada.get(f"/posts?{query}")
    assert (answer.status_code, [error["detail"] for error in answer.json["errors"]]) == (422, [said])


@pytest.mark.parametrize("raw", [b"{", b'{"title": }', b"\xff", b"[" * 100_000, b'{"title": NaN}', b"\xfe\xff\0{"])
def test_so_it_is_of_what_is_no_json(ada: Program, raw: bytes):
    answer = ada.client.post(
        "/api/v1/posts", data=raw, content_type="application/json", headers={"Authorization": f"Bearer {ada.token}"}
    )
    assert answer.status_code == 400
    for name in ("Expecting", "codec", "char ", "delimiter", "byte ", "Error"):
        assert name not in answer.json["detail"]


def test_a_stream_that_is_forbidden_by_q_0_is_none(ada: Program):
    for accepted in ("text/event-stream;q=0", "text/event-stream;q=0, application/json", "*/*"):
        assert ada.get("/events", Accept=accepted).mimetype == "application/json"


def test_a_page_of_a_list_is_what_the_schema_says():
    assert response_bodies.Page.__struct_fields__ == ("items", "next")
