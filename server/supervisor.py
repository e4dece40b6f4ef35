"""Runs the whole site on one machine: migrates once, then keeps its processes alive (the relay with MongoDB only)."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeVar

from server import environment, orphans, write_ahead_log
from server.process_group import Child, Family, die_with

GRACE = 10.0
PROBE_EVERY = 0.5
VANISHING_S = 2.0
"""How long what a killed process held may outlive it: a child on its way to its command holds the lock too, and one
on its way out has lost the environment that it is known by before it closes the port."""
stop_signals: list[int] = []
Result = TypeVar("Result")


def main() -> int:
    host, port, folder = environment.bind(), environment.port(), environment.data_dir() / "run"
    environment.whole("WEB_WORKERS", 2, 1, 64)
    environment.whole("WEB_THREADS", 32, 1, 500)
    if fault := folder_fault(folder):
        return complain(fault)
    lock = within(VANISHING_S, lambda: take_lock(folder / "lock"), enough=lambda lock: lock is not None)
    if lock is None:
        return complain(f"Another bin/run works on {folder.parent} already. Stop it, or set another DATA_DIR and PORT.")
    with lock:
        return run(host, port, folder)


def run(host: str, port: int, folder: Path) -> int:
    """For whoever holds the folder's lock."""
    catch_stop_signals()
    if not orphans.end(orphans.mark(folder / "lock"), GRACE, say):
        return 1
    if fault := within(VANISHING_S, lambda: port_fault(host, port), enough=lambda fault: fault is None):
        return complain(fault)
    # On a full disk the site goes on without the file.
    with contextlib.suppress(OSError):
        (folder / "supervisor.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    return migrate(folder) or supervise(f"http://{visible(host)}:{port}", folder)


def within(seconds: float, attempt: Callable[[], Result], enough: Callable[[Result], bool]) -> Result:
    """The first result that is enough, or the last one when the time is over."""
    until = time.monotonic() + seconds
    while not enough(result := attempt()) and time.monotonic() < until and not stop_signals:
        time.sleep(0.05)
    return result


def catch_stop_signals() -> None:
    numbers = [signal.SIGINT, signal.SIGTERM]
    # Under nohup a closed terminal is meant to change nothing.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda received, _frame: stop_signals.append(received))


def folder_fault(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").touch()
    except OSError as error:
        return f"DATA_DIR {folder.parent} can't be written to: {error.strerror}. Set DATA_DIR to a folder that can."
    return None


def port_fault(host: str, port: int) -> str | None:
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is taken by another program. Choose another: PORT={port % 65535 + 1} bin/run"
        if error.errno == errno.EACCES:
            return f"Port {port} needs root's rights. Choose one above 1023: PORT=8000 bin/run"
        return f"BIND={host} is no address of this machine ({error.strerror}). Try BIND=127.0.0.1"
    return None


def take_lock(path: Path) -> TextIO | None:
    """Two supervisors on one folder would overwrite each other's pid files. The lock goes when the process does."""
    file = path.open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def migrate(folder: Path) -> int:
    code = subprocess.run(
        python("cli", "migrate"),
        cwd=environment.ROOT,
        env=child_environment(folder),
        preexec_fn=die_with(os.getpid()),
    ).returncode
    if stop_signals:
        return 0
    if code:
        complain("The database could not be made ready (the reason is above). Nothing was started.")
    return code


def supervise(address: str, folder: Path) -> int:
    family = Family(children(), folder, environment.ROOT, child_environment(folder), say)
    next_probe = 0.0
    try:
        while not stop_signals:
            family.turn(0.1)
            if time.monotonic() >= next_probe:
                next_probe = time.monotonic() + PROBE_EVERY if not greet(address) else float("inf")
    finally:
        family.stop(GRACE, hurry=lambda: len(stop_signals) > 1)
        write_ahead_log.empty_all(say)
        (folder / "supervisor.pid").unlink(missing_ok=True)
    say("Stopped.")
    return 0


def children() -> list[Child]:
    gunicorn = python("gunicorn", "-c", str(environment.ROOT / "server" / "gunicorn_conf.py"), "webapp.wsgi:app")
    family = [Child("web", gunicorn), Child("projector", python("projector")), Child("webhooks", python("webhooks"))]
    if os.environ.get("EVENT_STORE_URL", "").startswith("mongodb"):
        family.append(Child("relay", python("eventstore.relay")))
    return family


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def child_environment(folder: Path) -> dict[str, str]:
    mark = orphans.mark(folder / "lock")
    return {**os.environ, "DATA_DIR": str(environment.data_dir()), "PYTHONUNBUFFERED": "1", orphans.VARIABLE: mark}


def greet(address: str) -> bool:
    """Says where the site is, once it answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=0.5):
            pass
    except (OSError, urllib.error.URLError):
        return False
    say(
        f"\n  Verbatim is running: {address}\n\n"
        f"  Make an account:    {address}/register\n"
        f"  Write a post:       {address}/posts/new\n"
        f"  Or fill the site:   bin/verbatim demo\n"
        f"  Or bring your own:  bin/verbatim import FILE\n"
        f"  Stop everything:    Ctrl-C\n"
    )
    return True


def visible(host: str) -> str:
    """An address a browser can open: "any interface" is none."""
    return environment.bracketed("127.0.0.1" if host in {"0.0.0.0", "::"} else host)


def say(sentence: str) -> None:
    # The reader of a pipe may leave (bin/run | head): the site goes on.
    with contextlib.suppress(OSError):
        print(sentence, flush=True)


def complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
