"""A read model on SQL Server where its driver isn't there, or not all of it: each program says what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from readmodel.engine import mssql_dialect
from readmodel.engine.mssql_driver import NoDriver
from tests.readmodel.engine.fake_odbc import InterfaceError, OperationalError, Server

ROOT = Path(__file__).parents[2]
URL = "mssql+pyodbc://sa:secret@127.0.0.1/site?driver=none"
PROGRAMS = (
    ("-m", "cli", "migrate"),
    ("-m", "cli", "status"),
    ("-m", "cli", "verify"),
    ("-m", "projector"),
    ("-m", "webhooks"),
    ("-c", "import webapp.wsgi"),
)
NOT_INSTALLED = "raise ModuleNotFoundError(\"No module named 'pyodbc'\", name='pyodbc')"
AWAY = """
from tests.readmodel.engine.fake_odbc import OperationalError, Server
globals().update(vars(Server().module))
def connect(*_, **__):
    raise OperationalError("HYT00", "[HYT00] Login timeout expired (0)")
"""
NO_MANAGER = "raise ImportError('libodbc.so.2: cannot open shared object file: No such file or directory')"


def says(tmp_path: Path, program: tuple[str, ...], pyodbc: str, sentence: str) -> None:
    """The program, where pyodbc is this module, ends with 1 and the sentence."""
    (tmp_path / "pyodbc.py").write_text(f"{pyodbc}\n")
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    environment = {**os.environ, "READ_MODEL_URL": URL, "DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": path}
    ended = subprocess.run(
        [sys.executable, *program], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert sentence in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(("pyodbc", "todo"), [(NOT_INSTALLED, "bin/setup --server"), (NO_MANAGER, "unixodbc")])
@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_a_program_without_its_driver_says_what_to_install(
    tmp_path: Path, program: tuple[str, ...], pyodbc: str, todo: str
) -> None:
    says(tmp_path, program, pyodbc, todo)


@pytest.mark.parametrize("program", PROGRAMS[:3], ids=" ".join)
def test_a_command_whose_server_is_away_says_so(tmp_path: Path, program: tuple[str, ...]) -> None:
    says(tmp_path, program, AWAY, "The read model's database can't be used: ('HYT00'")


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("IM002", "[IM002] [unixODBC][Driver Manager]Data source name not found (0) (SQLDriverConnect)"),
        OperationalError("01000", "[01000] [unixODBC][Driver Manager]Can't open lib 'none' : file not found (0)"),
    ],
    ids=lambda error: error.args[0],
)
def test_a_missing_odbc_driver_is_told_from_a_server_that_is_away(error: Exception) -> None:
    server = Server()

    def connect(*_: object, **_named: object) -> None:
        raise error

    server.module.connect = connect
    engine = mssql_dialect.create_engine(make_url(URL), module=server.module)
    with pytest.raises(NoDriver, match="isn't installed here") as caught:
        engine.connect()
    assert "mssql_python_odbc" in str(caught.value)
    error = OperationalError("08001", "[08001] Login timeout expired (0)")
    with pytest.raises(Exception, match="08001") as away:
        engine.connect()
    assert not isinstance(away.value, NoDriver)
    server.kept.close()
