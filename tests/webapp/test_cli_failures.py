"""Every command of `bin/verbatim` with everything wrong that can be: a sentence each, an exit code, never a traceback.

Also every command on an empty folder, and on one with nothing but the events: each makes the read model that it needs.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite import SqliteEventStore
from tests.forked import ROOT, Commands, Ended, Run, empty_logs
from transfer import export_file
from webapp.cli import cli

CSV = "id,author,created_at,title,body,url,score,num_comments\nabc123,zoe,2026-01-01T00:00:00Z,One,words,,1,0\n"
COMMANDS = {
    "migrate": ["migrate"],
    "import": ["import", "{folder}/posts.csv"],
    "export": ["export", "{folder}/out.jsonl"],
    "export -": ["export", "-"],
    "demo": ["demo"],
    "promote": ["promote", "nora", "moderator"],
    "rebuild": ["rebuild"],
    "rebuild --no-switch": ["rebuild", "--no-switch"],
    "rebuild --back": ["rebuild", "--back"],
    "verify": ["verify"],
    "replay": ["replay"],
    "status": ["status"],
}
"""Every command, with the options by which it does something else."""
ON_THE_STORE = frozenset({"import", "export", "export -", "demo", "promote"})
"""Those that have nothing to do with the read model."""
NOTHING: frozenset[str] = frozenset()
AWAY = {
    "EVENT_STORE_URL": "mongodb://127.0.0.1:1/nowhere",
    "EVENT_LOG_URL": "kafka://127.0.0.1:1/nowhere",
    "SECRET_KEY": "a" * 32,
}
ODBC_AWAY = """
from tests.readmodel.fake_odbc import OperationalError, Server
globals().update(vars(Server().module))
def connect(*_, **__):
    raise OperationalError("HYT00", "[HYT00] Login timeout expired (0)")
"""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and which commands can do their work all the same. make: does it to a folder."""

    run: Run = Run(words=(), environment={})
    make: Callable[[Path], object] = lambda _folder: None
    unharmed: frozenset[str] = NOTHING
    is_empty: bool = False


def no_database(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"This is no database. " * 500)


def cut_in_half(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((whole := (folder / name).read_bytes())[: len(whole) // 2])


def unwritable(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o555)


def in_trouble(**how: object) -> Run:
    return msgspec.structs.replace(Trouble().run, **how)


TROUBLES = {
    "a full disk": Trouble(run=in_trouble(file_bytes=0)),
    "a disk that fills up": Trouble(run=in_trouble(file_bytes=65_536),
                                    unharmed=frozenset({"export", "export -", "import"}),
                                    is_empty=True),
    "a full disk for the output": Trouble(run=in_trouble(out="/dev/full"), unharmed=frozenset({"export"})),
    "output that nobody reads": Trouble(run=in_trouble(out=""), unharmed=frozenset({"export"})),
    "an unwritable folder": Trouble(run=in_trouble(obedient=True), make=unwritable),
    "an unwritable empty folder": Trouble(run=in_trouble(obedient=True), make=unwritable, is_empty=True),
    "events that are no database": Trouble(make=no_database("events.db")),
    "half of the events": Trouble(make=cut_in_half("events.db")),
    "a read model that is no database": Trouble(make=no_database("read.db"), unharmed=ON_THE_STORE),
    "a generation that is no database": Trouble(make=no_database("read-2.db"), unharmed=ON_THE_STORE),
    "MongoDB away": Trouble(run=in_trouble(environment=AWAY)),
    "SQL Server away": Trouble(run=in_trouble(environment={"READ_MODEL_URL": "mssql+pyodbc://sa:x@127.0.0.1/x"}),
                               make=lambda folder: (folder / "pyodbc.py").write_text(ODBC_AWAY),
                               unharmed=ON_THE_STORE),
    "Ctrl-C": Trouble(run=in_trouble(interrupt=1)),
}  # fmt: skip


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    commands = Commands()
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    """A site with two generations, its files without write-ahead logs beside them."""
    folder = tmp_path_factory.mktemp("filled")
    store = SqliteEventStore(folder / "events.db")
    bus = CommandBus(store, EventCodec(), all_handlers())
    bus.send(account.RegisterAccount(handle="nora"), Envelope(actor="nora", at=ids.now()))
    for number in range(20):
        new = post.NewPost(post=ids.uuid7(), title=f"Post {number}", body="words " * 500)
        bus.send(new, Envelope(actor="nora", at=ids.now()))
    export_file(store, folder / "export.jsonl")
    store.close()
    (folder / "posts.csv").write_text(CSV)
    assert all_of(commands, [Run(words=["rebuild"], environment={"DATA_DIR": str(folder)})])[0].code == 0
    empty_logs(folder)
    return folder


def all_of(commands: Commands, runs: list[Run]) -> list[Ended]:
    ended = commands.run(runs)
    for one in ended:
        assert "Traceback" not in one.out + one.err, one.err
        assert "defect" not in one.err, one.err
    return ended


def with_each(commands: Commands, tmp_path: Path, filled: Path, trouble: Trouble) -> dict[str, Ended]:
    """Each command by itself, in a folder of its own that is in this trouble."""
    runs = []
    for name, words in COMMANDS.items():
        folder = tmp_path / name
        shutil.copytree(
            filled, folder, ignore=shutil.ignore_patterns("*.db*", "secret_key") if trouble.is_empty else None
        )
        trouble.make(folder)
        environment = {"DATA_DIR": str(folder), "COLUMNS": "200", **trouble.run.environment}
        runs.append(
            msgspec.structs.replace(
                trouble.run,
                words=[word.replace("{folder}", str(folder)) for word in words],
                environment=environment,
                path=[str(folder)],
            )
        )
    return dict(zip(COMMANDS, all_of(commands, runs), strict=True))


def test_the_table_has_every_command() -> None:
    assert {words[0] for words in COMMANDS.values()} == set(cli.commands)


@pytest.mark.slow
@pytest.mark.parametrize("name", TROUBLES)
def test_each_command_says_what_is_wrong(commands: Commands, tmp_path: Path, filled: Path, name: str) -> None:
    ended = with_each(commands, tmp_path, filled, TROUBLES[name])
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
    )  # fmt: skip
    while "_sqlite3" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGINT, 1)
    assert "Traceback" not in said
