"""Every command of `bin/verbatim` with everything wrong that can be: a sentence, an exit code, never a traceback."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cli.program import COMMANDS
from tests.cli.command_runs import ON_THE_STORE, TABLE, each, nothing, only
from tests.forked import ROOT, Commands, Run

AWAY = {
    "EVENT_STORE_URL": "mongodb://127.0.0.1:1/nowhere",
    "EVENT_LOG_URL": "kafka://127.0.0.1:1/nowhere",
    "SECRET_KEY": "a" * 32,
}
ODBC_AWAY = """
from tests.readmodel.engine.fake_odbc import OperationalError, Server
globals().update(vars(Server().module))
def connect(*_, **__):
    raise OperationalError("HYT00", "[HYT00] Login timeout expired (0)")
"""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and which commands can do their work all the same. make: does it to a folder."""

    run: Run = Run()
    make: Callable[[Path], object] = nothing
    unharmed: frozenset[str] = frozenset()


def no_database(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"This is no database. " * 500)


def cut_in_half(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((whole := (folder / name).read_bytes())[: len(whole) // 2])


def unwritable(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o555)


def unwritable_and_empty(folder: Path) -> None:
    only()(folder)
    unwritable(folder)


def in_trouble(**how: object) -> Run:
    return msgspec.structs.replace(Run(), **how)


TROUBLES = {
    "a full disk": Trouble(run=in_trouble(file_bytes=0)),
    "a disk that fills up": Trouble(run=in_trouble(file_bytes=65_536),
                                    unharmed=frozenset({"export", "export -", "import", "convert"}), make=only()),
    "a full disk for the output": Trouble(run=in_trouble(out="/dev/full"), unharmed=frozenset({"export"})),
    "output that nobody reads": Trouble(run=in_trouble(out=""), unharmed=frozenset({"export"})),
    "an unwritable folder": Trouble(run=in_trouble(obedient=True), make=unwritable),
    "an unwritable empty folder": Trouble(run=in_trouble(obedient=True), make=unwritable_and_empty),
    "events that are no database": Trouble(make=no_database("events.db"), unharmed=frozenset({"convert"})),
    "half of the events": Trouble(make=cut_in_half("events.db"), unharmed=frozenset({"convert"})),
    "a read model that is no database": Trouble(make=no_database("read.db"), unharmed=ON_THE_STORE),
    "a generation that is no database": Trouble(make=no_database("read-2.db"), unharmed=ON_THE_STORE),
    "MongoDB away": Trouble(run=in_trouble(environment=AWAY), unharmed=frozenset({"convert"})),
    "SQL Server away": Trouble(run=in_trouble(environment={"READ_MODEL_URL": "mssql+pyodbc://sa:x@127.0.0.1/x"}),
                               make=lambda folder: (folder / "pyodbc.py").write_text(ODBC_AWAY),
                               unharmed=ON_THE_STORE),
    # Ctrl-C comes while a database is opened, and a conversion opens none.
    "Ctrl-C": Trouble(run=in_trouble(interrupt=1), unharmed=frozenset({"convert"})),
}  # fmt: skip


def test_the_table_has_every_command() -> None:
    assert {words[0] for words in TABLE.values()} == {*COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("name", TROUBLES)
def test_each_command_says_what_is_wrong(commands: Commands, tmp_path: Path, filled: Path, name: str) -> None:
    ended = each(commands, tmp_path, filled, TROUBLES[name].make, TROUBLES[name].run)
    assert {command for command, one in ended.items() if one.code == 0} == TROUBLES[name].unharmed, ended
    for command, one in ended.items():
        if one.code:
            last = one.err.strip().splitlines()[-1]
            assert last.startswith("Error: "), (command, one)
            assert last.endswith("."), (command, one)
            assert len(last) > 30, (command, one)


@pytest.mark.slow
@pytest.mark.parametrize("unwritable", ["/dev/full", ""])
def test_a_whole_process_ends_without_a_traceback(filled: Path, unwritable: str) -> None:
    """Python writes out what is left when it ends, too."""
    reader, writer = os.pipe()
    os.close(reader)
    out = os.open(unwritable, os.O_WRONLY) if unwritable else writer
    ended = subprocess.run(
        [ROOT / "bin" / "verbatim", "--help"], env={**os.environ, "DATA_DIR": str(filled)},
        stdout=out, stderr=subprocess.PIPE, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr
    assert "ignored" not in ended.stderr


@pytest.mark.slow
def test_ctrl_c_while_the_program_is_loading(filled: Path) -> None:
    process = subprocess.Popen(
        [ROOT / "bin" / "verbatim", "status"], env={**os.environ, "DATA_DIR": str(filled)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while "_sqlite3" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGINT, 1)
    assert "Traceback" not in said
