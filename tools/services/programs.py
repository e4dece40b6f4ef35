"""Gets the servers' programs once, each through its own registry's client. A half-made install is made anew."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.services.settings import ServiceError

# What fails is mostly a download, and each installer goes on where it was.
MAX_ATTEMPTS = 2
# Installers run side by side, and apt locks itself.
_APT = threading.Lock()


@dataclass(frozen=True)
class Program:
    """What `make` puts into an empty folder. A change of `version` makes it anew."""

    folder: Path
    version: str
    make: Callable[[Path], None]

    def installed(self) -> bool:
        return self._stamp.is_file() and self._stamp.read_text() == self.version

    def install(self) -> None:
        if self.installed():
            return
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self.make(self.folder)
        self._stamp.write_text(self.version)

    @property
    def _stamp(self) -> Path:
        return self.folder / ".complete"


def require_tool(tool: str, package: str, purpose: str) -> str:
    """The tool's path; on Debian, as root, after installing it. Raises ServiceError, with where it comes from."""
    with _APT:
        if not shutil.which(tool) and shutil.which("apt-get") and os.geteuid() == 0:
            _apt_get("update", "-qq")
            _apt_get("install", "-y", "-qq", "--no-install-recommends", package)
    found = shutil.which(tool)
    if not found:
        raise ServiceError(f"{tool} is not on this machine, and {purpose}. On Debian: apt-get install {package}")
    return found


def _apt_get(*arguments: str) -> None:
    """What it can't do shows in what is missing afterwards."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=quiet)


def require_root(purpose: str) -> None:
    if os.geteuid() != 0:
        raise ServiceError(f"{purpose} needs root's rights (chroot): run this as root, or bring a MongoDB of your own.")


def run(command: Sequence[str], *, log: Path, cwd: Path | None = None, **environment: str) -> None:
    """Runs an installer with its output in `log`, again if it fails. Raises ServiceError with its end."""
    for _ in range(MAX_ATTEMPTS):
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env={**os.environ, **environment},
            )
        if done.returncode == 0:
            return
    words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise ServiceError(f"{' '.join(command[:3])} … failed ({done.returncode}). The end of {log}:\n{words}")
