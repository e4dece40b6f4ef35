"""Comments and likes through the API."""

import pytest

from tests.webapp.api.conftest import Api


def test_a_thread_is_read_flat_and_in_order(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    post = ada.new_post()
    made = bob.post(f"/posts/{post}/comments", {"body": "First"})
    first = made.json["id"]
    assert (made.status_code, made.json["version"]) == (201, 1)
    assert made.headers["Location"] == f"/api/v1/comments/{first}"
    second = ada.new_comment(post, body="Second")
    answer = ada.new_comment(post, body="Answer", parent=first)
    read = bob.get(f"/posts/{post}/comments").json
    assert ([item["id"] for item in read["items"]], read["next"]) == ([first, second, answer], None)
    thread = bob.get(f"/posts/{post}/comments?order=thread").json["items"]
    assert [item["id"] for item in thread] == [first, answer, second]
    expected = {"post": post, "parent": first, "author": "ada", "body": "Answer", "likes": 0, "liked": False}
    assert thread[1].items() >= (expected | {"version": 1, "removed": False, "edited_at": None}).items()
    page = bob.get(f"/posts/{post}/comments?limit=2").json
    assert [item["id"] for item in page["items"]] == [first, second]
    rest = bob.get(f"/posts/{post}/comments?limit=2&after={page['next']}").json
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([answer], None)
    assert ada.get(f"/posts/{post}").json["comments"] == 3


def test_a_removed_comment_is_a_tombstone(api: Api):
    ada, bob, mod = api.program("ada"), api.program("bob"), api.program("mod", "moderator")
    post = ada.new_post()
    id = bob.new_comment(post, body="Rude words")
    assert mod.delete(f"/comments/{id}").status_code == 422
    assert mod.delete(f"/comments/{id}", {"reason": "Rude."}).json == {"id": id, "version": 2}
    for program in (api.stranger(), ada, bob, mod):
        (item,) = program.get(f"/posts/{post}/comments").json["items"]
        assert (item["removed"], item["body"], item["removed_reason"]) == (True, "", "Rude.")
    assert api.stranger().get(f"/comments/{id}").json["body"] == ""
    assert bob.get(f"/comments/{id}").json["body"] == mod.get(f"/comments/{id}").json["body"] == "Rude words"
    assert ada.get(f"/comments/{id}/history").status_code == 410
    assert bob.get(f"/comments/{id}/history").status_code == 200
    assert bob.post(f"/comments/{id}/restore").status_code == 403
    assert mod.post(f"/comments/{id}/restore").status_code == 200
    assert api.stranger().get(f"/comments/{id}").json["body"] == "Rude words"


def test_a_comment_is_edited_under_its_version(api: Api):
    ada = api.program("ada")
    id = ada.new_comment(ada.new_post())
    assert ada.get(f"/comments/{id}").headers["ETag"] == '"1"'
    assert ada.put(f"/comments/{id}", {"body": "New"}).status_code == 428
    assert ada.put(f"/comments/{id}", {"body": "New"}, If_Match='"1"').json == {"id": id, "version": 2}
    stale = ada.put(f"/comments/{id}", {"body": "Mine"}, If_Match='"1"')
    assert (stale.status_code, stale.json["current"], stale.json["yours"]) == (412, {"body": "New"}, {"body": "Mine"})
    assert ada.get(f"/comments/{id}", If_None_Match='"2"').status_code == 304


def test_an_answer_is_in_the_same_thread(api: Api):
    ada = api.program("ada")
    post, other = ada.new_post(), ada.new_post()
    id = ada.new_comment(other)
    assert ada.post(f"/posts/{post}/comments", {"body": "b", "parent": id}).status_code == 404
    assert ada.post(f"/posts/{post}/comments", {"body": "b", "parent": "x"}).status_code == 404
    assert ada.post(f"/posts/{post}/comments", {"body": "b", "parent": None}).status_code == 201
    ada.delete(f"/comments/{id}")
    assert ada.post(f"/posts/{other}/comments", {"body": "b", "parent": id}).status_code == 409


@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_a_like_is_put_and_taken_back_and_twice_is_once(api: Api, kind: str):
    ada, bob = api.program("ada"), api.program("bob")
    post = ada.new_post()
    id = post if kind == "posts" else ada.new_comment(post)
    for _ in range(2):
        liked = bob.put(f"/{kind}/{id}/like")
        assert (liked.status_code, liked.json) == (200, {"id": id, "version": 1, "liked": True})
    assert bob.get(f"/{kind}/{id}").json.items() >= {"likes": 1, "liked": True}.items()
    assert ada.get(f"/{kind}/{id}").json.items() >= {"likes": 1, "liked": False}.items()
    for _ in range(2):
        assert bob.delete(f"/{kind}/{id}/like").json == {"id": id, "version": 2, "liked": False}
    assert bob.get(f"/{kind}/{id}").json.items() >= {"likes": 0, "liked": False}.items()


def test_moderators_see_what_was_done_and_what_is_removed(api: Api):
    ada, mod = api.program("ada"), api.program("mod", "moderator")
    post, other = ada.new_post(), ada.new_post(title="Other")
    id = ada.new_comment(post)
    mod.delete(f"/comments/{id}", {"reason": "Off topic."})
    mod.delete(f"/posts/{other}", {"reason": "Spam."})
    log = mod.get("/moderation/log").json["items"]
    assert [(step["type"], step["reason"]) for step in log[:2]] == [
        ("PostRemoved", "Spam."), ("CommentRemoved", "Off topic.")
    ]  # fmt: skip
    assert [item["id"] for item in mod.get("/moderation/posts").json["items"]] == [other]
    assert mod.get("/moderation/comments").json["items"][0]["body"] == "Well said."
    for name in ("log", "posts", "comments"):
        assert ada.get(f"/moderation/{name}").status_code == 403
        assert api.stranger().get(f"/moderation/{name}").status_code == 401
