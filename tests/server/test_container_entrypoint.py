"""The containers' entry point: addresses made of parts, whatever a password holds."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.dialects.mssql.pyodbc import MSDialect_pyodbc

from readmodel.engine.mssql import database_of, in_database, literal, quoted
from server import container_entrypoint
from tests.absent import skip_or_fail

PASSWORDS = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=40)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the wheel mssql-python-odbc, with a driver at the wheel's place for this machine."""
    machine = container_entrypoint.DRIVER_FOLDERS.get(platform.machine(), platform.machine())
    folder = tmp_path / "mssql_python_odbc" / "libs" / "linux" / "debian_ubuntu" / machine / "lib"
    folder.mkdir(parents=True)
    (tmp_path / "mssql_python_odbc" / "__init__.py").touch()
    (folder / "libmsodbcsql-18.9.so.1.1").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder / "libmsodbcsql-18.9.so.1.1"


@given(password=PASSWORDS)
def test_a_mongo_password_survives_whatever_it_holds(password: str) -> None:
    parts = {
        "MONGO_HOST": "mongo:27017",
        "MONGO_DATABASE": "verbatim",
        "MONGO_USER": "site",
        "MONGO_PASSWORD": password,
    }

    url = urlsplit(container_entrypoint.mongo_url({**parts, "MONGO_REPLICA_SET": "rs0"}))

    assert (url.scheme, url.hostname, url.port, url.path, url.query) == (
        "mongodb", "mongo", 27017, "/verbatim", "replicaSet=rs0",
    )  # fmt: skip
    assert unquote(url.password or "") == password


@given(password=PASSWORDS)
def test_an_sql_server_password_can_not_change_the_rest_of_its_address(password: str) -> None:
    url = make_url(
        container_entrypoint.mssql_address("/lib/driver.so", {"MSSQL_HOST": "mssql"}, "verbatim", "site", password)
    )

    assert database_of(url) == "verbatim"
    elsewhere = in_database(url, "master")
    assert database_of(elsewhere) == "master"
    [said_to_the_driver], _ = MSDialect_pyodbc().create_connect_args(elsewhere)  # type: ignore[no-untyped-call]
    assert f";PWD={container_entrypoint.odbc_quoted(password)};" in said_to_the_driver


def test_the_driver_is_found_where_the_wheel_put_it(driver: Path) -> None:
    environ = {"MSSQL_HOST": "mssql", "MSSQL_DATABASE": "verbatim", "MSSQL_USER": "site", "MSSQL_PASSWORD": "a{b}c;d"}

    container_entrypoint.set_urls(environ)

    odbc = make_url(environ["READ_MODEL_URL"]).query["odbc_connect"]
    assert odbc == (
        f"DRIVER={{{driver}}};SERVER=tcp:mssql,1433;DATABASE={{verbatim}};UID={{site}};PWD={{a{{b}}}}c;d}};"
        "TrustServerCertificate=no"
    )


def test_an_address_given_whole_is_left_as_it_is() -> None:
    whole = {"READ_MODEL_URL": "sqlite:////tmp/read.db", "EVENT_STORE_URL": "mongodb://else/x"}
    environ = {"MSSQL_HOST": "mssql", "MONGO_HOST": "mongo", **whole}

    container_entrypoint.set_urls(environ)

    assert environ.items() >= whole.items()


@pytest.mark.parametrize("missing", ["MONGO_DATABASE", "MSSQL_DATABASE", "MSSQL_PASSWORD"])
def test_a_missing_part_is_named_and_nothing_starts(missing: str) -> None:
    parts = {
        "MONGO_HOST": "mongo",
        "MONGO_DATABASE": "verbatim",
        "MSSQL_HOST": "mssql",
        "MSSQL_DATABASE": "verbatim",
        "MSSQL_USER": "site",
        "MSSQL_PASSWORD": "secret",
        missing: "",
    }
    command = [sys.executable, "-m", "server.container_entrypoint", "echo", "started"]

    done = subprocess.run(command, env={"PATH": os.environ["PATH"], **parts}, capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{missing} must be set.\n")


def test_it_becomes_the_command_so_that_signals_reach_it() -> None:
    command = [sys.executable, "-m", "server.container_entrypoint", "sh", "-c", "echo $$"]

    started = subprocess.Popen(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True)

    assert int(started.communicate()[0]) == started.pid


def test_names_and_passwords_can_not_leave_their_quotes() -> None:
    assert quoted("a]; DROP DATABASE x") == "[a]]; DROP DATABASE x]"
    assert literal("it's") == "N'it''s'"


@pytest.mark.server
def test_the_real_driver_is_loaded_by_its_path_and_tries_to_connect() -> None:
    try:
        import pyodbc

        url = make_url(
            container_entrypoint.mssql_url({"MSSQL_HOST": "127.0.0.1", "MSSQL_PORT": "1"}, "verbatim", "site", "secret")
        )
    except (ImportError, container_entrypoint.MissingSetting) as missing:
        skip_or_fail(f"no SQL Server driver here: {missing}")

    with pytest.raises(pyodbc.OperationalError, match="ODBC Driver 18 for SQL Server") as refused:
        pyodbc.connect(str(url.query["odbc_connect"]), timeout=1)

    assert refused.value.args[0] in ("HYT00", "08001")
