"""What happens, for programs that follow: in order, whole, resumable, and only what they may see."""

import threading
import time
from typing import Any

import pytest
from jsonschema_rs import validator_for

from tests.webapp.api.conftest import Api, Program
from webapp.api import authentication, events, stream_slots
from webapp.api.schema import openapi

TYPES = [f"org.verbatim.{name}" for name in ("AccountRegistered", "PostPublished", "CommentAdded")]


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
    assert [event["type"] for event in told_ada] == TYPES
    assert [event["position"] for event in told_ada] == sorted(event["position"] for event in told_ada)
    published = told_ada[1]
    expected = {"specversion": "1.0", "type": TYPES[1], "subject": f"post-{post}", "actor": "ada", "version": 1}
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
    (published,) = [event for event in events_after(bob) if event["type"] == "org.verbatim.PostPublished"]
    assert published["withheld"] == "title,body,url,source"
    assert published["data"].keys() == {"post", "author"}
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


def test_a_reason_stands_beside_the_data_and_is_null_once_it_is_erased(api: Api):
    ada, mod, root = api.program("ada"), api.program("mod", "moderator"), api.program("root", "admin")
    post = ada.new_post()
    mod.post(f"/posts/{post}/lock", {"reason": " Secret  reason "})
    locked = events_after(ada)[-1]
    assert (locked["reason"], locked["data"], locked["withheld"]) == ("Secret reason", {"post": post}, None)
    for reason in ("Secret reason too", "Asked for."):
        root.post(f"/posts/{post}/erase", {"reason": reason})
    told = [event for event in events_after(ada) if event["subject"] == f"post-{post}"]
    assert [event["reason"] for event in told] == [None, None, None, "Asked for."]
    assert all("reason" not in event["data"] for event in told)
    for call in ("/events", f"/posts/{post}", f"/posts/{post}/history", "/moderation/log"):
        answer = root.get(call)
        assert (answer.status_code, "Secret reason" in answer.get_data(as_text=True)) == (200, False), call


def test_waiting_ends_when_something_happens(api: Api):
    ada, bob = api.program("ada"), api.program("bob")
    head = api.world.head()[0]
    later = threading.Timer(0.3, lambda: bob.post("/posts", {"title": "t", "body": "b"}))
    later.start()
    began = time.monotonic()
    (event,) = events_after(ada, head, wait=20)
    assert event["type"] == "org.verbatim.PostPublished"
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


def test_a_ticket_in_the_address_opens_a_stream_without_a_token(api: Api, monkeypatch: pytest.MonkeyPatch):
    """As a browser's EventSource does, which can send no headers."""
    ada = api.program("ada")
    ada.new_post()
    monkeypatch.setattr(events, "LIFE_S", 0.0)
    made = ada.post("/events/tickets")
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.json["url"].endswith(made.json["ticket"])
    stranger = api.stranger()
    answer = stranger.get(made.json["url"])
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert answer.get_data(as_text=True).startswith("retry: 2000\nid: 0\n")
    answer.close()
    again = stranger.get(made.json["url"], Last_Event_ID="1")
    assert again.get_data(as_text=True).startswith("retry: 2000\nid: 1\n")
    again.close()
    assert stranger.get("/events/stream").status_code == 401
    assert stranger.get("/events/stream?ticket=x" + made.json["ticket"]).status_code == 401
    assert stranger.get(f"/events?ticket={made.json['ticket']}").status_code == 401
    monkeypatch.setattr(authentication, "TICKET_S", -1)
    assert stranger.get(made.json["url"]).status_code == 401
    monkeypatch.undo()
    ada.delete(f"/tokens/{ada.token.partition('.')[0]}")
    assert stranger.get(made.json["url"]).status_code == 401


def test_an_event_says_where_it_is_from_and_which_trace_brought_it(api: Api, build: Any):
    ada = Api(build(public_url="https://verbatim.example")).program("ada")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    ada.post("/posts", {"title": "t", "body": "b"}, Traceparent=trace)
    registered, published = events_after(ada)
    assert (published["traceparent"], registered["traceparent"]) == (trace, None)
    assert published["type"] == "org.verbatim.PostPublished"
    assert published["source"] == "https://verbatim.example/api/v1/events"
