"""What goes wrong on the way is said, and isn't fatal where it needn't be."""

import sqlite3
import threading
from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from domain.errors import Unavailable
from operational import takeout_pieces, takeouts
from operational.takeout_pieces import MissingPiece
from takeout import maker, stages
from takeout.delivery import Delivery
from tests.people import id_of
from tests.takeout.conftest import TakeoutSite


def state(site: TakeoutSite) -> takeouts.Takeout:
    return site.takeout("ann")


def begun(site: TakeoutSite) -> None:
    site.fill()
    site.project()
    site.request("ann")


def test_a_commit_that_cant_be_read_is_listed(site: TakeoutSite) -> None:
    site.register("ann")
    broken, sound = site.publish("Broken"), site.publish("Sound")
    site.project()
    with sqlite3.connect(site.folder / "events.db") as raw:
        raw.execute("UPDATE commits SET document = x'7b' WHERE stream = ?", (f"post-{broken}",))
    found = site.archive("ann")
    assert [one["stream"] for one in found.lines("unreadable.jsonl")] == [f"post-{broken}"]
    assert len(found.lines("posts.jsonl")) == 2
    streams = {commit["stream"] for commit in found.lines("commits.jsonl")}
    assert f"post-{sound}" in streams
    assert f"post-{broken}" not in streams
    assert "1 thing that can’t be read" in found.text("index.html")


def test_an_event_of_a_newer_version_is_listed(site: TakeoutSite) -> None:
    site.register("ann")
    id = site.publish("Newer")
    site.project()
    with sqlite3.connect(site.folder / "events.db") as raw:
        raw.execute(
            "UPDATE commits SET document ="
            " CAST(replace(CAST(document AS TEXT), 'PostPublished', 'PostPainted') AS BLOB) WHERE stream = ?",
            (f"post-{id}",),
        )
    found = site.archive("ann")
    assert [one["stream"] for one in found.lines("unreadable.jsonl")] == [f"post-{id}"]
    assert "Newer" not in found.text("commits.jsonl")


def test_without_room_it_fails_in_words_and_leaves_nothing(site: TakeoutSite, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(site)
    stored = takeout_pieces.add
    calls = iter(range(100))

    def add(*arguments: Any) -> Any:
        if next(calls) > 20:
            raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
        return stored(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(takeout_pieces, "add", add)
        site.maker().look(Event())
    found = state(site)
    assert (found.state, found.problem, found.done) == ("failed", "space", 0)
    assert takeout_pieces.files_of(site.generations.control, found.id) == {}
    assert not site.maker().look(Event()), "it isn't tried again by itself"
    assert len(site.archive("ann").lines("posts.jsonl")) == 2


def test_a_store_that_is_away_is_waited_for(site: TakeoutSite, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(site)
    with monkeypatch.context() as patched:
        patched.setattr(maker, "RETRY_AFTER", maker.timedelta(0))
        patched.setattr(stages, "step", _raises(Unavailable("The store is away.")))
        for _ in range(3 * maker.MAX_FAILURES):
            assert site.maker().look(Event())
    assert state(site).state == "waiting"
    assert len(site.archive("ann").lines("posts.jsonl")) == 2


def test_what_fails_again_and_again_has_failed(site: TakeoutSite, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(site)
    with monkeypatch.context() as patched:
        patched.setattr(maker, "RETRY_AFTER", maker.timedelta(0))
        patched.setattr(stages, "step", _raises(RuntimeError("odd")))
        while site.maker().look(Event()):
            pass
    assert (state(site).state, state(site).problem) == ("failed", "error")
    assert len(site.archive("ann").lines("posts.jsonl")) == 2


def test_eight_requests_at_once_are_one(site: TakeoutSite) -> None:
    site.register("ann")
    found: list[str] = []
    start = threading.Barrier(8)

    def request() -> None:
        start.wait()
        found.append(site.request("ann").id)

    threads = [threading.Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_two_makers_make_two_takeouts_and_neither_twice(site: TakeoutSite) -> None:
    begun(site)
    site.request("bob")
    makers = [threading.Thread(target=site.maker().look, args=(Event(),)) for _ in range(2)]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    assert len(site.fetched("ann").lines("posts.jsonl")) == 2
    assert len(site.fetched("bob").lines("posts.jsonl")) == 1


def test_stopped_in_between_it_goes_on_at_once(site: TakeoutSite) -> None:
    begun(site)
    stop = Event()
    stop.set()
    site.maker().look(stop)
    assert state(site).state == "waiting"
    assert len(site.archive("ann").lines("posts.jsonl")) == 2


def test_one_that_is_deleted_while_it_is_sent_breaks_off(site: TakeoutSite) -> None:
    begun(site)
    site.archive("ann")
    chunks = Delivery(site.generations.control, state(site), "ann").chunks()
    next(chunks)
    takeouts.begin_anew(site.generations.control, [id_of("ann")])
    with pytest.raises(MissingPiece):
        list(chunks)


def _raises(error: Exception) -> Any:
    def work(*_: Any) -> Any:
        raise error

    return work
