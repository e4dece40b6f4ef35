"""A supervisor on a folder and a port of its own, with stand-ins for the processes that it starts."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


CLI = "import os, sys\nprint('migrated')\nsys.exit(int(os.environ.get('MIGRATE_CODE', '0')))\n"


WSGI = "def app(environ, start):\n    start('200 OK', [('Content-Type', 'text/plain')])\n    return [b'ready']\n"


STREAM = """\
import time

class Process:
    pass

class App:
    extensions = {"verbatim": Process()}

    def __call__(self, environ, start):
        start("200 OK", [("Content-Type", "text/event-stream")])
        if environ["PATH_INFO"] == "/readyz":
            return [b"ready"]
        return self.beats()

    def beats(self):
        while not self.extensions["verbatim"].stopping():
            yield b": beat\\n\\n"
            time.sleep(0.1)

app = App()
"""


PROJECTOR = """\
import os, signal, sys, time
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("projecting", flush=True)
time.sleep(60)
"""


SLOW_TO_IMPORT = f"import time\ntime.sleep(2)\n{WSGI}"


STUBBORN_WSGI = f"""\
import os, signal, threading, time
def hold():
    time.sleep(0.5)
    while True:
        time.sleep(60)
threading.Thread(target=hold).start()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hold()
{WSGI}"""
"""Its worker never ends by itself, and has a child that holds the port as well."""


@dataclass
class Site:
    root: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def output(self) -> str:
        return (self.root / "output").read_text()

    def pid(self, name: str) -> int:
        return int((self.root / "data" / "run" / f"{name}.pid").read_text())

    def start(self, **settings: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PORT": str(self.port), "DATA_DIR": str(self.root / "data"), **settings}
        environment.pop("EVENT_STORE_URL", None)
        with (self.root / "output").open("w") as output:
            command = [sys.executable, "-m", "server.supervisor"]
            self.process = subprocess.Popen(
                command,
                cwd=self.root,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            )
        return self.process

    def began(self, process: subprocess.Popen[str]) -> None:
        eventually(lambda: self.pid("supervisor") == process.pid)

    def ready(self) -> None:
        eventually(lambda: "Verbatim is running" in self.output and "projecting" in self.output)


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            if condition():
                return
        time.sleep(0.02)
    pytest.fail("it did not happen in time")


def marked(pid: int) -> str:
    """The line of its environment by which a supervisor knows what is its own."""
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return next(line.decode() for line in environment if line.startswith(b"VERBATIM_SUPERVISED="))


def alive(pid: int) -> bool:
    """A zombie that nobody reaped yet (its parent was killed) counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
