"""What `migrate` and `status` say of a database that isn't set up well."""

import pytest

from cli.read_model import print_advice
from readmodel.generations.generations import Generations
from tests.readmodel.engine.fake_odbc import Server


def test_settings_that_are_off_are_said_with_the_statement_that_turns_them_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = Server()
    server.settings = (0, 0)
    print_advice(Generations("mssql+pyodbc://sa:x@127.0.0.1/site?driver=none", {"module": server.module}))
    server.kept.close()
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["READ_COMMITTED_SNAPSHOT", "ALLOW_SNAPSHOT_ISOLATION"]
    assert said[0].endswith("ALTER DATABASE [site] SET READ_COMMITTED_SNAPSHOT ON")
