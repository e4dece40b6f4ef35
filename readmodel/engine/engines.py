"""SQLAlchemy engines for both databases: how transactions begin, and where a generation's tables are stored.

SQLite keeps a generation in a file of its own (read-7.db beside read.db); SQL Server in a schema (g7).
"""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Dialect, Engine, MetaData, Table, create_engine, event, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.schema import CreateSchema, DropSchema, DropTable

from domain.errors import Damaged

RESERVED_NAMES = frozenset(
    {"at", "label", "number", "offset", "partition", "position", "reason", "role", "roles", "rows"}
)
RESERVED_NAMES |= {
    "first",
    "key",
    "last",
    "name",
    "note",
    "parent",
    "root",
    "state",
    "text",
    "type",
    "value",
    "version",
}
_READERS: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
"""One each, since an engine keeps what its statements compile to."""
BUSY_MS = 10_000
PRAGMAS = (
    f"busy_timeout = {BUSY_MS}",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "cache_size = -32000",
    "secure_delete = ON",
)
"""Of every connection to SQLite. What is deleted is written over: it may be somebody's words."""
# Errors are logged, and shown with what is parked: they must not repeat what somebody wrote.
_POOL = {"pool_size": 16, "max_overflow": 64, "hide_parameters": True}


def open_control(url: str, options: dict[str, Any]) -> Engine:
    """The engine of the control tables, and on SQL Server of everything."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, options)
    from . import mssql_dialect

    settings: dict[str, Any] = {"pool_pre_ping": True, "fast_executemany": True, **_POOL, **options}
    engine = mssql_dialect.create_engine(parsed, **settings)
    quote_keywords(engine.dialect)
    return engine


def quote_keywords(dialect: Dialect) -> None:
    """Has names of ours quoted that a parser of T-SQL may take for keywords: SQLAlchemy quotes reserved ones."""
    prepared = dialect.identifier_preparer
    prepared.reserved_words = prepared.reserved_words | RESERVED_NAMES


def generation_engine(control: Engine, number: int, options: dict[str, Any]) -> Engine:
    """The engine whose tables are those of one generation."""
    if control.dialect.name == "sqlite":
        engine = _sqlite(control.url.set(database=str(generation_file(control, number))), options)
        event.listen(engine, "do_connect", _open_only)
        return engine
    return control.execution_options(schema_translate_map={None: schema_of(number)})


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: on SQLite they take the write lock when they begin."""
    return engine.execution_options(writes=True)


def reading(engine: Engine) -> Engine:
    """The same engine for reading outside transactions: each statement sees the newest commit.

    On SQLite that is an engine without _begin: setting and resetting an isolation level would cost as much as a query.
    """
    if engine.dialect.name == "sqlite":
        return _READERS.setdefault(engine, Engine(engine.pool, engine.dialect, engine.url))
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def generation_file(control: Engine, number: int) -> Path:
    path = Path(control.url.database or "")
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def schema_of(number: int) -> str:
    return f"g{number}"


def create_storage(control: Engine, number: int) -> None:
    """Creates the file or schema of a generation. A file of that name is from before the control tables were lost."""
    if control.dialect.name == "sqlite":
        drop_storage(control, number)
        generation_file(control, number).touch()
        return
    with control.begin() as connection:
        connection.execute(CreateSchema(schema_of(number)))


def storage_exists(control: Engine, number: int) -> bool:
    """Whether a generation's file is there, or its schema with the tables in it."""
    if control.dialect.name == "sqlite":
        return generation_file(control, number).exists()
    return inspect(control).has_table("checkpoints", schema=schema_of(number))


def file_identity(control: Engine, number: int) -> tuple[int, int] | None:
    """What tells a generation's file from another one put in its place; None where there is none. SQLite only."""
    try:
        found = generation_file(control, number).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def drop_storage(control: Engine, number: int) -> None:
    """Deletes a generation's file or schema, with all of its tables."""
    if control.dialect.name == "sqlite":
        path = generation_file(control, number)
        for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            name.unlink(missing_ok=True)
        return
    schema = schema_of(number)
    with control.begin() as connection:
        found = inspect(connection)
        if schema not in found.get_schema_names():
            return
        for table in found.get_table_names(schema=schema):
            connection.execute(DropTable(Table(table, MetaData(), schema=schema)))
        connection.execute(DropSchema(schema))


def snapshot_engine(engine: Engine) -> Engine:
    """The same engine for snapshot reads: every statement sees the same moment. SQLite does that in any transaction.

    SQL Server refuses it with error 3952 at the first table, unless the database has ALLOW_SNAPSHOT_ISOLATION.
    """
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="SNAPSHOT")


def _sqlite(url: URL, options: dict[str, Any]) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **{**_POOL, **options})
    begin_explicitly(engine)
    return engine


def _open_only(_dialect: Dialect, _record: object, args: list[Any], named: dict[str, Any]) -> None:
    """Has the driver refuse a file that isn't there, in place of making an empty one."""
    args[0] = f"{Path(args[0]).absolute().as_uri()}?mode=rw"
    named["uri"] = True


def begin_explicitly(engine: Engine) -> None:
    """Has SQLAlchemy, not SQLite's driver, begin transactions, in the way that `writing` and `reading` set."""
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    """The driver's own idea of transactions is switched off; _begin says BEGIN. What is here can be rebuilt, so
    synchronous=NORMAL: a power cut may lose the last transactions, checkpoint included, and they are folded again."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def refuse_newer(found: str | None, known: frozenset[str], what: str) -> None:
    """Raises Damaged for a database that a newer version has migrated."""
    if found is not None and found not in known:
        raise Damaged(
            f"The {what} was migrated by a newer Verbatim (revision {found}). Run that version, "
            "or take the read model's files away: `bin/verbatim rebuild` makes them again from the events."
        )
