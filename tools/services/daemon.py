"""A process that goes on when its starter ends: its pid file, its log, its signals."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.services.programs import Program
from tools.services.settings import ADDRESS, ServiceError

STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Daemon:
    """One server. `forks` means that the command forks, and that its child is the server (unshare does that)."""

    name: str
    port: int
    state: Path
    program: Program
    prepare: Callable[[], None]
    command: Callable[[], Sequence[str]]
    answers: Callable[[], bool]
    after_start: Callable[[], None] = lambda: None
    start_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    forks: bool = False

    def installed(self) -> bool:
        return self.program.installed()

    def install(self) -> None:
        self.program.install()

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def pid_file(self) -> Path:
        return self.state / "pid"

    def pid(self) -> int | None:
        """The running server's pid. A pid that another process took over since then doesn't count."""
        with contextlib.suppress(OSError, ValueError):
            pid, start_time = self.pid_file.read_text().split()
            if _start_time(int(pid)) == start_time:
                return int(pid)
        return None

    def start(self) -> None:
        """Starts it when it isn't running. Raises ServiceError when the port is somebody else's."""
        if self.pid():
            return
        if _listening(self.port):
            raise ServiceError(f"Port {self.port} is taken by another program. {_other_port(self.name)}")
        self.state.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.state,
                env=_environment(),
                start_new_session=True,
            )
        pid = _child(started, self.name) if self.forks else started.pid
        # It is left to itself: without this, Python would complain that nobody waits for it.
        started.returncode = 0
        self.pid_file.write_text(f"{pid} {_start_time(pid)}\n")

    def wait(self) -> None:
        """Until it answers. Raises ServiceError with the end of its log when it doesn't in time."""
        deadline = time.monotonic() + self.start_timeout_s
        while not self.answers():
            if not self.pid() or time.monotonic() > deadline:
                raise ServiceError(f"{self.name} didn't start. The end of {self.log}:\n{self.log_tail()}")
            time.sleep(0.1)
        self.after_start()

    def health(self) -> str:
        if not self.pid():
            return "down"
        return "answers" if self.answers() else "does not answer"

    def log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return "(no log)"

    def stop(self) -> None:
        """Gracefully, and after STOP_TIMEOUT_S seconds by force."""
        pid = self.pid()
        if pid is None:
            return
        _send([*_process_tree(pid)], signal.SIGCONT)
        _send([pid], self.stop_signal)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.pid() and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.pid():
            self.kill()

    def kill(self) -> None:
        """Like a power cut for this server: SIGKILL to it and to every process under it."""
        pid = self.pid()
        if pid is None:
            return
        _send([*_process_tree(pid)], signal.SIGKILL)
        while self.pid():
            time.sleep(0.01)

    def freeze(self) -> None:
        self._to_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._to_all(signal.SIGCONT)

    def _to_all(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is None:
            raise ServiceError(f"{self.name} isn't running.")
        _send([*_process_tree(pid)], number)


def _environment() -> dict[str, str]:
    """Nothing of the caller's own, which may be a test run, reaches a server that outlives it."""
    passed_on = ("PATH", "HOME", "JAVA_HOME", "TZ")
    return {"LANG": "C.UTF-8", **{name: os.environ[name] for name in passed_on if name in os.environ}}


def _start_time(pid: int) -> str | None:
    """The start time in clock ticks since boot; None for a process that is gone or only waits to be buried."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    return None


def _child(starter: "subprocess.Popen[bytes]", name: str) -> int:
    deadline = time.monotonic() + 5
    while starter.poll() is None and time.monotonic() < deadline:
        if children := _children(starter.pid):
            return children[0]
        time.sleep(0.01)
    raise ServiceError(f"{name} could not be started; its log tells why.")


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _process_tree(pid: int) -> list[int]:
    """The process and all under it, the eldest first, so that a killed parent can't start another child."""
    found = [pid]
    for one in found:
        found += _children(one)
    return found


def _send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) == 0


def _other_port(name: str) -> str:
    variable = {"kafka": "KAFKA_PORT", "ferretdb": "MONGO_PORT", "postgres": "POSTGRES_PORT"}[name]
    return f"Set {variable} to a free one for {name}, or stop that program."
