"""What happens, for programs that follow: in order, whole, resumable, and only what they may see."""

import threading
import time
from typing import Any

import pytest
from jsonschema_rs import validator_for

from tests.webapp.api.conftest import Api, Program
from webapp.api import events, stream_slots
from webapp.api.schema import openapi


def events_after(program: Program, after: int = 0, **more: Any) -> list[dict]:
    query = "&".join([f"after={after}", *(f"{name}={value}" for name, value in more.items())])
    return program.get(f"/events?{query}").json["items"]


def streamed(program: Program, **headers: str) -> str:
    """A stream to its end, closed as a server closes it."""
    answer = program.get("/events", Accept="text/event-stream", **headers)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/event-stream", "no-store")
    said = answer.get_data(as_text=True)
    answer.close()
    return said


def test_everything_is_told_in_order_and_nothing_secret(api: Api):
    ada = api.program("ada")
    post = ada.new_post()
    comment = ada.new_comment(post)
    told_ada = events_after(ada)
    assert [event["type"] for event in told_ada] == ["AccountRegistered", "PostPublished", "CommentAdded"]
    assert [event["position"] for event in told_ada] == sorted(event["position"] for event in told_ada)
    published = told_ada[1]
    expected = {"specversion": "1.0", "type": "PostPublished", "subject": f"post-{post}", "actor": "ada", "version": 1}
    assert published.items() >= expected.items()
    assert published["data"]["title"] == "A title"
    assert told_ada[2]["data"]["comment"] == comment
    everything = ada.get("/events").get_data(as_text=True)
    assert "password_hash" not in everything
    assert "digest" not in everything
    schema = openapi.document()["components"]
    check = validator_for({"$ref": "#/components/schemas/Events", "components": schema})
    assert check.is_valid(ada.get("/events").json)


def test_a_page_ends_where_the_next_begins(api: Api):
    ada = api.program("ada")
    for _ in range(3):
        ada.new_post()
    seen, after = [], 0
    while True:
        page = ada.get(f"/events?after={after}&limit=2").json
        if page["next"] == after:
            break
        seen += [event["id"] for event in page["items"]]
        after = page["next"]
    assert seen == [event["id"] for event in events_after(ada)]
    assert ada.get(f"/events?after={after}").json == {"items": [], "next": after}
    assert api.stranger().get("/events").status_code == 401


def test_words_of_what_is_removed_are_withheld_from_others(api: Api):
    ada, bob, mod = api.program("ada"), api.program("bob"), api.program("mod", "moderator")
    post = ada.new_post(title="Secret plans")
    comment = bob.new_comment(post, body="Secret words")
    assert "Secret plans" in bob.get("/events").get_data(as_text=True)
    bob.delete(f"/comments/{comment}")
    assert "Secret words" not in ada.get("/events").get_data(as_text=True)
    assert "Secret words" in bob.get("/events").get_data(as_text=True)
    ada.delete(f"/posts/{post}")
    (published,) = [event for event in events_after(bob) if event["type"] == "PostPublished"]
    assert published["withheld"] == "title,body,url"
    assert published["data"].keys() == {"post", "author", "source"}
    assert "Secret plans" in ada.get("/events").get_data(as_text=True)
    assert "Secret plans" in mod.get("/events").get_data(as_text=True)
    reader = api.token("mod", scopes=["read"])
    assert "Secret" not in reader.get("/events").get_data(as_text=True)


def test_who_likes_what_is_for_them_alone(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    post = ada.new_post()
    bob.put(f"/posts/{post}/like")
    mine, theirs = events_after(bob)[-1], events_after(ada)[-1]
    assert (mine["actor"], mine["subject"]) == ("bob", f"like-post-{post}-bob")
    assert (theirs["actor"], theirs["subject"], theirs["withheld"]) == (None, f"post-{post}", "handle")
    assert theirs["data"] == {"target": f"post-{post}", "thread": post}


def test_what_is_erased_is_gone(api: Api):
    ada, root = api.program("ada"), api.program("root", "admin")
    post = ada.new_post(title="Secret plans")
    root.post(f"/posts/{post}/erase", {"reason": "r"})
    assert "Secret plans" not in ada.get("/events").get_data(as_text=True)


def test_waiting_ends_when_something_happens(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    head = api.world.head()[0]
    later = threading.Timer(0.3, lambda: bob.post("/posts", {"title": "t", "body": "b"}))
    later.start()
    began = time.monotonic()
    (event,) = events_after(ada, head, wait=20)
    assert event["type"] == "PostPublished"
    assert 0.2 < time.monotonic() - began < 10
    later.join()
    assert ada.get(f"/events?after={head + 1}&wait=31").status_code == 422


def test_a_stream_tells_resumes_and_ends(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "LIFE_S", 0.6)
    monkeypatch.setattr(events, "BEAT_S", 0.2)
    ada = api.program("ada")
    ada.new_post()
    said = streamed(ada)
    head = api.world.head()[0]
    assert said.count("data: ") == 2
    assert f"\nid: {head}\n\n" in said
    assert ": still here\n\n" in said
    again = streamed(ada, Last_Event_ID=str(head - 1))
    assert again.count("data: ") == 1
    assert "PostPublished" in again
    assert ada.get("/events", Accept="text/event-stream", Last_Event_ID="x").status_code == 400


def test_a_stream_ends_with_its_token_and_with_the_process(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "BEAT_S", 0.1)
    ada, other = api.program("ada"), api.token("ada")
    id = (ada.token or "").partition(".")[0]
    threading.Timer(0.2, lambda: other.delete(f"/tokens/{id}")).start()
    began = time.monotonic()
    streamed(ada)
    monkeypatch.setattr(api.world.process, "stopping", lambda: True)
    streamed(other)
    other.get("/events?wait=30&after=99999").get_data()
    assert time.monotonic() - began < 10


def test_those_who_wait_leave_threads_to_others(api: Api, monkeypatch: pytest.MonkeyPatch):
    ada = api.program("ada")
    places = api.world.api.extensions["api_places"]
    monkeypatch.setattr(api.world.process, "threads", stream_slots.SHARE)
    monkeypatch.setattr(events, "LIFE_S", 0.1)
    with places.taken(needed=True):
        for call in ({"Accept": "text/event-stream"}, {}):
            refused = ada.get("/events?wait=1", **call)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert ada.get("/events").status_code == 200
    for _ in range(2):
        streamed(ada)
