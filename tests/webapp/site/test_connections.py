"""How often pages take a connection out of a pool: once a request for each database, not once a question."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Pool, create_engine, event

from domain import comment, ids, post
from domain.messages import Receipt
from operational import visits
from operational.sessions import SqlSessions
from readmodel.engine import schema
from readmodel.engine.connections import looking
from readmodel.engine.queries import PostById
from readmodel.generations.generations import POINTER_CACHE_S, Generations
from tests.readmodel.engine.control_tables import CONTROL_METADATA
from tests.readmodel.engine.fake_odbc import Server
from tests.webapp.conftest import World
from webapp.site import database

FILES = 2
"""SQLite has one for the live generation and one for the tables beside it; on SQL Server both are one database."""


@contextmanager
def checkouts() -> Iterator[list[int]]:
    """A list with one number: connections that this thread took out of any pool."""
    found, here = [0], threading.get_ident()

    def count(*_: Any) -> None:
        found[0] += threading.get_ident() == here

    event.listen(Pool, "checkout", count)
    yield found
    event.remove(Pool, "checkout", count)


@pytest.fixture
def thread(world: World) -> str:
    world.person("ann")
    id = ids.uuid7()
    world.given(post.NewPost(post=id, title="T", body="hello #x"), "ann")
    world.given(comment.AddComment(comment=ids.uuid7(), post=id, body="well"), "ann")
    world.generations.change_token()  # by a connection that the process holds
    return id


@pytest.mark.parametrize("path", ["/", "/posts/{post}", "/@ann", "/search?q=hello", "/posts/{post}/history"])
@pytest.mark.parametrize("known", [False, True])
def test_a_page_takes_one_connection_for_each_database(world: World, thread: str, path: str, known: bool) -> None:
    who = world.logged_in("ann") if known else world.visitor()
    who.see(path.format(post=thread))
    time.sleep(POINTER_CACHE_S)

    with checkouts() as found:
        who.see(path.format(post=thread))

    writes = 1 if known and path == "/posts/{post}" else 0
    assert found[0] <= FILES + writes, "a visit of a thread is written in a transaction of its own"


@pytest.mark.parametrize(
    "path",
    [
        "/notifications",
        "/drafts",
        "/settings",
        "/posts/new",
        "/settings/tokens",
        "/settings/webhooks",
        "/settings/export",
    ],
)
def test_a_page_of_ones_own_takes_one_connection_for_each_database(world: World, thread: str, path: str) -> None:
    ann = world.logged_in("ann")
    time.sleep(POINTER_CACHE_S)
    with checkouts() as found:
        ann.get(path)
    assert 0 < found[0] <= FILES


def test_a_wait_takes_one_connection_for_each_database_however_long_it_is(world: World, thread: str) -> None:
    with checkouts() as found:
        assert not world.generations.wait(Receipt(stream=f"post-{thread}", version=9), 0.2)
    assert found[0] <= FILES


def test_a_wait_sees_a_generation_that_goes_live_meanwhile(world: World, thread: str) -> None:
    with world.app.app_context():
        fresh = world.generations.lifecycle.create()
        receipt = Receipt(stream=f"like-post-{thread}-ann", version=1)
        with fresh.write() as connection:
            connection.exec_driver_sql("INSERT INTO streams VALUES (?, 1)", (receipt.stream,))
        switch = threading.Timer(0.1, lambda: world.generations.lifecycle.switch(fresh.number))
        switch.start()
        assert world.generations.wait(receipt, 5)
        switch.join()


def test_a_command_and_its_answer_share_the_request_s_connections(world: World, thread: str) -> None:
    ann = world.logged_in("ann")
    path = f"/posts/{thread}/comments"
    fields = ann.fields(f"/posts/{thread}", path) | {"body": "hi"}
    world.bus.lags = True
    time.sleep(POINTER_CACHE_S)
    with checkouts() as found:
        ann.post(path, fields)
    drafts = 1
    assert found[0] <= FILES + drafts, "the draft of what is sent is taken away in a transaction of its own"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("g1", "g2")
    made = create_engine("sqlite://", creator=lambda: server.kept)
    with made.begin() as connection:
        for name in ("g1", "g2"):
            schema.metadata.create_all(connection.execution_options(schema_translate_map={None: name}))
        CONTROL_METADATA.create_all(connection.execution_options(schema_translate_map={None: "main"}))
    yield server
    server.kept.close()


def test_on_sql_server_a_request_takes_one_connection_and_a_wait_another(server: Server) -> None:
    generations = Generations(
        "mssql+pyodbc://sa:x@127.0.0.1/site?driver=none", {"module": server.module, "pool_pre_ping": False}
    )
    server.kept.execute("INSERT INTO live_generation VALUES (1, 1, NULL)")
    server.kept.execute("INSERT INTO g1.streams VALUES ('post-1', 3)")
    sessions = SqlSessions(generations.control)
    token = sessions.open("ann")
    receipt = Receipt(stream="post-1", version=3)

    with checkouts() as found:
        connections = generations.connections()
        assert sessions.find(token, connections.control) == "ann"
        for _ in range(3):
            assert connections.live().exec_driver_sql("SELECT version FROM g1.streams").scalar_one() == 3
            assert visits.read_until(connections.control, "ann") is None
            time.sleep(POINTER_CACHE_S)
            connections.refresh()
        assert generations.wait(receipt, 0, connections)
        connections.close()
    assert found[0] == 1

    with checkouts() as found:
        assert not generations.wait(Receipt(stream="post-1", version=4), 0.2)
    assert found[0] == 1

    server.kept.execute("UPDATE live_generation SET number = 2")
    time.sleep(POINTER_CACHE_S)
    assert not generations.wait(receipt, 0)
    visits.mark_read(connections.control, "ann", "2026-01-01T00:00:00.000000Z")
    assert visits.read_until(generations.control, "ann") == "2026-01-01T00:00:00.000000Z"
    assert any("FROM [sessions]" in sql or "FROM sessions" in sql for sql in server.statements), "in no generation"


def test_on_sql_server_flask_sqlalchemy_s_session_takes_one_connection_for_both(world: World, server: Server) -> None:
    generations = Generations(
        "mssql+pyodbc://sa:x@127.0.0.1/site?driver=none", {"module": server.module, "pool_pre_ping": False}
    )
    server.kept.execute("INSERT INTO live_generation VALUES (1, 1, NULL)")
    world.process.site = replace(world.site, live=generations)
    with checkouts() as found, world.app.app_context():
        assert visits.read_until(database.control(), "ann") is None
        assert database.live().exec_driver_sql("SELECT count(*) FROM g1.posts").scalar_one() == 0
        assert visits.read_until(database.control(), "ann") is None
        assert database.live() is database.live()
    assert found[0] == 1


def test_a_request_stays_with_the_generation_that_it_began_with(world: World, thread: str) -> None:
    with world.app.app_context():
        assert database.ask(PostById(post=thread)).title == "T"
        world.generations.lifecycle.switch(world.generations.lifecycle.create().number)
        assert database.ask(PostById(post=thread)).title == "T"
        database.refresh()
        assert database.ask(PostById(post=thread)) is None


def test_its_connections_go_back_when_it_ends(world: World, thread: str) -> None:
    pool = world.generations.live().engine.pool
    of_the_process = pool.checkedout()
    with world.app.app_context():
        database.ask(PostById(post=thread))
        assert pool.checkedout() == of_the_process + 1
        assert visits.read_until(database.control(), "ann") is None
        assert database.db.engines[database.CONTROL].pool.checkedout() == 1
    assert pool.checkedout() == of_the_process
    assert world.generations.control.pool.checkedout() == 0


def test_a_request_goes_on_after_a_connection_broke(world: World, thread: str) -> None:
    with world.app.app_context():
        database.live().invalidate()
        assert database.ask(PostById(post=thread)).title == "T"
        with looking(database.control()) as connection:
            connection.invalidate()
        assert visits.read_until(database.control(), "ann") is None
        assert database.ask(PostById(post=thread)).title == "T"


def test_a_connection_that_broke_is_replaced(world: World, thread: str) -> None:
    connections = world.generations.connections()
    connections.live().invalidate()
    assert connections.live().exec_driver_sql("SELECT count(*) FROM posts").scalar_one() == 1
    visits.read_until(connections.control, "ann")
    with looking(connections.control) as connection:
        connection.invalidate()
    assert visits.read_until(connections.control, "ann") is None
    connections.close()


def test_on_sql_server_the_change_token_moves_with_every_partition_and_generation(server: Server) -> None:
    generations = Generations(
        "mssql+pyodbc://sa:x@127.0.0.1/site?driver=none", {"module": server.module, "pool_pre_ping": False}
    )
    server.kept.execute("INSERT INTO live_generation VALUES (1, 1, NULL)")
    tokens = [generations.change_token()]
    for number in (1, 2):
        for partition in (0, 1):
            server.kept.execute(f"INSERT INTO g{number}.checkpoints VALUES ({partition}, 1, 1, 1, NULL)")
            tokens.append(generations.change_token())
        assert generations.change_token() == tokens[-1]
        server.kept.execute("UPDATE live_generation SET number = 2")
        time.sleep(POINTER_CACHE_S)
        tokens.append(generations.change_token())
    assert len({*tokens}) == 6


def test_on_sql_server_a_request_asks_for_its_change_token_once_and_by_its_own_connection(server: Server) -> None:
    generations = Generations(
        "mssql+pyodbc://sa:x@127.0.0.1/site?driver=none", {"module": server.module, "pool_pre_ping": False}
    )
    server.kept.execute("INSERT INTO live_generation VALUES (1, 1, NULL)")
    with checkouts() as found:
        connections = generations.connections()
        before = connections.change_token()
        server.kept.execute("INSERT INTO g1.checkpoints VALUES (0, 1, 1, 1, NULL)")
        assert connections.change_token() == before
        connections.refresh()
        assert connections.change_token() != before
        connections.close()
    assert found[0] == 1
