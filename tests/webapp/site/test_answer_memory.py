"""What many look at is read once: while nothing is committed, answers that are everybody's come from memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from domain import comment, ids, like, post
from readmodel.engine.queries import AccountByHandle, LikeableQuery, PopularTags, PostById, Query, ThreadOf
from tests.webapp.conftest import World
from webapp.site import answer_memory, database
from webapp.site.answer_memory import AnswerMemory


@contextmanager
def statements() -> Iterator[list[str]]:
    """What this thread asks of any database."""
    found: list[str] = []
    here = threading.get_ident()

    def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if threading.get_ident() == here:
            found.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def thread(world: World) -> str:
    for handle in ("ann", "ben"):
        world.person(handle)
    id = ids.uuid7()
    world.given(post.NewPost(post=id, title="T", body="hello #x"), "ann")
    world.given(comment.AddComment(comment=ids.uuid7(), post=id, body="well"), "ann")
    return id


def ask(world: World, query: Query) -> Any:
    """As a request of its own."""
    with world.app.app_context():
        return database.ask(query)


@pytest.mark.parametrize("query", [PostById, ThreadOf])
def test_the_next_reader_is_asked_for_nothing_but_their_own_likes(world: World, thread: str, query: Any) -> None:
    ask(world, query(post=thread, viewer="ann"))
    with statements() as found:
        ask(world, query(post=thread, viewer="ben"))
    rows = [sql for sql in found if "FROM posts" in sql or "FROM comments" in sql]
    assert rows == []
    assert sum("FROM likes" in sql for sql in found) == 1


def test_likes_are_the_viewer_s_own_and_stay_out_of_what_others_get(world: World, thread: str) -> None:
    world.given(like.Like(target=post.stream(thread)), "ann")
    for _ in range(2):
        assert ask(world, PostById(post=thread, viewer="ann")).liked
        assert not ask(world, PostById(post=thread, viewer="ben")).liked
        assert not ask(world, PostById(post=thread)).liked


def test_whatever_is_committed_is_seen_by_the_next_request(world: World, thread: str) -> None:
    for version in range(1, 4):
        assert ask(world, PostById(post=thread)).title == ("T" if version == 1 else f"T{version}")
        world.given(post.EditPost(post=thread, version=version, title=f"T{version + 1}", body="b", url=""), "ann")


def test_whatever_is_committed_is_seen_by_the_same_request_after_a_refresh(world: World, thread: str) -> None:
    with world.app.app_context():
        assert database.ask(PostById(post=thread)).title == "T"
        world.given(post.EditPost(post=thread, version=1, title="Later", body="b", url=""), "ann")
        database.refresh()
        assert database.ask(PostById(post=thread)).title == "Later"


def test_rows_that_are_written_past_the_log_are_seen(world: World, thread: str) -> None:
    assert ask(world, PostById(post=thread)).title == "T"
    with world.generations.live().write() as connection:
        connection.exec_driver_sql("UPDATE posts SET title = 'Repaired'")
    assert ask(world, PostById(post=thread)).title == "Repaired"


def test_another_generation_has_answers_of_its_own(world: World, thread: str) -> None:
    assert ask(world, PostById(post=thread)).title == "T"
    with world.app.app_context():
        world.generations.lifecycle.switch(world.generations.lifecycle.create().number)
        database.refresh()
        assert database.ask(PostById(post=thread)) is None


def test_nobody_s_own_lists_are_remembered() -> None:
    assert set(database.REMEMBERED) == {AccountByHandle, LikeableQuery, PopularTags}


def test_an_answer_is_made_once_for_a_key() -> None:
    memory, made = AnswerMemory(), iter(range(9))
    assert [memory.remember(key, lambda: next(made)) for key in "aabba"] == [0, 0, 1, 1, 0]


def test_what_is_remembered_has_an_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_memory, "MAX_AGE_S", 0.0)
    memory, made = AnswerMemory(), iter(range(9))
    assert [memory.remember("a", lambda: next(made)) for _ in range(3)] == [0, 1, 2]


def test_its_size_has_an_end_and_what_is_too_large_is_answered_all_the_same() -> None:
    memory = AnswerMemory(max_bytes=10_000)
    assert memory.remember("large", lambda: "x" * 20_000) == "x" * 20_000
    assert memory.remember("large", lambda: "y") == "y", "it wasn't kept"
    for number in range(100):
        memory.remember(number, lambda: "x" * 1_000)
    assert memory.size_bytes <= 10_000
