"""Everything the read models say must be sayable to SQL Server too. Compiled here, run where there is one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Index, Table, event
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import ClauseElement

from domain import comment, like, post
from domain.ids import uuid7
from readmodel.catalogue import READ_MODELS
from readmodel.engine import bulk
from readmodel.engine.model import Fact
from readmodel.engine.queries import (
    AccountByHandle,
    CommentById,
    CommentsBy,
    CommentsOf,
    FindPosts,
    HistoryOf,
    Moderations,
    PopularTags,
    PostById,
    RemovedComments,
    ThreadOf,
)
from readmodel.moderation.log_pages import ModerationLog
from tests.readmodel.engine.control_tables import CONTROL_METADATA
from tests.readmodel.site import Site, fold

TABLES = [table for model in READ_MODELS for table in model.tables] + CONTROL_METADATA.sorted_tables
INDEXES = [index for table in TABLES for index in sorted(table.indexes, key=lambda index: str(index.name))]
INDEX_BYTES, CLUSTERED_BYTES, PARAMETERS = 1_700, 900, 2_100
AT, ID = "2026-01-01T00:00:00.000000Z", "0192abcd-0000-7000-8000-000000000001"


def dialect() -> Any:
    return mssql.dialect()  # type: ignore[no-untyped-call]


def width(column: Any) -> int:
    """Bytes of a column in an index key."""
    kind = column.type.dialect_impl(dialect())
    length = getattr(kind, "length", None) or getattr(getattr(kind, "impl", None), "length", None)
    name = type(column.type).__name__
    return {"SmallInteger": 2, "Integer": 4, "BigInteger": 8, "Boolean": 1, "Moment": 8}.get(name) or 2 * length


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_unicode_and_its_primary_key_fits(table: Table) -> None:
    ddl = str(CreateTable(table).compile(dialect=dialect()))

    assert "VARCHAR(max)" not in ddl.replace("NVARCHAR(max)", "")
    assert "NTEXT" not in ddl
    assert " VARCHAR" not in ddl
    assert "IDENTITY" not in ddl
    assert sum(width(column) for column in table.primary_key) <= CLUSTERED_BYTES
    assert all(f"{column.name} NVARCHAR" not in ddl or "BIN2" in ddl for column in table.primary_key)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_an_index_has_a_name_and_its_key_fits(index: Index) -> None:
    assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect()))
    assert sum(width(column) for column in index.columns) <= INDEX_BYTES


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_index_names_tell_their_table(table: Table) -> None:
    assert all(str(index.name).startswith(table.name.split("_")[0]) for index in table.indexes)


def _recording(run: Callable[..., Any], statements: list[ClauseElement]) -> Callable[..., Any]:
    def listen(connection: Connection, statement: ClauseElement, rows: Any) -> Any:
        if rows:
            statements.append(statement)
        return run(connection, statement, rows)

    return listen


@pytest.fixture
def executed(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ClauseElement]]:
    """Every statement that the site's read models execute, as they come; bulk ones too, which SQLite gets as text."""
    statements: list[ClauseElement] = []
    for name in ("run", "select_in"):
        monkeypatch.setattr(bulk, name, _recording(getattr(bulk, name), statements))

    def listen(_connection: Connection, element: Any, *_: object) -> None:
        if isinstance(element, ClauseElement):
            statements.append(element)

    event.listen(site.engine, "before_execute", listen)
    yield statements
    event.remove(site.engine, "before_execute", listen)


def test_everything_said_while_folding_compiles(site: Site, executed: list[ClauseElement]) -> None:
    id = site.publish(body="#one")
    answer = site.comment(id)
    site.like(f"post-{id}", "bob")
    site.like(f"comment-{answer}", "bob")
    site.send(like.Unlike(target=f"post-{id}"), "bob")
    site.send(post.EditPost(post=id, version=1, title="T", body="#two"), "ann")
    site.send(comment.RemoveComment(comment=answer, reason="rude"), "mod")
    site.send(post.ErasePost(post=id, reason="asked to"), "root")

    assert len(executed) > 20
    for statement in executed:
        compiles(statement)


@pytest.mark.parametrize(
    "query",
    [
        AccountByHandle(handle="ann"),
        CommentById(comment=ID, viewer="ann"),
        CommentsBy(author="bob", after=(AT, ID)),
        CommentsOf(post=ID, after=(AT, ID)),
        HistoryOf(stream=f"post-{ID}"),
        Moderations(after=(AT, f"{ID}:2")),
        ModerationLog(after=(AT, f"{ID}:2"), kind="PostRemoved", moderator="mod", first_day="2026-01-01"),
        ModerationLog(last_day="2026-01-01"),
        PopularTags(),
        PostById(post=ID, viewer="ann"),
        RemovedComments(after=(AT, ID)),
        ThreadOf(post=ID, after=(AT, ID)),
        *(FindPosts(sort=sort, after=(AT if sort == "new" else 1, ID)) for sort in ("new", "top", "discussed")),
        *(FindPosts(author="ann", tag=tag, has=has) for tag in ("one", None) for has in ("likes", "comments")),
    ],
    ids=lambda query: type(query).__name__,
)
def test_every_question_compiles(site: Site, executed: list[ClauseElement], query: Any) -> None:
    site.comment(site.publish(body="#one"))
    executed.clear()

    site.ask(query)

    assert executed
    for statement in executed:
        sql = compiles(statement)
        assert "LIMIT" not in sql
        assert "ROW_NUMBER" not in sql


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: repr(tuple(table.name for table in model.tables)))
def test_every_counter_compiles(model: Any) -> None:
    for counter in model.counters:
        compiles(counter.table.update().values({counter.column: counter.count}))


def compiles(statement: ClauseElement) -> str:
    compiled = statement.compile(dialect=dialect())
    sql = str(compiled)
    assert "MERGE" not in sql
    assert not sql.lstrip().startswith("WITH")
    assert len(compiled.params or ()) < PARAMETERS
    return sql


def test_a_batch_of_a_thousand_stays_under_the_parameters(site: Site) -> None:
    most = 0

    def listen(_connection: Any, _cursor: Any, _sql: str, parameters: Any, _context: Any, many: bool) -> None:
        nonlocal most
        most = max(most, len(parameters[0] if many else parameters))

    event.listen(site.engine, "before_cursor_execute", listen)
    fold(site.engine, many_posts(1_200))
    event.remove(site.engine, "before_cursor_execute", listen)

    assert 500 < most < PARAMETERS


def many_posts(number: int) -> list[Any]:
    return [
        Fact(
            event=post.PostPublished(post=(id := uuid7()), author=f"a{n}", title=f"#t{n}", body=""),
            stream=f"post-{id}",
            version=1,
            actor=f"a{n}",
            at=AT,
            commit=id,
            position=n,
            erased=False,
        )
        for n in range(number)
    ]
