"""bin/services: a small stand-in server is started, frozen, killed; what is missing is told in a sentence."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack.compose import ROOT
from tools.services.daemon import Daemon
from tools.services.programs import Program
from tools.services.servers import servers
from tools.services.settings import ADDRESS, ServiceError, read_settings

# Listens, and has a child that ends with it, as PostgreSQL has.
SERVER = """
import os, socket, sys, time
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.05)
    os._exit(0)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    listener.accept()
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    one = stand_in(tmp_path, port, SERVER)
    yield one
    one.kill()


def stand_in(folder: Path, port: int, source: str) -> Daemon:
    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), 1):
            return True
        return False

    return Daemon(
        name="kafka",
        port=port,
        state=folder / "state",
        program=Program(folder / "program", "1", lambda made: (made / "file").touch()),
        prepare=lambda: None,
        command=lambda: [sys.executable, "-c", source, str(port)],
        answers=answers,
        start_timeout_s=10,
    )


def up(daemon: Daemon) -> int:
    daemon.install()
    daemon.start()
    daemon.wait()
    pid = daemon.pid()
    assert pid is not None
    return pid


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


def state_of(pid: int) -> str:
    """The letter ps shows; empty when there is no such process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def cli(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.services", *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_up_twice_is_one_server_in_a_session_of_its_own(daemon: Daemon) -> None:
    pid = up(daemon)

    assert up(daemon) == pid
    assert os.getsid(pid) == pid
    assert daemon.health() == "answers"
    assert "listening" in daemon.log.read_text()


def test_down_ends_it_and_up_starts_another(daemon: Daemon) -> None:
    first = up(daemon)

    daemon.stop()

    assert daemon.health() == "down"
    assert up(daemon) != first


def test_a_kill_takes_its_children_too(daemon: Daemon) -> None:
    pid = up(daemon)
    child = child_of(pid)

    daemon.kill()

    assert daemon.pid() is None
    eventually(lambda: state_of(child) in ("", "Z"))


def test_a_frozen_server_is_frozen_whole_and_can_still_be_stopped(daemon: Daemon) -> None:
    pid = up(daemon)
    child = child_of(pid)

    daemon.freeze()
    eventually(lambda: state_of(pid) == state_of(child) == "T")
    daemon.thaw()
    eventually(lambda: state_of(pid) != "T" != state_of(child))
    daemon.freeze()
    daemon.stop()

    assert daemon.pid() is None


def test_a_pid_that_another_process_took_over_is_not_ours(daemon: Daemon) -> None:
    daemon.state.mkdir()
    daemon.pid_file.write_text(f"{os.getpid()} 1\n")

    assert daemon.pid() is None
    daemon.kill()


def test_a_port_of_somebody_else_is_told_with_the_setting_that_helps(daemon: Daemon) -> None:
    with (
        socket.create_server((ADDRESS, daemon.port)),
        pytest.raises(ServiceError, match=f"Port {daemon.port} is taken by another program. Set KAFKA_PORT"),
    ):
        daemon.start()


def test_a_server_that_dies_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    daemon = stand_in(tmp_path, 1, "raise SystemExit('no disk')")
    daemon.start()

    with pytest.raises(ServiceError, match="no disk"):
        daemon.wait()


def test_a_half_made_program_is_made_anew_and_a_whole_one_is_not(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        assert not list(folder.iterdir())
        (folder / "part").touch()
        made.append("once")
        if len(made) == 1:
            raise ServiceError("cut off")

    program = Program(tmp_path / "program", "1", make)
    with pytest.raises(ServiceError):
        program.install()
    program.install()
    program.install()
    Program(tmp_path / "program", "2", make).install()

    assert len(made) == 3


def test_other_ports_mean_another_set_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = {one.state for one in servers(read_settings(), []).chosen}
    monkeypatch.setenv("KAFKA_PORT", "19999")
    monkeypatch.setenv("MONGO_PORT", "29999")

    other = servers(read_settings(), []).chosen

    assert not usual & {one.state for one in other}
    assert [one.port for one in other] == [19999, 30000, 29999]


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        (["up", "redis"], {}, "There is no service 'redis'; there are kafka, mongo, postgres, ferretdb."),
        (["up"], {"KAFKA_PORT": "99999"}, "KAFKA_PORT must be a port from 1024 to 65535, not '99999'."),
        (["up", "kafka"], {"PATH": "/nowhere"}, "mvn is not on this machine, and Kafka's jars come by it."),
        (["up", "ferretdb"], {"PATH": "/nowhere"}, "go is not on this machine, and FerretDB is built by it"),
        (["status"], {}, "Not there: kafka, postgres, ferretdb."),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], sentence: str
) -> None:
    done = cli(*arguments, VERBATIM_SERVICES_DIR=str(tmp_path), **{"PATH": os.environ["PATH"], **environ})

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_stdout_is_nothing_but_the_lines_to_use(tmp_path: Path) -> None:
    done = cli("env", VERBATIM_SERVICES_DIR=str(tmp_path), KAFKA_PORT="19999", MONGO_PORT="29999")

    assert done.stdout.splitlines() == [
        "EVENT_STORE_URL=mongodb://127.0.0.1:29999/verbatim",
        "EVENT_LOG_URL=kafka://127.0.0.1:19999/verbatim.commits",
    ]
