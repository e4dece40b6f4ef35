"""The processes of a site under a drill: started, started again at once when they die, and easy to hurt."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
MIN_POLL_INTERVAL_S = 0.02
AGAIN_S = 0.1
GRACE_S = 30.0
DUMP_S = 5.0
BACK_S = 10.0
BORN_S = 30.0
"""A process younger than that may not listen to SIGTERM yet, and just goes."""


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One process to keep: its name, its command, and what it finds in its environment beside the site's own.

    needed: whether it runs from the start, or only when a fault asks for it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = {}
    needed: bool = True


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


WEB = Definition(
    name="web", command=python("gunicorn", "-c", str(ROOT / "server" / "gunicorn_conf.py"), "webapp.wsgi:app")
)
PROJECTOR = Definition(name="projector", command=python("projector"))
STANDBY = Definition(name="standby", command=python("projector"), needed=False)
RELAYS = tuple(Definition(name=name, command=python("eventstore.relay")) for name in ("relay-1", "relay-2"))
LOSSY_RELAYS = tuple(Definition(name=one.name, command=python("tools.drill.lossy")) for one in RELAYS)
PROJECTORS = tuple(Definition(name=f"projector-{number}", command=python("projector")) for number in (1, 2, 3))


class Keeper:
    """Keeps processes alive, each in a group of its own; a thread looks after them until `stop`."""

    def __init__(self, definitions: Sequence[Definition], folder: Path, environment: Mapping[str, str]) -> None:
        self._definitions = {definition.name: definition for definition in definitions}
        self._folder = folder
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._born: dict[str, float] = {}
        self._wanted = {definition.name for definition in definitions if definition.needed}
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        for name in sorted(self._wanted):
            self._launch(name)
        self._thread.start()

    def want(self, name: str) -> None:
        """Starts a process that isn't needed all the time, and keeps it from here on."""
        with self._lock:
            self._wanted.add(name)
            self._launch(name)

    def dismiss(self, name: str) -> None:
        """Ends what `want` started, the hard way."""
        with self._lock:
            self._wanted.discard(name)
            if (process := self._running.pop(name, None)) is not None:
                _end(process)

    def log(self, name: str) -> Path:
        """Where a process writes what it says."""
        return self._folder / f"{name}.log"

    def main(self, name: str) -> int | None:
        """The process id of a definition's own process, None while it is dead."""
        with self._lock:
            process = self._running.get(name)
            return process.pid if process is not None and process.poll() is None else None

    def awaited(self, name: str) -> int | None:
        """The same, waited for: after an earlier fault there may be nobody yet."""
        until = time.monotonic() + BACK_S
        while (main := self.main(name)) is None and time.monotonic() < until:
            time.sleep(MIN_POLL_INTERVAL_S)
        return main

    def workers(self, name: str) -> list[int]:
        """What it has forked."""
        main = self.main(name)
        return [] if main is None else [pid for pid in _group(main) if pid != main]

    def stop(self) -> list[str]:
        """SIGTERM to all, SIGKILL to whoever stays; gives the names of those that stayed or ended with an error."""
        self._over.set()
        self._thread.join()
        for process in self._running.values():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        ill = [name for name, process in self._running.items() if not self._ended_well(name, process)]
        for process in self._running.values():
            _end(process)
        return ill

    def _ended_well(self, name: str, process: subprocess.Popen[bytes]) -> bool:
        young = time.monotonic() - self._born[name] < BORN_S
        try:
            return process.wait(GRACE_S) in ((0, -signal.SIGTERM) if young else (0,))
        except subprocess.TimeoutExpired:
            # Where it hangs then stands in its log.
            process.send_signal(signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(DUMP_S)
            return False

    def _keep(self) -> None:
        while not self._over.wait(MIN_POLL_INTERVAL_S):
            with self._lock:
                dead = [name for name, process in self._running.items() if process.poll() is not None]
                for name in dead:
                    # Its workers would hold the port, or serve beside their successors.
                    _end(self._running.pop(name))
                again = [name for name in self._wanted if name not in self._running]
            for name in again:
                time.sleep(AGAIN_S)
                self._launch(name)

    def _launch(self, name: str) -> None:
        definition = self._definitions[name]
        with self._lock, self.log(name).open("ab") as output:
            if name not in self._wanted or name in self._running:
                return
            self._born[name] = time.monotonic()
            self._running[name] = subprocess.Popen(
                definition.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**self._environment, **definition.environment},
                process_group=0,
            )


def hurt(pid: int, number: signal.Signals) -> bool:
    """Sends a signal; False where there is nobody any more."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _group(leader: int) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _group_of(pid) == leader]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
