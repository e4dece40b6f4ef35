"""Strangers' pages from memory are true at every moment."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from domain import comment, ids, like, post
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.generations.generations import POINTER_CACHE_S, Generations
from tests.webapp.conftest import World


def test_somebody_elses_post_empties_nothing_that_it_doesnt_concern(
    world: World, thread: str, requests: list[str]
) -> None:
    visitor, other = world.visitor(), world.person("bob")
    paths = (thread, "/@ann", "/?author=ann", "/@ann.atom", f"{thread}.atom")
    for path in (*paths, "/"):
        visitor.get(path)
    requests.clear()
    elsewhere = world.post("bob", "Second")
    world.like("bob", f"post-{elsewhere}")
    for path in paths:
        visitor.get(path)
    assert requests == []
    assert "Second" in visitor.get("/").text
    assert other.get("/").status_code == 200


ACTS: dict[str, Callable[[str, str], Any]] = {
    "a comment": lambda id, _: comment.AddComment(comment=ids.uuid7(), post=id, body="Another."),
    "a like": lambda id, _: like.Like(target=f"post-{id}"),
    "a like of a comment": lambda _, said: like.Like(target=f"comment-{said}"),
    "an edit": lambda id, _: post.EditPost(post=id, version=1, title="First", body="Changed."),
    "an edit of a comment": lambda _, said: comment.EditComment(comment=said, version=1, body="Changed."),
    "a removed comment": lambda _, said: comment.RemoveComment(comment=said),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_somebody_does_is_seen_by_strangers_at_once(world: World, act: str) -> None:
    world.person("ann")
    id = world.post("ann")
    said = world.comment("ann", id)
    visitor = world.visitor()
    before = visitor.get(f"/posts/{id}")
    world.given(ACTS[act](id, said), "ann")
    after = visitor.get(f"/posts/{id}", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


def test_what_was_removed_or_erased_is_gone_at_once(world: World, thread: str) -> None:
    visitor, id = world.visitor(), thread.rpartition("/")[2]
    where = (thread, "/", "/@ann", "/search?q=words", "/feed.atom", "/@ann.atom", "/tags/tagged.atom", f"{thread}.atom")
    for path in where:
        assert "words" in visitor.get(path).text
    world.given(post.RemovePost(post=id), "ann")
    assert visitor.get(thread).status_code == visitor.get(f"{thread}.atom").status_code == 410
    for path in where:
        assert "Some " not in visitor.get(path).text
    world.given(post.RestorePost(post=id), "ann")
    world.person("root", "admin")
    assert "Some " in visitor.get(thread).text
    world.given(post.ErasePost(post=id, reason="Asked for"), "root")
    for path in where:
        assert "Some " not in visitor.get(path).text


OTHER_PROCESS = """
import sys
from pathlib import Path
from domain import ids, post
from tests.webapp.conftest import World
world = World(Path(sys.argv[1]), {})
world.given(post.RemovePost(post=sys.argv[2]), "ann")
world.close()
"""


def test_what_another_process_removes_is_gone_at_once(world: World, thread: str) -> None:
    assert world.visitor().get(thread).status_code == 200
    id = thread.rpartition("/")[2]
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, world.folder, id], check=True, timeout=60)
    assert world.visitor().get(thread).status_code == 410
    assert "First" not in world.visitor().get("/").text


def test_another_generation_is_read_once_it_is_live(world: World, thread: str) -> None:
    """An empty one, so that nothing may be left of what was kept."""
    visitor = world.visitor()
    assert visitor.get(thread).status_code == visitor.get("/").status_code == 200
    elsewhere = Generations(f"sqlite:///{world.folder / 'read.db'}")
    fresh = elsewhere.lifecycle.create()
    elsewhere.lifecycle.announce(fresh.number)
    elsewhere.lifecycle.switch(fresh.number)
    assert visitor.get(thread).status_code == 404
    assert "First" not in visitor.get("/").text
    elsewhere.close()


def test_a_rebuild_that_shows_the_same_empties_nothing(world: World, thread: str, requests: list[str]) -> None:
    visitor = world.visitor()
    visitor.get(thread)
    rebuilder = Rebuilder(world.generations, world.store, CommitFolder(world.store, EventCodec()), StorePartitions())
    fresh, _ = rebuilder.fill(lambda _: None)
    world.generations.lifecycle.switch(fresh.number)
    assert visitor.get(thread).status_code == 200
    assert requests == [thread]


def test_a_row_that_is_put_right_is_seen(world: World, thread: str) -> None:
    """A repair changes rows and no version."""
    visitor = world.visitor()
    visitor.get(thread)
    with world.generations.live().write() as connection:
        connection.exec_driver_sql("UPDATE posts SET body = 'Put right.'")
    assert "Put right." in visitor.get(thread).text


def test_a_page_that_may_lack_older_things_is_not_kept(world: World, thread: str, requests: list[str]) -> None:
    with world.generations.control.begin() as connection:
        connection.exec_driver_sql("UPDATE generations SET models = NULL")
    time.sleep(POINTER_CACHE_S)
    for _ in range(2):
        assert "public" not in world.visitor().get(thread).headers["Cache-Control"]
    assert requests == [thread, thread]


def test_of_many_who_come_at_once_after_a_change_one_has_the_page_made(
    world: World, thread: str, requests: list[str]
) -> None:
    world.visitor().get(thread)
    world.comment("ann", thread.rpartition("/")[2], "Another.")
    requests.clear()
    answers: list[TestResponse] = []
    start = threading.Barrier(8)

    def come() -> None:
        start.wait()
        answers.append(world.app.test_client().get(thread))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert requests == [thread]
    assert all("Another." in answer.text for answer in answers)
