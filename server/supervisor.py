"""The supervisor of `bin/run`: migrates once, then keeps the processes of a whole site alive on one machine."""

import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeVar

import data_folder
import logs

from . import environment, orphans, write_ahead_log
from .process_group import Child, ProcessGroup, kill_with_parent

STOP_GRACE_S = 10.0
PROBE_INTERVAL_S = 0.5
RELEASE_TIMEOUT_S = 2.0
"""How long a lock or a port may outlive the process that was killed: a child on its way to its command holds the lock
too, and one on its way out has lost the environment that it is known by before it closes the port."""
stop_signals: list[int] = []
Result = TypeVar("Result")


def main() -> int:
    os.umask(0o077)
    host, port, folder = environment.bind(), environment.port(), environment.data_dir() / "run"
    environment.whole_number("WEB_WORKERS", 2, 1, 64)
    environment.whole_number("WEB_THREADS", 32, 1, 500)
    if problem := folder_problem(folder):
        return fail(problem)
    lock = retry_for(RELEASE_TIMEOUT_S, lambda: acquire_lock(folder / "lock"), enough=lambda lock: lock is not None)
    if lock is None:
        return fail(f"Another bin/run works on {folder.parent} already. Stop it, or set another DATA_DIR and PORT.")
    with lock:
        if open_to_others := data_folder.tighten(folder.parent, start=environment.ROOT):
            print_line(open_to_others)
        return run(host, port, folder)


def run(host: str, port: int, folder: Path) -> int:
    """Ends orphans, migrates and supervises; the caller holds the folder's lock."""
    catch_stop_signals()
    if not orphans.end_all(orphans.supervisor_mark(folder / "lock"), STOP_GRACE_S, print_line):
        return 1
    if problem := retry_for(RELEASE_TIMEOUT_S, lambda: port_problem(host, port), enough=lambda found: found is None):
        return fail(problem)
    # On a full disk the site goes on without the file.
    with contextlib.suppress(OSError):
        (folder / "supervisor.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    return migrate(folder) or supervise(f"http://{browsable_host(host)}:{port}", folder)


def retry_for(seconds: float, attempt: Callable[[], Result], enough: Callable[[Result], bool]) -> Result:
    """Tries again until a result is enough; gives that one, or the last when the time is over."""
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


def folder_problem(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").touch()
    except OSError as error:
        return f"DATA_DIR {folder.parent} can't be written to: {error.strerror}. Set DATA_DIR to a folder that can."
    return None


def port_problem(host: str, port: int) -> str | None:
    try:
        group, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(group, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is taken by another program. Choose another: PORT={port % 65535 + 1} bin/run"
        if error.errno == errno.EACCES:
            return f"Port {port} needs root's rights. Choose one above 1023: PORT=8000 bin/run"
        return f"BIND={host} is no address of this machine ({error.strerror}). Try BIND=127.0.0.1"
    return None


def acquire_lock(path: Path) -> TextIO | None:
    """Two supervisors on one folder would overwrite each other's pid files. The lock goes when the process does."""
    file = path.open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def migrate(folder: Path) -> int:
    is_text = logs.log_format() == "text"
    done = subprocess.run(
        python_module("cli", "migrate"),
        cwd=environment.ROOT,
        env=child_environment(folder),
        stdout=None if is_text else subprocess.PIPE,
        stderr=None if is_text else subprocess.STDOUT,
        preexec_fn=kill_with_parent(os.getpid()),
    )
    for line in (done.stdout or b"").splitlines():
        print_child_line("migrate", line.decode(errors="replace"))
    code = done.returncode
    if stop_signals:
        return 0
    if code:
        fail("The database could not be made ready (the reason is above). Nothing was started.")
    return code


def supervise(address: str, folder: Path) -> int:
    surroundings = (folder, environment.ROOT, child_environment(folder))
    group = ProcessGroup(site_processes(), *surroundings, print_line, print_child_line)
    next_probe = 0.0
    try:
        while not stop_signals:
            group.run_once(0.1)
            if time.monotonic() >= next_probe:
                next_probe = time.monotonic() + PROBE_INTERVAL_S if not announce(address) else float("inf")
    finally:
        group.stop(STOP_GRACE_S, is_hurried=lambda: len(stop_signals) > 1)
        write_ahead_log.truncate_all(print_line)
        (folder / "supervisor.pid").unlink(missing_ok=True)
    print_line("Stopped.")
    return 0


def site_processes() -> list[Child]:
    gunicorn = python_module("gunicorn", "-c", str(environment.ROOT / "server" / "gunicorn_conf.py"), "webapp.wsgi:app")
    group = [
        Child("web", gunicorn),
        Child("projector", python_module("projector")),
        Child("webhooks", python_module("webhooks")),
    ]
    if os.environ.get("EVENT_STORE_URL", "").startswith("mongodb"):
        group.append(Child("relay", python_module("eventstore.relay")))
    return group


def python_module(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def child_environment(folder: Path) -> dict[str, str]:
    mark = orphans.supervisor_mark(folder / "lock")
    return {**os.environ, "DATA_DIR": str(environment.data_dir()), "PYTHONUNBUFFERED": "1", orphans.MARK_VARIABLE: mark}


def announce(address: str) -> bool:
    """Prints the address of the site; False while it doesn't answer that it is ready."""
    try:
        with environment.open_directly(f"{address}/readyz", timeout_s=0.5):
            pass
    except (OSError, urllib.error.URLError):
        return False
    print_line(
        f"\n  Verbatim is running: {address}\n\n"
        f"  Make an account:    {address}/register\n"
        f"  Write a post:       {address}/posts/new\n"
        f"  Or fill the site:   bin/verbatim demo\n"
        f"  Or bring your own:  bin/verbatim import FILE\n"
        f"  Stop everything:    Ctrl-C\n"
    )
    return True


def browsable_host(host: str) -> str:
    """An address a browser can open: "any interface" is none."""
    return environment.bracketed("127.0.0.1" if host in {"0.0.0.0", "::"} else host)


def print_line(sentence: str) -> None:
    # The reader of a pipe may leave (bin/run | head): the site goes on.
    with contextlib.suppress(OSError):
        print(as_line(sentence, logging.INFO), flush=True)


def print_child_line(name: str, line: str) -> None:
    """A line of a child's output, with the child's name before it; where LOG_FORMAT=json, its own JSON as it is."""
    if logs.log_format() == "text":
        print_line(f"{name:<9} | {line}")
    elif line.strip():
        with contextlib.suppress(OSError):
            print(line if line.startswith("{") else logs.json_line(name, logging.INFO, line), flush=True)


def fail(sentence: str) -> int:
    print(as_line(sentence, logging.ERROR), file=sys.stderr)
    return 1


def as_line(sentence: str, level: int) -> str:
    """The sentence, as one line of JSON where LOG_FORMAT says so."""
    return sentence if logs.log_format() == "text" else logs.json_line("supervisor", level, sentence.strip())


if __name__ == "__main__":
    sys.exit(main())
