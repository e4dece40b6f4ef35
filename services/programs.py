"""Gets the servers' programs once, each through its own registry's client. A half-made install is made anew."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from services.places import Missing


def once(folder: Path, version: str, make: Callable[[Path], None]) -> None:
    """Runs `make` in an empty folder unless it did so before for this version."""
    stamp = folder / ".complete"
    if stamp.is_file() and stamp.read_text() == version:
        return
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    make(folder)
    stamp.write_text(version)


def need(tool: str, package: str, purpose: str) -> str:
    """The tool's path. Raises Missing when it isn't there, with where it comes from."""
    found = shutil.which(tool)
    if not found:
        raise Missing(f"{tool} is not on this machine, and {purpose}. On Debian: apt-get install {package}")
    return found


def need_root(purpose: str) -> None:
    if os.geteuid() != 0:
        raise Missing(f"{purpose} needs root's rights (chroot): run this as root, or bring a MongoDB of your own.")


def run(command: Sequence[str], *, log: Path, cwd: Path | None = None, environment: dict[str, str] | None = None) -> None:
    """Runs an installer with its output in `log`. Raises Missing with the end of that output when it fails."""
    with log.open("wb") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd, env={**os.environ, **(environment or {})},
        )
    if done.returncode:
        words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Missing(f"{' '.join(command[:3])} … failed ({done.returncode}). The end of {log}:\n{words}")
