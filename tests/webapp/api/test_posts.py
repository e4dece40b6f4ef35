"""Posts through the API: what comes back, who sees what, and that no text is overwritten unseen."""

import pytest

from domain.text import MAX_URL_CHARS
from tests.webapp.api.conftest import Api

NOBODY = "0192abcd-0000-7000-8000-0000000000ff"


def test_a_post_is_published_and_read(api: Api):
    ada = api.program("ada")
    made = ada.post("/posts", {"title": "On #engines", "body": "They weave."})
    assert made.status_code == 201
    assert made.json == {"id": made.json["id"], "version": 1}
    assert made.headers["Location"] == f"/api/v1/posts/{made.json['id']}"
    read = api.stranger().get(made.headers["Location"])
    assert read.status_code == 200
    assert read.headers["ETag"] == '"1"'
    expected = {"author": "ada", "title": "On #engines", "body": "They weave.", "tags": ["engines"], "likes": 0}
    expected |= {"comments": 0, "liked": False, "version": 1, "edited_at": None, "removed": False}
    assert read.json.items() >= expected.items()
    assert read.json["created_at"].endswith("Z")


def test_an_edit_needs_the_version_seen(api: Api):
    ada = api.program("ada")
    id = ada.new_post()
    new = {"title": "New", "body": "Newer."}
    assert ada.put(f"/posts/{id}", new).status_code == 428
    assert ada.put(f"/posts/{id}", new, If_Match="1").status_code == 400
    edited = ada.put(f"/posts/{id}", new, If_Match='"1"')
    assert (edited.status_code, edited.json, edited.headers["ETag"]) == (200, {"id": id, "version": 2}, '"2"')
    stale = ada.put(f"/posts/{id}", {"title": "Mine", "body": "Mine."}, If_Match='"1"')
    assert (stale.status_code, stale.headers["ETag"], stale.json["version"]) == (412, '"2"', 2)
    assert stale.json["current"]["title"] == "New"
    assert stale.json["yours"]["title"] == "Mine"
    assert ada.put(f"/posts/{id}", {"title": "Mine", "body": "Mine."}, If_Match='"elsewhere"').status_code == 412
    assert ada.get(f"/posts/{id}").json["title"] == "New"


def test_what_is_known_already_is_not_sent_again(api: Api):
    ada = api.program("ada")
    id = ada.new_post()
    for known in ('"1"', '"7", "1"', "*", 'W/"1"'):
        again = ada.get(f"/posts/{id}", If_None_Match=known)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == '"1"'
    assert ada.get(f"/posts/{id}", If_None_Match='"2"').status_code == 200


def test_a_removed_post_is_gone_for_others(api: Api):
    ada, bob, mod = api.program("ada"), api.program("bob"), api.program("mod", "moderator")
    id = ada.new_post()
    assert ada.delete(f"/posts/{id}").json == {"id": id, "version": 2}
    for path in ("", "/comments", "/history"):
        assert api.stranger().get(f"/posts/{id}{path}").status_code == 410
        assert bob.get(f"/posts/{id}{path}").status_code == 410
        assert ada.get(f"/posts/{id}{path}").status_code == 200
        assert mod.get(f"/posts/{id}{path}").status_code == 200
    assert api.token("mod", scopes=["read"]).get(f"/posts/{id}").status_code == 410
    assert ada.get(f"/posts/{id}").json["removed"] is True
    assert ada.get("/posts").json["items"] == []
    assert bob.post(f"/posts/{id}/comments", {"body": "b"}).status_code == 410
    assert bob.put(f"/posts/{id}/like").status_code == 410
    assert ada.put(f"/posts/{id}", {"title": "t", "body": "b"}, If_Match='"2"').status_code == 410
    assert ada.post(f"/posts/{id}/restore", {"reason": "A slip."}).status_code == 200
    assert api.stranger().get(f"/posts/{id}").status_code == 200


