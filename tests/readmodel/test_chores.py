"""What is said to SQL Server beside the tables, where the server refuses some of it (a stand-in, with real words)."""

import pytest
from sqlalchemy.exc import DBAPIError, ProgrammingError

from readmodel.engine.mssql import make_database


def refused(statement: str, why: str) -> DBAPIError:
    return ProgrammingError(statement, {}, Exception(why))


class Server:
    """A connection that refuses statements which begin with certain words."""

    def __init__(self, refuses: str, why: str) -> None:
        self.refuses, self.why = refuses, why
        self.said: list[str] = []

    def exec_driver_sql(self, statement: str) -> None:
        self.said.append(statement)
        if statement.startswith(self.refuses):
            raise refused(statement, self.why)


def test_a_new_database_gets_row_versions() -> None:
    server = Server("nothing", "")
    make_database(server, "we]ird")
    assert server.said == [
        "CREATE DATABASE [we]]ird]",
        "ALTER DATABASE [we]]ird] SET READ_COMMITTED_SNAPSHOT ON",
        "ALTER DATABASE [we]]ird] SET ALLOW_SNAPSHOT_ISOLATION ON",
    ]


def test_a_server_without_alter_database_is_served_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    server = Server("ALTER", "(33557097) 'ALTER DATABASE' is not currently supported")
    make_database(server, "verbatim")
    assert len(server.said) == 3
    assert "READ_COMMITTED_SNAPSHOT could not be set in verbatim" in caplog.text


def test_another_who_makes_the_same_database_is_no_error_and_a_real_one_is() -> None:
    make_database(Server("CREATE", "Database 'verbatim' already exists. (1801)"), "verbatim")
    with pytest.raises(DBAPIError):
        make_database(Server("CREATE", "CREATE DATABASE permission denied (262)"), "verbatim")
