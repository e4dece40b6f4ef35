"""Docker's engine: used where one answers, else Debian's is started, with all that it keeps in the cache folder."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from tools.services.programs import require_tool

from .docker import call
from .settings import ImagesError, folder

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 60.0
PASSED_ON = ("PATH", "HOME", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def start() -> None:
    """Returns when an engine answers. Raises ImagesError where none can be had, with the reason."""
    _require_docker()
    if answers():
        return
    if os.geteuid() != 0:
        raise ImagesError("Docker's engine doesn't answer, and only root can start it here.")
    folder().mkdir(parents=True, exist_ok=True)
    with _log().open("ab") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--data-root", str(folder() / "engine"), "--pidfile", str(_pid_file())],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder(), env=_environment(), start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise ImagesError(f"Docker's engine can't be started here. The end of {_log()}:\n{_log_tail()}")
        time.sleep(0.2)
    # It goes on without its starter.
    daemon.returncode = 0


def stop() -> None:
    """Ends the engine where it is one that `start` started; another goes on."""
    if (pid := started_pid()) is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while started_pid() and time.monotonic() < deadline:
        time.sleep(0.1)


def started_pid() -> int | None:
    """The process of the engine that `start` started, None where that isn't running."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(_pid_file().read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() == "dockerd":
            return pid
    return None


def answers() -> bool:
    return call("version", "--format", "{{.Server.Version}}", timeout_s=30).returncode == 0


def _environment() -> dict[str, str]:
    """Nothing of the caller's own, which may be a test run, reaches an engine that outlives it."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _require_docker() -> None:
    require_tool("dockerd", "docker.io", "containers run on it")
    require_tool("docker", "docker.io", "containers are started by it")


def _pid_file() -> Path:
    return folder() / "dockerd.pid"


def _log() -> Path:
    return folder() / "dockerd.log"


def _log_tail() -> str:
    return "\n".join(_log().read_text(errors="replace").splitlines()[-8:])
