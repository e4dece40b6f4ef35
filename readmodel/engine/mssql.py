"""Setup of SQL Server before the first migration: the database, and a login that owns nothing but it."""

import logging
import re

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

log = logging.getLogger(__name__)

NO_SUCH_DATABASE = "(4060)"
EXISTS_ALREADY = "(1801)"
WRONG_PASSWORD = "(18456)"
_ODBC_PART = re.compile(r"\s*([^=;]+?)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)(?:;|$)")


def ensure_database(url: str) -> bool:
    """Makes the database that the URL names if its server has none. Gives whether it did. SQLite needs nothing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "mssql" or _accepted(parsed, NO_SUCH_DATABASE):
        return False
    with _autocommit(in_database(parsed, "master")) as connection:
        make_database(connection, database_of(parsed))
    return True


def ensure_login(admin_url: str, url: str, *, login: str, password: str) -> None:
    """As administrator: the URL's database, and a login with this password that owns it and nothing else."""
    parsed, admin = make_url(url), make_url(admin_url)
    with _autocommit(admin) as connection:
        if connection.execute(text("SELECT DB_ID(:name)"), {"name": database_of(parsed)}).scalar() is None:
            make_database(connection, database_of(parsed))
        known = connection.execute(text("SELECT SUSER_ID(:name)"), {"name": login}).scalar() is not None
        if not known:
            connection.exec_driver_sql(f"CREATE LOGIN {quoted(login)} WITH PASSWORD = {literal(password)}")
    with _autocommit(in_database(admin, database_of(parsed))) as connection:
        if connection.execute(text("SELECT USER_ID(:name)"), {"name": login}).scalar() is None:
            connection.exec_driver_sql(f"CREATE USER {quoted(login)} FOR LOGIN {quoted(login)}")
            connection.exec_driver_sql(f"ALTER ROLE db_owner ADD MEMBER {quoted(login)}")
        # Not unless it must: setting the password that it has may offend the server's password policy.
        if known and not _accepted(parsed, WRONG_PASSWORD):
            connection.exec_driver_sql(f"ALTER LOGIN {quoted(login)} WITH PASSWORD = {literal(password)}")


def make_database(connection: Connection, name: str) -> None:
    """With row versions, so that readers and writers don't wait for each other. Another may be making it just now."""
    try:
        connection.exec_driver_sql(f"CREATE DATABASE {quoted(name)}")
    except DBAPIError as error:
        if EXISTS_ALREADY not in str(error.orig):
            raise
    for setting in ("READ_COMMITTED_SNAPSHOT", "ALLOW_SNAPSHOT_ISOLATION"):
        try:
            connection.exec_driver_sql(f"ALTER DATABASE {quoted(name)} SET {setting} ON")
        except DBAPIError as error:
            # A server that speaks T-SQL without being SQL Server may have row versions always, and no such statement.
            log.warning("SQL Server: %s could not be set in %s: %s", setting, name, error.orig)


def database_of(url: URL) -> str:
    """The database's name, in the URL itself or in its odbc_connect."""
    for name, value in _odbc_parts(url):
        if name.lower() == "database":
            return value[1:-1].replace("}}", "}") if value.startswith("{") else value
    return url.database or "master"


def in_database(url: URL, database: str) -> URL:
    """The same server and login, another database."""
    if "odbc_connect" not in url.query:
        return url.set(database=database)
    others = [f"{name}={value}" for name, value in _odbc_parts(url) if name.lower() != "database"]
    braced = "{" + database.replace("}", "}}") + "}"
    return url.update_query_dict({"odbc_connect": ";".join([*others, f"DATABASE={braced}"])})


def quoted(name: str) -> str:
    """As an identifier: a login or a database can't be a parameter of the statements that make them."""
    return "[" + name.replace("]", "]]") + "]"


def literal(value: str) -> str:
    return "N'" + value.replace("'", "''") + "'"


def _odbc_parts(url: URL) -> list[tuple[str, str]]:
    return _ODBC_PART.findall(str(url.query.get("odbc_connect", "")))


def _accepted(url: URL, refusal: str) -> bool:
    """Whether the server lets this in; False only for that refusal, others are raised."""
    try:
        with _autocommit(url):
            return True
    except DBAPIError as error:
        if refusal in str(error.orig):
            return False
        raise


def _autocommit(url: URL) -> Connection:
    from . import mssql_dialect

    return mssql_dialect.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