def test_history_tells_who_when_and_why(api: Api):
    ada, mod = api.program("ada"), api.program("mod", "moderator")
    id = ada.new_post()
    mod.put(f"/posts/{id}", {"title": "Mild", "body": "Mild.", "reason": "Too harsh."}, If_Match='"1"')
    first, second = api.stranger().get(f"/posts/{id}/history").json["items"]
    assert (first["version"], first["type"], first["actor"]) == (1, "PostPublished", "ada")
    assert (second["type"], second["actor"], second["reason"]) == ("PostEdited", "mod", "Too harsh.")
    assert second["title"] == "Mild"
    assert second["at"] > first["at"]


def test_lists_are_filtered_sorted_and_paged(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    ids = [ada.new_post(title=f"{number} #odd" if number % 2 else f"{number}") for number in range(5)]
    bob.put(f"/posts/{ids[1]}/like")
    bob.new_comment(ids[2])

    def listed(query: str) -> list[str]:
        return [item["id"] for item in bob.get(f"/posts?{query}").json["items"]]

    assert listed("") == ids[::-1]
    assert listed("tag=odd") == [ids[3], ids[1]]
    assert listed("author=Ada&limit=2") == [ids[4], ids[3]]
    assert listed("author=bob") == []
    assert listed("has=likes") == listed("min_likes=1") == [ids[1]]
    assert listed("has=comments") == [ids[2]]
    assert listed("sort=top&limit=1") == [ids[1]]
    assert listed("sort=discussed&limit=1") == [ids[2]]
    assert bob.get("/posts?has=likes").json["items"][0]["liked"] is True
    assert ada.get("/posts?has=likes").json["items"][0]["liked"] is False
    seen, after = [], ""
    while after is not None:
        page = ada.get(f"/posts?limit=2{after and f'&after={after}'}").json
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert seen == ids[::-1]
    cursor = ada.get("/posts?limit=2").json["next"]
    for broken in (f"sort=top&after={cursor}", f"after={cursor}x", "after=1"):
        assert ada.get(f"/posts?{broken}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=",
        "sort=best",
        "has=dogs",
        "min_likes=-1",
        "min_likes=9999999999",
        "page=2",
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: str):
    answer = api.stranger().get(f"/posts?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == query.partition("=")[0]


def test_a_parameter_comes_once(api: Api):
    assert api.stranger().get("/posts?limit=1&limit=2").status_code == 400
    assert api.stranger().get("/posts?tag=%ff").status_code == 400


def test_words_are_searched_for_and_filtered(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    body, title, liked = (ada.new_post(**words) for words in (
        {"title": "One", "body": "About engines"}, {"title": "Engines", "body": "b"}, {"body": "Engines #liked"},
    ))  # fmt: skip
    bob.put(f"/posts/{liked}/like")
    comment = bob.new_comment(body, body="More engines")

    def found(path: str) -> list[str]:
        return [item["id"] for item in api.stranger().get(path).json["items"]]

    assert found("/posts?q=engines") == [title, liked, body]
    assert found("/posts?q=engines&has=likes") == found("/posts?q=engi&tag=liked") == [liked]
    assert found("/posts?q=engines&has=comments") == [body]
    assert found("/posts?q=engines&author=bob") == found("/posts?q=nowhere") == found("/posts?q=..") == []
    assert found("/comments?q=engines&author=bob") == [comment]
    first = api.stranger().get("/posts?q=engines&limit=2").json
    assert [item["id"] for item in first["items"]] == [title, liked]
    assert found(f"/posts?q=engines&limit=2&after={first['next']}") == [body]
    assert api.stranger().get("/comments").status_code == 422


def test_locking_closes_a_thread_for_authors(api: Api):
    ada, mod = api.program("ada"), api.program("mod", "moderator")
    id = ada.new_post()
    assert mod.post(f"/posts/{id}/lock", {"reason": "Enough."}).json == {"id": id, "version": 2}
    refused = ada.post(f"/posts/{id}/comments", {"body": "But"})
    assert (refused.status_code, refused.json["type"]) == (409, "/api/problems/locked")
    assert mod.post(f"/posts/{id}/comments", {"body": "Closed."}).status_code == 201
    as_author = api.token("mod", scopes=["read", "write"])
    assert as_author.post(f"/posts/{id}/comments", {"body": "Closed."}).status_code == 409
    assert mod.post(f"/posts/{id}/unlock").status_code == 200
    assert ada.post(f"/posts/{id}/comments", {"body": "But"}).status_code == 201


def test_erased_words_are_gone_from_the_history(api: Api):
    ada, root = api.program("ada"), api.program("root", "admin")
    id = ada.new_post()
    assert root.post(f"/posts/{id}/erase").status_code == 400
    assert root.post(f"/posts/{id}/erase", {"reason": "Asked for."}).status_code == 200
    first = root.get(f"/posts/{id}/history").json["items"][0]
    assert (first["erased"], first["title"], first["body"]) == (True, None, None)
    assert root.get(f"/posts/{id}").json["body"] == ""


def test_there_is_no_such_post(api: Api):
    ada = api.program("ada")
    for method, path, json in (
        ("GET", "", None), ("GET", "/comments", None), ("GET", "/history", None), ("DELETE", "", None),
        ("POST", "/restore", None), ("POST", "/comments", {"body": "b"}), ("PUT", "/like", None),
    ):  # fmt: skip
        assert ada.call(method, f"/posts/{NOBODY}{path}", json).status_code == 404
        assert ada.call(method, f"/posts/elsewhere{path}", json).status_code == 404
    assert ada.put(f"/posts/{NOBODY}", {"title": "t", "body": "b"}, If_Match='"1"').status_code == 404


def test_tags_in_use_are_listed(api: Api):
    ada = api.program("ada")
    for title in ("On #engines", "More on #engines", "On #looms"):
        ada.new_post(title=title)
    assert api.stranger().get("/tags").json == {"items": [{"tag": "engines", "posts": 2}], "next": None}


def test_a_history_has_pages(api: Api):
    ada = api.program("ada")
    id = ada.new_post()
    for version in range(1, 8):
        text = {"title": f"Title {version}", "body": "b"}
        assert ada.put(f"/posts/{id}", text, If_Match=f'"{version}"').status_code == 200
    seen, address = [], f"/posts/{id}/history?limit=3"
    while address:
        page = api.stranger().get(address).json
        assert len(page["items"]) <= 3
        seen += [item["version"] for item in page["items"]]
        address = page["next"] and f"/posts/{id}/history?limit=3&after={page['next']}"
    assert seen == list(range(1, 9))
    other = ada.new_post()
    cursor = api.stranger().get(f"/posts/{id}/history?limit=3").json["next"]
    assert api.stranger().get(f"/posts/{other}/history?after={cursor}").status_code == 400


@pytest.mark.parametrize("sort", ["new", "top", "discussed"])
def test_matches_have_an_order_of_their_own(api: Api, sort: str):
    refused = api.stranger().get(f"/posts?q=engine&sort={sort}")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "sort")
    assert api.stranger().get("/posts?q=engine").status_code == 200


@pytest.mark.parametrize("path", ["/posts", "/comments"])
def test_a_search_may_be_as_long_as_a_link(api: Api, path: str):
    link = "https://example.com/" + "x" * (MAX_URL_CHARS - 20)
    assert api.stranger().get(f"{path}?q={link}").status_code == 200
    refused = api.stranger().get(f"{path}?q={link}x")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "q")


@pytest.mark.parametrize("path", ["/posts?after=", "/posts?q=engine&after=", "/tags?limit=", "/posts?limit=30&after="])
def test_an_empty_cursor_is_none(api: Api, path: str):
    """A program that follows `next` when there is none would else begin again without end."""
    assert api.stranger().get(path).status_code == 422
