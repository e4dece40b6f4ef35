"""The version rule: whatever the log does, each commit takes effect once and in its stream's order."""

import sqlite3
from random import Random

import pytest

from domain import post
from domain.commit import Commit
from domain.errors import Damaged
from projector.comparison import checksums
from readmodel.engine import progress
from tests.projector.conftest import Backend


def _commits(backend: Backend) -> list[Commit]:
    return backend.store.read(0, 1000)


def _fold(backend: Backend, commits: list[Commit]) -> None:
    with backend.generations.live().write() as connection:
        backend.folder_of.fold(connection, commits)


def _checksums(backend: Backend) -> object:
    with backend.generations.live().snapshot() as connection:
        return checksums(connection)


def test_a_commit_that_comes_twice_takes_effect_once(busy: Backend) -> None:
    before = _checksums(busy)
    _fold(busy, _commits(busy))
    _fold(busy, _commits(busy)[3:5] * 2)
    assert _checksums(busy) == before


@pytest.mark.parametrize("seed", range(5))
def test_lost_duplicated_and_reordered_messages_give_the_same_rows(busy: Backend, seed: int) -> None:
    right = _checksums(busy)
    random = Random(seed)
    commits = _commits(busy)
    stormy = random.sample(commits, len(commits) // 2) + random.sample(commits, len(commits)) + commits
    fresh = busy.generations.lifecycle.create()
    busy.generations.lifecycle.switch(fresh.number)
    for commit in stormy:
        _fold(busy, [commit])
    assert _checksums(busy) == right


def test_a_gap_is_healed_from_the_store(backend: Backend) -> None:
    backend.register("ann")
    id = backend.publish()
    backend.send(post.EditPost(post=id, version=1, title="Second", body="b"))
    backend.send(post.EditPost(post=id, version=2, title="Third", body="b"))
    newest = _commits(backend)[-1]
    _fold(backend, [newest])
    with backend.generations.connect() as connection:
        assert progress.version(connection, f"post-{id}") == 3


def test_an_event_that_cannot_be_read_parks_its_own_stream_and_no_other(backend: Backend) -> None:
    backend.register("ann")
    broken, fine = backend.publish("Broken"), backend.publish("Fine")
    _break(backend, f"post-{broken}")
    backend.send(post.LockPost(post=fine), "verbatim")
    backend.project()
    (letter,) = backend.generations.parked()
    assert letter.stream == f"post-{broken}"
    assert "doesn't know" in letter.error
    with backend.generations.connect() as connection:
        assert progress.version(connection, f"post-{fine}") == 2


def test_a_document_that_is_no_commit_parks_its_own_stream_and_no_other(backend: Backend) -> None:
    backend.register("ann")
    broken, fine = backend.publish("Broken"), backend.publish("Fine")
    with sqlite3.connect(backend.folder / "events.db") as raw:
        raw.execute("UPDATE commits SET document = x'7b' WHERE stream = ?", (f"post-{broken}",))
    backend.project()
    (letter,) = backend.generations.parked()
    assert letter.stream == f"post-{broken}"
    assert "malformed" in letter.error
    with backend.generations.connect() as connection:
        assert progress.version(connection, f"post-{fine}") == 1


def test_a_parked_stream_is_taken_up_again_once_it_can_be_read(backend: Backend) -> None:
    backend.register("ann")
    id = backend.publish()
    mend = _break(backend, f"post-{id}")
    backend.project()
    mend()
    with backend.generations.live().write() as connection:
        backend.folder_of.replay(connection, f"post-{id}")
    assert backend.generations.parked() == []
    with backend.generations.connect() as connection:
        assert progress.version(connection, f"post-{id}") == 1


def test_a_gap_that_the_store_cannot_fill_parks_the_stream(backend: Backend) -> None:
    backend.register("ann")
    id = backend.publish()
    backend.send(post.LockPost(post=id), "verbatim")
    newest = _commits(backend)[-1]
    with sqlite3.connect(backend.folder / "events.db") as raw:
        raw.execute("DELETE FROM commits WHERE stream = ? AND first = 1", (f"post-{id}",))
    _fold(backend, [newest])
    (letter,) = backend.generations.parked()
    assert "has no version 1" in letter.error


def test_reading_an_unknown_event_names_the_commit(backend: Backend) -> None:
    backend.register("ann")
    id = backend.publish()
    _break(backend, f"post-{id}")
    (commit,) = backend.store.load(f"post-{id}")
    with pytest.raises(Damaged, match=commit.id):
        backend.folder_of.facts(commit)


def _break(backend: Backend, stream: str):  # type: ignore[no-untyped-def]
    """Gives the stream's first event a type from the future; the function it gives mends it."""
    path = backend.folder / "events.db"

    def change(old: str, new: str) -> None:
        with sqlite3.connect(path) as raw:
            ((document,),) = raw.execute("SELECT document FROM commits WHERE stream = ? AND first = 1", (stream,))
            changed = bytes(document).replace(old.encode(), new.encode())
            raw.execute("UPDATE commits SET document = ? WHERE stream = ? AND first = 1", (changed, stream))

    change("PostPublished", "PostPublishez")
    return lambda: change("PostPublishez", "PostPublished")
