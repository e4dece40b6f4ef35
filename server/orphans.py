"""Finds and ends what a killed supervisor left running: its children's own children, which hold the port.

Whatever a supervisor starts carries its mark in the environment, and hands it on. Who holds the lock of a data folder
is its only supervisor, so that any other process with that folder's mark is an orphan. A process id alone tells
nothing: a stranger may have it by now.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MARK_VARIABLE = "VERBATIM_SUPERVISED"
KILL_TIMEOUT_S = 5.0
"""How long a process may take to vanish after SIGKILL."""
_PROC = Path("/proc")
_POLL_INTERVAL_S = 0.05


def supervisor_mark(lock: Path) -> str:
    """The value of MARK_VARIABLE for one data folder: its lock file's place and identity."""
    found = lock.stat()
    return hashlib.sha256(f"{lock.resolve()}\0{found.st_dev}\0{found.st_ino}".encode()).hexdigest()


def end_all(mark: str, grace_s: float, report: Callable[[str], None]) -> bool:
    """SIGTERM to each of the orphans, SIGKILL after grace_s seconds. Whether none is left."""
    asked: set[int] = set()
    began = time.monotonic()
    while left := find(mark):
        waited = time.monotonic() - began
        if waited > grace_s + KILL_TIMEOUT_S:
            report(f"{_process_list(left)} of an earlier bin/run can't be ended.")
            return False
        if not asked:
            report(f"Ending {_process_list(left)}, left over from a bin/run that was killed.")
        for pid in left if waited > grace_s else left - asked:
            # Gone since, or root's.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL if waited > grace_s else signal.SIGTERM)
        asked |= left
        time.sleep(_POLL_INTERVAL_S)
    return True


def find(mark: str) -> set[int]:
    """The ids of all processes with this mark but the caller's own. Those that only wait to be reaped have none."""
    found = _find_by_proc(mark) if (_PROC / "self" / "environ").exists() else find_by_ps(mark)
    return {*found} - {os.getpid()}


def _find_by_proc(mark: str) -> Iterator[int]:
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    for folder in _PROC.iterdir():
        # Gone since, or another user's.
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def find_by_ps(mark: str, options: str = "-AwwE") -> Iterator[int]:
    """options: as macOS has them, where the environment stands behind the command."""
    try:
        said = subprocess.run(["ps", options, "-o", "pid=,command="], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"What an earlier bin/run may have left running can't be looked for: {error}.", file=sys.stderr)
        return
    for line in said.splitlines():
        pid, _, command = line.strip().partition(b" ")
        if f"{MARK_VARIABLE}={mark}".encode() in command.split(b" "):
            yield int(pid)


def _process_list(pids: set[int]) -> str:
    return f"process{'es' if len(pids) > 1 else ''} {', '.join(map(str, sorted(pids)))}"
