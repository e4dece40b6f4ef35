"""Streams of live pages: what they say, how many there may be, when they end."""

import socket
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

from domain import like, post
from tests.processor_time import least_seconds
from tests.webapp.live.reading import shown, stream, until_changed
from webapp.live import routes
from webapp.live.watcher import FEED


def test_a_comment_a_like_and_an_edit_are_told_within_a_second(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    with stream(world, f"/live/posts/{id}?since={shown(world, id)}") as response:
        assert response.mimetype == "text/event-stream"
        told = set()
        texts = (post.EditPost(post=id, version=n, title="A title", body=f"Other {n}.") for n in range(1, 10))
        likes = cycle((like.Like(target=f"post-{id}"), like.Unlike(target=f"post-{id}")))

        def is_told(act: Callable[[], object]) -> None:
            act()
            told.add(until_changed(response))

        for act in (
            lambda: world.comment("ada", id),
            lambda: world.given(next(likes), "ada"),
            lambda: world.given(next(texts), "ada"),
        ):
            time.sleep(0.15)
            assert least_seconds(partial(is_told, act), 1, times=3) < 1
        assert len(told) >= 3
        assert all('"what":"thread"' in text and "Other" not in text for text in told)


def test_a_like_of_a_comment_is_told(world: Any) -> None:
    world.person("ada")
    said = world.comment("ada", id := world.post("ada"))
    with stream(world, f"/live/posts/{id}?since={shown(world, id)}") as response:
        time.sleep(0.2)
        world.given(like.Like(target=f"comment-{said}"), "ada")
        assert "changed" in until_changed(response)


@pytest.mark.parametrize("path", ["/live/feed", "/live/posts/{here}"])
def test_whoever_is_logged_in_is_told_of_a_notification_from_elsewhere(world: Any, path: str) -> None:
    ann = world.person("ann")
    world.person("bob")
    here, elsewhere = world.post("bob"), world.post("ann")
    topic = FEED if "feed" in path else here
    address = f"{path.format(here=here)}?since={shown(world, topic)}"
    with ann.client.get(address, buffered=False) as response, stream(world, address) as of_a_stranger:
        time.sleep(0.3)
        world.comment("bob", elsewhere)
        parts = (part.decode() if isinstance(part, bytes) else part for part in response.response)
        events = [part for part in islice(parts, 2) if "event:" in part]
        assert events == ["event: notified\ndata: {}\n\n"]
        world.comment("bob", here)
        world.post("bob")
        assert "notified" not in until_changed(of_a_stranger)


def test_what_happened_elsewhere_is_not_told(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_INTERVAL_S", 0.3)
    world.person("ada")
    id, other = world.post("ada"), world.post("ada")
    with stream(world, f"/live/posts/{id}?since={shown(world, id)}") as response:
        parts = iter(response.response)
        next(parts)
        time.sleep(0.15)
        world.comment("ada", other)
        assert next(parts) in (b": still here\n\n", ": still here\n\n")


def test_whoever_comes_again_is_told_what_they_missed(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    before = shown(world, id)
    world.comment("ada", id)
    with stream(world, f"/live/posts/{id}?since=0", **{"Last-Event-ID": before}) as response:
        assert f"id: {shown(world, id)}" in until_changed(response)


def test_a_stream_beats_and_ends(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_INTERVAL_S", 0.05)
    monkeypatch.setattr(routes, "MAX_STREAM_S", 0.2)
    with stream(world, f"/live/feed?since={shown(world)}") as response:
        parts = list(response.response)
    assert 3 <= len(parts) <= 7


def test_a_stream_ends_soon_after_its_client_has_hung_up(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes from page to page would fill all streams otherwise: heartbeats show it after half a minute."""
    monkeypatch.setattr(routes, "HANGUP_CHECK_INTERVAL_S", 0.05)
    ours, theirs = socket.socketpair()
    ours.settimeout(30)  # as gunicorn's have
    path, watcher = f"/live/feed?since={shown(world)}", world.app.extensions["watcher"]
    with ours, world.app.test_client().get(path, environ_overrides={"gunicorn.socket": ours}) as response:
        parts = iter(response.response)
        next(parts)
        assert len(watcher) == 1
        theirs.close()
        began = time.monotonic()
        assert list(parts) == []
        assert time.monotonic() - began < routes.HEARTBEAT_INTERVAL_S / 3
    assert len(watcher) == 0


def test_an_open_line_is_no_waiting_and_a_broken_one_is_gone() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    began = time.monotonic()
    assert not routes.has_hung_up(None)
    assert not routes.has_hung_up(ours)
    theirs.send(b"GET")
    assert not routes.has_hung_up(ours)
    assert time.monotonic() - began < 5
    assert ours.recv(3) == b"GET", "what came is still there"
    theirs.close()
    assert routes.has_hung_up(ours)
    ours.close()


def test_a_stopping_server_ends_its_streams(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stopping: list[bool] = []
    monkeypatch.setattr(world.process, "stopping", lambda: bool(stopping))
    with stream(world, f"/live/feed?since={shown(world)}") as response:
        parts = iter(response.response)
        next(parts)
        stopping.append(True)
        began = time.monotonic()
        assert list(parts) == []
        assert time.monotonic() - began < 5


def test_there_are_only_so_many_streams(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.process, "threads", 4)
    opened = [stream(world, "/live/feed") for _ in range(2)]
    assert [one.status_code for one in opened] == [200, 200]
    assert stream(world, "/live/feed").status_code == 204
    again = stream(world, "/live/feed", **{"Last-Event-ID": "1"})
    assert (again.status_code, again.headers["Retry-After"]) == (503, "60")
    opened[0].close()
    opened.append(stream(world, "/live/feed"))
    assert opened[-1].status_code == 200
    for one in opened:
        one.close()


def test_a_stream_holds_no_connection_to_the_read_model(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    pool = world.generations.live().engine.pool
    world.generations.change_token()
    of_the_process = pool.checkedout()
    with stream(world, f"/live/posts/{id}?since={shown(world, id)}") as response:
        next(iter(response.response))
        # The thread that watches for all streams takes one for a moment, again and again.
        seen = [pool.checkedout() for _ in range(200) if not time.sleep(0.005)]
        assert seen.count(of_the_process) > len(seen) / 2


@pytest.mark.parametrize("since", ["x", "-1", "9" * 30, "\u0661" * 16, "1;2"])
def test_a_mark_that_cant_be_ours_counts_as_none(world: Any, since: str) -> None:
    world.person("ada")
    id = world.post("ada")
    with stream(world, f"/live/posts/{id}?since={since}") as response:
        assert "changed" in until_changed(response)


def test_a_removed_thread_has_no_stream_for_others(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    world.given(post.RemovePost(post=id), "ada")
    assert stream(world, f"/live/posts/{id}").status_code == 410
    assert stream(world, f"/live/posts/{'0' * 36}").status_code == 404
