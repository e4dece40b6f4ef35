"""A post with an event that this version can't read: 503 for commands on it, a marked gap for those who follow."""

import pytest
from jsonschema_rs import validator_for

from domain import ids
from domain.handle import placeholder
from tests.promises.stores import add_unknown
from tests.webapp.api.conftest import PASSWORD, Api, Program
from tests.webapp.api.test_events import streamed
from tests.webapp.html_pages import page
from webapp.api import events
from webapp.api.schema import openapi

SECRETS = ("Traceback", "Crane", "plans", "Secret", "of schema", "Run the one")


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada")


@pytest.fixture
def post(api: Api, ada: Program) -> str:
    """With an event of a newer version after it."""
    id = ada.new_post()
    add_unknown(api.world.store, f"post-{id}", key=id, actor="ada")
    return id


def check(schema: str):
    components = openapi.document()["components"]
    return validator_for({"$ref": f"#/components/schemas/{schema}", "components": components})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/posts/{post}/like", None),
        ("POST", "/posts/{post}/comments", {"body": "b"}),
        ("DELETE", "/posts/{post}", None),
    ],
)
def test_commands_are_told_what_is_parked(ada: Program, post: str, method: str, path: str, body: dict | None):
    answer = ada.call(method, path.format(post=post), body)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert (answer.json["type"], answer.json["parked"]) == ("/api/problems/parked", f"post-{post}")
    assert f"this post (post-{post})" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 60
    assert check("Problem").is_valid(answer.json)
    assert not any(secret in answer.text for secret in SECRETS)


def test_those_who_follow_see_the_gap_and_what_comes_after_it(
    api: Api, ada: Program, post: str, monkeypatch: pytest.MonkeyPatch
):
    position = api.world.head()[0]
    later = ada.new_post()
    for who in (ada, api.program("bob"), api.program("mod", "moderator")):
        answer = who.get(f"/events?after={position - 1}&limit=2")
        gap, after = answer.json["items"]
        assert (gap["type"], gap["subject"], gap["position"]) == ("org.verbatim.Unreadable", f"post-{post}", position)
        assert (gap["specversion"], gap["actor"], gap["reason"]) == ("1.0", None, None)
        assert "can't be read" in gap["data"]["detail"]
        assert (after["type"], after["subject"]) == ("org.verbatim.PostPublished", f"post-{later}")
        assert answer.json["next"] == position + 1
        assert check("Events").is_valid(answer.json)
        assert not any(secret in answer.text for secret in SECRETS)
    assert len(ada.get("/events").json["items"]) > 4
    monkeypatch.setattr(events, "LIFE_S", 0.3)
    said = streamed(ada)
    assert f'"type":"org.verbatim.Unreadable","subject":"post-{post}"' in said
    assert f'"subject":"post-{later}"' in said


def test_pages_about_it_are_still_there(api: Api, ada: Program, post: str):
    for path in (f"/posts/{post}", f"/posts/{post}/history", f"/posts/{post}/comments"):
        assert ada.get(path).status_code == 200, path
    visitor = api.world.logged_in("ada")
    for path in ("/", f"/posts/{post}", f"/posts/{post}/history", f"/posts/{post}?version=1", f"/quote/posts/{post}"):
        assert visitor.get(path).status_code in (200, 404), path


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Something that is stored about this post"), ("de", "Etwas, das über diesen Beitrag gespeichert ist")],
)
@pytest.mark.parametrize("partial", [False, True], ids=["page", "part"])
def test_pages_say_what_is_parked(api: Api, post: str, language: str, sentence: str, partial: bool):
    visitor = api.world.logged_in("ada")
    headers = {"Accept-Language": language} | ({"HX-Request": "true", "HX-Request-Type": "partial"} if partial else {})
    token = visitor.fields("/settings")["csrf_token"]
    for action, typed in ((f"/posts/{post}/like", {}), (f"/posts/{post}/comments", {"body": "Well said."})):
        answer = visitor.client.post(action, data=typed | {"csrf_token": token}, headers=headers)
        assert answer.status_code == 503
        assert sentence in page(answer).text
        assert not any(secret in answer.text for secret in SECRETS)


def test_somebody_whose_account_is_parked_is_told_so_and_can_still_read(api: Api, ada: Program):
    add_unknown(api.world.store, f"account-{(id := api.world.id('ada'))}", key=id, actor=id)
    assert ada.get("/events").json["items"][-1]["subject"] == f"account-{placeholder(id)}"
    assert ada.post("/posts", {"title": "t", "body": "b"}).json["parked"] == f"account-{id}"
    refused = api.stranger().post("/tokens", {"handle": "ada", "password": PASSWORD})
    assert (refused.status_code, refused.json["parked"]) == (503, f"account-{id}")
    login = api.world.visitor().send("/login", handle="ada", password=PASSWORD)
    assert login.status_code == 503
    assert f"this account (account-{id})" in page(login).text
    assert not any(secret in login.text for secret in SECRETS)


def test_the_state_of_the_site_is_shown_though_who_asked_for_a_rebuild_is_parked(api: Api, ada: Program):
    root, other = api.program("root", "admin"), api.program("boss", "admin")
    assert other.post("/admin/rebuild").status_code == 202
    add_unknown(api.world.store, f"account-{(id := api.world.id('boss'))}", key=id, actor=id)
    shown = root.get("/admin/status")
    assert (shown.status_code, shown.json["rebuilds"][0]["asked_by"]) == (200, placeholder(id))


def test_a_token_that_cannot_be_read_is_told_so(api: Api, ada: Program):
    id = (ada.token or "").partition(".")[0]
    add_unknown(api.world.store, f"token-{id}", key="ada", actor="ada")
    answer = ada.get("/tokens")
    assert (answer.status_code, answer.json["parked"]) == (503, f"token-{id}")


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Something that is stored can't be read"), ("de", "lässt sich nicht lesen")]
)
def test_a_repeat_of_what_is_damaged_is_no_bare_500(api: Api, ada: Program, language: str, sentence: str):
    key, text = ids.uuid7(), {"title": "t", "body": "b"}
    id = ada.post("/posts", text, Idempotency_Key=key).json["id"]
    with api.world.store.file.writing() as connection:
        connection.execute("UPDATE commits SET document = X'7b' WHERE stream = ?", (f"post-{id}",))
    answer = ada.post("/posts", text, Idempotency_Key=key)
    assert (answer.status_code, answer.json["type"]) == (503, "/api/problems/damaged")
    visitor = api.world.logged_in("ada")
    fields = visitor.fields("/posts/new") | text | {"command_id": key}
    broken = visitor.client.post("/posts/new", data=fields, headers={"Accept-Language": language})
    assert broken.status_code == 503
    assert sentence in page(broken).text
