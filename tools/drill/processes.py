"""The processes of a site under test: supervised, restarted at once when they die, and open to signals."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from server.process_group import signal_group

ROOT = Path(__file__).resolve().parents[2]
POLL_INTERVAL_S = 0.02
RESTART_DELAY_S = 0.1
RESTART_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 30.0
DUMP_TIMEOUT_S = 5.0
STARTUP_GRACE_S = 30.0
"""A younger process may not handle SIGTERM yet, and just ends by it."""
SITE_VARIABLES = (
    "BIND", "DATA_DIR", "EVENT_LOG_URL", "EVENT_STORE_URL", "LOG_FORMAT", "PUBLIC_URL", "READ_MODEL_OPTIONS",
    "READ_MODEL_URL", "SECRET_KEY", "SECRET_KEYS",
)  # fmt: skip
Found = TypeVar("Found")


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One process to supervise. not autostart: only when it is added."""

    name: str
    command: tuple[str, ...]
    autostart: bool = True


def python(*arguments: str) -> tuple[str, ...]:
    """The command that runs a module."""
    return (sys.executable, "-m", *arguments)


def site_environment(**settings: str) -> dict[str, str]:
    """What a process of a site finds: these settings and none of the caller's, who may have a site too."""
    return {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES} | settings


WEB = Definition(
    name="web", command=python("gunicorn", "-c", str(ROOT / "server" / "gunicorn_conf.py"), "webapp.wsgi:app")
)
PROJECTOR = Definition(name="projector", command=python("projector"))
STANDBY = Definition(name="standby", command=python("projector"), autostart=False)
LOSSY_RELAYS, RELAYS = (
    tuple(Definition(name=name, command=python(module)) for name in ("relay-1", "relay-2"))
    for module in ("tools.drill.lossy_relay", "eventstore.relay")
)
PROJECTORS = tuple(Definition(name=f"projector-{number}", command=python("projector")) for number in (1, 2, 3))


class Supervisor:
    """Keeps processes running, each in a process group of its own, by a thread, until `stop`."""

    def __init__(self, definitions: Sequence[Definition], folder: Path, environment: Mapping[str, str]) -> None:
        self._definitions = {definition.name: definition for definition in definitions}
        self._folder = folder
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._wanted = {definition.name for definition in definitions if definition.autostart}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._restart_dead, daemon=True)

    def start(self) -> None:
        for name in sorted(self._wanted):
            self._launch(name)
        self._thread.start()

    def add(self, name: str) -> None:
        """Starts a process that isn't running, and keeps it running from here on."""
        with self._lock:
            self._wanted.add(name)
            self._launch(name)

    def remove(self, name: str) -> None:
        """SIGKILL to a process, which isn't restarted."""
        with self._lock:
            self._wanted.discard(name)
            if (process := self._running.pop(name, None)) is not None:
                _kill_group(process)

    def log_file(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def pid(self, name: str) -> int | None:
        """Its process id, None while it is dead."""
        with self._lock:
            process = self._running.get(name)
            return process.pid if process is not None and process.poll() is None else None

    def wait_for_pid(self, name: str) -> int | None:
        """The same, waited for: after an earlier fault it may not be back yet."""
        return wait_for(RESTART_TIMEOUT_S, lambda: self.pid(name))

    def children(self, name: str) -> list[int]:
        """The process ids of what it has forked."""
        leader = self.pid(name)
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if leader and pid != leader and _group_of(pid) == leader]

    def stop(self) -> list[str]:
        """SIGTERM to all, SIGKILL to whoever stays; gives the names of those that stayed or ended with an error."""
        self._stopping.set()
        self._thread.join()
        for process in self._running.values():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        unclean_exits = [name for name, process in self._running.items() if not self._exits_cleanly(name, process)]
        for process in self._running.values():
            _kill_group(process)
        return unclean_exits

    def _exits_cleanly(self, name: str, process: subprocess.Popen[bytes]) -> bool:
        is_young = time.monotonic() - self._started_at[name] < STARTUP_GRACE_S
        try:
            return process.wait(STOP_TIMEOUT_S) in ((0, -signal.SIGTERM) if is_young else (0,))
        except subprocess.TimeoutExpired:
            # Where it hangs then stands in its log.
            process.send_signal(signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(DUMP_TIMEOUT_S)
            return False

    def _restart_dead(self) -> None:
        while not self._stopping.wait(POLL_INTERVAL_S):
            with self._lock:
                for name in [name for name, process in self._running.items() if process.poll() is not None]:
                    # Its workers would hold the port, or serve beside their successors.
                    _kill_group(self._running.pop(name))
                dead = [name for name in self._wanted if name not in self._running]
            for name in dead:
                time.sleep(RESTART_DELAY_S)
                self._launch(name)

    def _launch(self, name: str) -> None:
        with self._lock, self.log_file(name).open("ab") as log:
            if name not in self._wanted or name in self._running:
                return
            self._started_at[name] = time.monotonic()
            self._running[name] = subprocess.Popen(
                self._definitions[name].command, cwd=ROOT, env=self._environment, process_group=0,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip


@contextlib.contextmanager
def running(definitions: Sequence[Definition], folder: Path, environment: Mapping[str, str]) -> Iterator[Supervisor]:
    """Supervised while the block runs. Their logs go to folder."""
    supervisor = Supervisor(definitions, folder, environment)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(port: int, timeout_s: float) -> None:
    """Until the site on this port is ready. Raises TimeoutError."""

    def is_served() -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=timeout_s):
            return True
        return False

    if not wait_for(timeout_s, is_served):
        raise TimeoutError(f"the site doesn't serve within {timeout_s:g} s")


def wait_for(timeout_s: float, condition: Callable[[], Found], interval_s: float = POLL_INTERVAL_S) -> Found:
    """What the condition gives once it is true, or at the last look before the time is over."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(interval_s)
    return found


def send_signal(pid: int, number: signal.Signals) -> bool:
    """False where there is no such process any more."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
