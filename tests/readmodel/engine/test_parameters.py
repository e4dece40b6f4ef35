"""What SQL Server's driver is told of each parameter, and that no text is lost whatever the server can describe."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Table, bindparam, create_engine, select

from domain import post
from projector.comparison import checksums
from readmodel.catalogue import READ_MODELS
from readmodel.engine import progress, schema
from readmodel.engine.engines import open_control
from tests.readmodel.engine.control_tables import CONTROL_METADATA
from tests.readmodel.engine.fake_odbc import CODES, Server
from tests.readmodel.site import Site, fold

URL = "mssql+pyodbc://sa:secret@127.0.0.1/site?driver=none"
TEXTS = ("Привет #мир", "مرحبا #سلام", "你好 #世界", "नमस्ते #दुनिया", "Grüße #straße", "שלום #עולם", "🦉 #ελλάδα")
TABLES = [table for model in READ_MODELS for table in model.tables] + CONTROL_METADATA.sorted_tables


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("g1")
    made = create_engine("sqlite://", creator=lambda: server.kept)
    with made.begin() as connection:
        schema.metadata.create_all(connection.execution_options(schema_translate_map={None: "g1"}))
    yield server
    server.kept.close()


def opened(server: Server, **options: Any) -> Engine:
    return open_control(URL, {"module": server.module, **options})


@pytest.mark.parametrize("options", [{}, {"fast_executemany": False, "use_insertmanyvalues": False}], ids=str)
def test_every_script_is_kept_though_the_server_describes_nothing(
    site: Site, server: Server, options: dict[str, Any]
) -> None:
    for text in TEXTS:
        id = site.publish(text, f"{text} @ann")
        site.comment(id, text)
        site.send(post.EditPost(post=id, version=1, title=text[::-1], body=text, reason=text), "mod")
    engine = opened(server, **options).execution_options(schema_translate_map={None: "g1"})

    fold(engine, site.facts)
    with engine.begin() as connection:
        progress.save_versions(connection, {}, {"post-1": 1, "post-2": 1})
        progress.save_versions(connection, {"post-1": 1}, {"post-1": 2})

    with engine.connect() as ours, site.engine.connect() as theirs:
        kept, right = checksums(ours), checksums(theirs)
    assert {name: kept[name] for name in kept if name != "streams"} == {n: right[n] for n in right if n != "streams"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_bound_as_what_it_is(server: Server, table: Table) -> None:
    kinds = set(CODES.values())
    engine = opened(server)
    server.refuse = lambda sql: server.module.DataError("22000", "enough") if sql.startswith("INSERT") else None
    row = dict.fromkeys(table.columns.keys())
    with engine.connect() as connection, pytest.raises(Exception, match="enough"):
        connection.execute(table.insert(), [row, row])

    told = server.sizes[-1][1]

    assert len(told) == len(table.columns)
    for column, (kind, length, _) in zip(table.columns, told, strict=True):
        assert kind in kinds - {CODES["SQL_VARCHAR"]}, column.name
        if kind == CODES["SQL_WVARCHAR"]:
            assert length == (column.type.dialect_impl(engine.dialect).length or 0), column.name
        if isinstance(column.type, schema.Moment):
            assert (kind, length) == (CODES["SQL_TYPE_TIMESTAMP"], 26)


def test_a_parameter_without_a_type_is_an_error_and_no_guess(server: Server) -> None:
    table = progress.streams
    untyped = table.update().where(table.c.stream + bindparam("a") == "b").values(version=bindparam("v"))
    with opened(server).connect() as connection:
        guessed = untyped.where(bindparam("x") == bindparam("y"))
        with pytest.raises(TypeError, match="has no type"):
            connection.execute(guessed, [{"a": "я", "v": 1, "x": "я", "y": "я"}] * 2)
    assert not any(sql.startswith("UPDATE") for sql in server.statements)


def test_a_text_of_one_execution_may_be_longer_than_its_column(server: Server) -> None:
    engine = opened(server).execution_options(schema_translate_map={None: "g1"})
    wanted = select(progress.streams).where(progress.streams.c.stream == bindparam("typed"))
    with engine.connect() as connection:
        assert connection.execute(wanted, {"typed": "я" * 500}).all() == []
    assert server.sizes[-1][1] == ((CODES["SQL_WVARCHAR"], None, None),)
