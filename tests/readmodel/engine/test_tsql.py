"""All that is said to a read model's database while a site lives, said again in T-SQL: compiled, and looked through.

A generation, its projector, its verifier, a rebuild and sessions run on SQLite; each statement that SQLAlchemy
executes is compiled for SQL Server as well. (Questions: test_mssql.)
"""

import io
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.dialects import mssql

from domain import comment, like, post
from operational import rebuild_requests, store_heads
from operational.expiry import delete_expired
from operational.sessions import SqlSessions
from projector.comparison import checksums
from projector.head_recorder import HeadRecorder
from readmodel.engine import bulk, progress, schema
from readmodel.engine.migrate import script
from readmodel.generations import generation_table, scrubbing
from readmodel.generations.generations import POINTER_CACHE_S
from retention import Retention
from tests.projector.conftest import Backend
from tests.readmodel.engine.control_tables import CONTROL_METADATA
from tests.readmodel.engine.sql_server import (
    DIALECT,
    executed_statements,
    exercise_webhooks,
    letter,
    tsql,
)


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """A backend whose bulk statements take the way they take on SQL Server."""

    def run(connection: Connection, statement: Any, rows: Any) -> None:
        if rows:
            connection.execute(statement, list(rows))

    def insert(connection: Connection, table: Any, rows: Any) -> None:
        run(connection, table.insert(), [dict(zip(table.columns.keys(), row, strict=True)) for row in rows])

    def select_in(connection: Connection, statement: Any, values: Any) -> Iterator[Any]:
        for some in bulk.batches(values):
            yield from connection.execute(statement, {"values": some})

    monkeypatch.setattr(bulk, "run", run)
    monkeypatch.setattr(bulk, "insert", insert)
    monkeypatch.setattr(bulk, "select_in", select_in)
    backend = Backend(tmp_path)
    yield backend
    backend.close()


def test_all_that_a_site_says_to_its_read_model_can_be_said_to_sql_server(backend: Backend) -> None:
    live = backend.generations.live()
    with executed_statements(live.engine, backend.generations.control) as said:
        backend.register("ann", "bob")
        id = backend.publish("One")
        answer = backend.comment(id)
        backend.like(id)
        backend.project()
        backend.send(like.Unlike(target=f"post-{id}"), "bob")
        backend.send(post.EditPost(post=id, version=1, title="T", body="#two"))
        backend.send(comment.RemoveComment(comment=answer), "bob")
        backend.project()
        exercise_webhooks(backend)
        backend.new_worker().step(0.0)
        for _ in range(20):
            backend.verifier().step()
        with live.write() as connection:
            progress.park(connection, [letter()])
            progress.park(connection, [letter()])
            backend.folder_of.replay(connection, "post-x")
        with live.snapshot() as connection:
            checksums(connection)
        fresh, _ = backend.rebuilder().fill(lambda _: None)
        backend.rebuilder().switch(fresh)
        backend.rebuilder().switch_back()
        backend.generations.lifecycle.wait_for_turn()
        held = backend.generations.lifecycle.create()
        rebuild_requests.request(backend.generations.control, "0192abcd-0000-7000-8000-000000000009", "root")
        rebuild_requests.take(backend.generations.control, held.number)
        backend.generations.lifecycle.lease(held.number).require()
        (seen,) = generation_table.leased(backend.generations.control)
        with backend.generations.live().write() as connection:
            progress.shut(connection, seen.holder)
        assert not backend.generations.reopen()
        assert generation_table.take_over(backend.generations.control, seen)
        assert backend.generations.reopen()
        rebuild_requests.settle_interrupted(backend.generations.control)
        assert rebuild_requests.is_any_waiting(backend.generations.control)
        backend.generations.lifecycle.drop_old()
        for number in generation_table.whole(backend.generations.control):
            assert generation_table.go_back(backend.generations.control, backend.generations.live().number, number)
            time.sleep(POINTER_CACHE_S)
        generation_table.nothing_left(backend.generations.control, backend.generations.live().number)
        backend.generations.status()
        keeper = HeadRecorder(backend.generations.control, backend.store)
        for _ in range(2):
            keeper.step()
            backend.like(backend.publish("Newer"))
        store_heads.accept(
            backend.generations.control, store_heads.SeenHead(position=0, chain="", at="2100-01-01T00:00:00.000000Z")
        )
        for _ in range(2):
            scrubbing.note(backend.generations.control, "store", 1)
        scrubbing.positions(backend.generations.control)
        scrubbing.kept(backend.generations.control)
        scrubbing.abandoned(backend.generations.control)
        with scrubbing.holding_live(backend.generations.control) as number:
            assert number is not None
        generation_table.discard(backend.generations.control, number, "It is live.")
        scrubbing.forget(backend.generations.control)
        sessions = SqlSessions(backend.generations.control)
        token = sessions.open("ann")
        sessions.find(token)
        sessions.close(token)
        sessions.close_all("ann")
        sessions.open("ann")
        delete_expired(backend.generations.control, Retention(sessions=timedelta(0)))
    assert len({str(one) for one in said}) > 60
    for statement in said:
        tsql(statement)


@pytest.mark.parametrize("chain", ["control", "generation"])
def test_every_migration_prints_as_t_sql(chain: str) -> None:
    printed = io.StringIO()
    config = script(chain, None if chain == "control" else "g7")
    config.output_buffer = printed
    config.attributes["dialect"] = "mssql"
    command.upgrade(config, "head", sql=True)
    sql = printed.getvalue()
    tables = (CONTROL_METADATA if chain == "control" else schema.metadata).sorted_tables
    for table in tables:
        assert re.search(rf"CREATE TABLE (\[?g7\]?\.)?\[?{table.name}\]? \(", sql), table.name
    made = sql.count("CREATE TABLE")
    if chain == "generation":
        assert len(re.findall(r"CREATE TABLE \[?g7\]?\.", sql)) == made, "the version table too stands in the schema"
        assert len(re.findall(r"INDEX \S+ ON \[?g7\]?\.", sql)) == len(re.findall(r"CREATE (?:UNIQUE )?INDEX", sql))
    for word in ("DATETIME2", "NVARCHAR", "COLLATE Latin1_General_100_BIN2"):
        assert word in sql
    made_by_us = re.sub(r"version_num VARCHAR\(32\)", "", sql).split("INSERT")[0]
    assert not re.search(r"\b(TEXT|NTEXT|VARCHAR|DATETIME|BOOLEAN|IDENTITY|WHERE)\b[^_]", made_by_us)


def test_a_column_with_a_keywords_name_is_quoted() -> None:
    sql = tsql(progress.checkpoints.select())
    assert "[partition]" in sql
    assert "[position]" in sql
    assert " g7.checkpoints" in sql or "[g7].checkpoints" in sql


def test_a_moment_is_bound_as_a_datetime_and_comes_back_as_text() -> None:
    kind = schema.Moment()
    bind, result = kind.bind_processor(DIALECT), kind.result_processor(DIALECT, None)
    at = "2026-11-24T06:00:00.123456Z"
    assert bind(at).isoformat() == "2026-11-24T06:00:00.123456"
    assert result(bind(at)) == at
    assert (bind(None), result(None)) == (None, None)
    assert isinstance(kind.dialect_impl(DIALECT).impl, mssql.DATETIME2)
