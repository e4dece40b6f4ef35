"""Snapshots on SQL Server: only a refusal that means "not in this database" does without them, and not for ever."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from projector.retries import is_transient, reraise_unless_caused_by_event
from readmodel.engine import schema, snapshots
from readmodel.engine.engines import generation_engine, open_control, reading
from readmodel.generations.generation import Generation
from tests.readmodel.engine import fake_odbc
from tests.readmodel.engine.fake_odbc import Error, Server

URL = "mssql+pyodbc://sa:secret@127.0.0.1/site?driver=none"
SET, READ = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "SELECT max"
AWAY = fake_odbc.OperationalError("08S01", "[08S01] Communication link failure (10054)")
SLOW = fake_odbc.OperationalError("HYT00", "[HYT00] Login timeout expired (0)")
FULL = fake_odbc.ProgrammingError("42000", "[42000] Could not allocate space (1105)")
DEADLOCK = fake_odbc.Error("40001", "[40001] was deadlocked on lock resources (1205)")
BROKEN = fake_odbc.Error("HY000", "[HY000] something else altogether (0)")
NOT_ALLOWED = fake_odbc.ProgrammingError("42000", "[42000] snapshot isolation is not allowed in this database. (3952)")
NO_SUCH_LEVEL = fake_odbc.ProgrammingError("42000", "[42000] Incorrect syntax near 'SNAPSHOT'. (102)")
NOT_BUILT = fake_odbc.Error("HYC00", "[HYC00] Optional feature not implemented (0)")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("g1")
    made = create_engine("sqlite://", creator=lambda: server.kept)
    with made.begin() as connection:
        schema.metadata.create_all(connection.execution_options(schema_translate_map={None: "g1"}))
    yield server
    server.kept.close()


def generation(server: Server) -> Generation:
    return Generation(1, generation_engine(open_control(URL, {"module": server.module}), 1, {}))


def refusing(server: Server, at: str, error: Error) -> None:
    server.refuse = lambda sql: error if sql.startswith(at) else None


@pytest.mark.parametrize("error", [AWAY, SLOW, FULL, DEADLOCK, BROKEN], ids=lambda error: error.args[0])
@pytest.mark.parametrize("at", [SET, READ])
def test_what_passes_is_an_error_and_snapshots_are_given_afterwards(server: Server, at: str, error: Error) -> None:
    live = generation(server)
    refusing(server, at, error)
    with pytest.raises(DBAPIError), live.snapshot():
        pass
    server.refuse = lambda _sql: None
    server.statements.clear()
    with live.snapshot():
        pass
    assert live.snapshots
    assert SET in server.statements


@pytest.mark.parametrize(
    ("at", "error"), [(READ, NOT_ALLOWED), (SET, NOT_ALLOWED), (SET, NO_SUCH_LEVEL), (SET, NOT_BUILT)], ids=str
)
def test_a_refusal_does_without_for_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch, at: str, error: Error
) -> None:
    live = generation(server)
    refusing(server, at, error)
    with live.snapshot() as connection:
        assert not live.snapshots
        assert connection.get_isolation_level() != "SNAPSHOT"
    server.refuse = lambda _sql: None
    with live.snapshot():
        assert not live.snapshots, "not asked again at once"
    monkeypatch.setattr(snapshots, "RECHECK_S", 0)
    with live.snapshot():
        assert live.snapshots


def test_an_error_as_a_connection_is_taken_out_is_the_databases_and_parks_no_stream(server: Server) -> None:
    control = open_control(URL, {"module": server.module}).execution_options(isolation_level="SERIALIZABLE")
    refusing(server, "SET TRANSACTION", AWAY)
    with pytest.raises(OperationalError) as caught:
        control.connect()
    assert is_transient(caught.value, 1)
    with pytest.raises(OperationalError):
        reraise_unless_caused_by_event(caught.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ((1, 1), ()),
        ((0, 1), ("READ_COMMITTED_SNAPSHOT",)),
        ((1, 0), ("ALLOW_SNAPSHOT_ISOLATION",)),
        ((0, 3), ("READ_COMMITTED_SNAPSHOT", "ALLOW_SNAPSHOT_ISOLATION")),
        (None, ()),
    ],
)
def test_a_database_that_somebody_else_made_is_looked_at(
    server: Server, settings: tuple[int, int] | None, named: tuple[str, ...]
) -> None:
    server.settings = settings
    said = snapshots.advice(open_control(URL, {"module": server.module}))
    assert len(said) == len(named)
    for sentence, name in zip(said, named, strict=True):
        assert sentence.startswith(f"{name} is off in the database site")
        assert f"ALTER DATABASE [site] SET {name} ON" in sentence


def test_sqlite_needs_no_advice() -> None:
    engine = create_engine("sqlite://")
    assert snapshots.advice(engine) == []
    with reading(engine).connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
