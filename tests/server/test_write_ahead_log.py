"""After a clean stop the write-ahead logs are empty, and everything is in the files."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import data_folder
from server import write_ahead_log
from tools.drill.processes import free_port

ROOT = Path(__file__).parents[2]
KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE texts (text)")
connection.execute("INSERT INTO texts VALUES ('a secret word')")
connection.execute("UPDATE texts SET text = 'none'")
os._exit(0)
"""
"""It leaves its log behind, as a process does that is killed."""


@pytest.fixture(autouse=True)
def embedded_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("EVENT_STORE_URL", raising=False)
    monkeypatch.delenv("READ_MODEL_URL", raising=False)
    monkeypatch.setattr(write_ahead_log, "BUSY_TIMEOUT_S", 0.1)


def leave(path: Path) -> Path:
    """A file whose log holds a text that was changed since. Gives the log's path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=True)
    log = path.with_name(f"{path.name}-wal")
    assert b"a secret word" in log.read_bytes()
    return log


def holds(folder: Path, text: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


def texts(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT text FROM texts").fetchall()


def test_the_store_and_every_generation_are_put_in_order(tmp_path: Path) -> None:
    names = ("events.db", "read.db", "read-7.db", "read-12.db")
    for name in names:
        leave(tmp_path / name)
    said: list[str] = []
    write_ahead_log.truncate_all(said.append)
    assert (said, holds(tmp_path, b"a secret word")) == ([], [])
    assert [texts(tmp_path / name) for name in names] == [[("none",)]] * 4


def test_the_files_that_the_urls_name_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, control = tmp_path / "a b%20?.db", tmp_path / "there" / "model[1].sqlite"
    monkeypatch.setenv("EVENT_STORE_URL", f"sqlite:///{store}")
    monkeypatch.setenv("READ_MODEL_URL", f"sqlite:///{control}?timeout=5")
    fresh = control.with_name("model[1]-3.sqlite")
    for path in (store, control, fresh):
        leave(path)
    other = leave(tmp_path / "read.db")
    assert {*data_folder.database_files(tmp_path, os.environ, ROOT)} == {store, control, fresh}
    write_ahead_log.truncate_all(pytest.fail)
    assert holds(tmp_path, b"a secret word") == [other.name]


def test_servers_have_no_files_and_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ahead_log.truncate_all(pytest.fail)
    monkeypatch.setenv("EVENT_STORE_URL", "mongodb://127.0.0.1/x")
    monkeypatch.setenv("READ_MODEL_URL", "mssql+pyodbc://127.0.0.1/x")
    leave(tmp_path / "events.db")
    write_ahead_log.truncate_all(pytest.fail)
    assert holds(tmp_path, b"a secret word") == ["events.db-wal"]
    assert [path.name for path in tmp_path.glob("read*")] == []


def test_what_is_in_the_way_is_told_of_and_the_others_are_done(tmp_path: Path) -> None:
    leave(tmp_path / "events.db")
    (tmp_path / "read.db").write_bytes(b"this is no database" * 100)
    leave(tmp_path / "read-1.db")
    said: list[str] = []
    with closing(sqlite3.connect(tmp_path / "events.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM texts").fetchall()
        write_ahead_log.truncate_all(said.append)
    assert [sentence.partition(" couldn't")[0] for sentence in said] == [
        f"The write-ahead log of {tmp_path / name}" for name in ("events.db", "read.db")
    ]
    assert "another program has the file open" in said[0]
    assert "not a database" in said[1]
    assert not (tmp_path / "read-1.db-wal").exists()


def test_a_supervisor_does_it_at_its_end(tmp_path: Path) -> None:
    """Around processes that were killed at once, as those that don't end in time are."""
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "server", folder / "server")
    for name in ("data_folder.py", "logs.py"):
        shutil.copy(ROOT / name, folder)
    for module in ("cli/__main__", "webapp/wsgi", "projector/__main__", "webhooks/__main__"):
        (folder / module).parent.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text("")
    leave(tmp_path / "events.db")
    command = [sys.executable, "-m", "server.supervisor"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, env={**os.environ, "PORT": str(free_port())}
    ) as supervisor:
        assert supervisor.stdout is not None
        while b"starting it again" not in supervisor.stdout.readline():
            assert supervisor.poll() is None
        supervisor.terminate()
        assert supervisor.stdout.read().endswith(b"Stopped.\n")
    assert supervisor.returncode == 0
    assert holds(tmp_path, b"a secret word") == []
