"""Processes of the site that run while something is measured."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .site import ROOT

STOP_TIMEOUT_S = 30.0
START_TIMEOUT_S = 60.0
READINESS_REQUEST = b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


@contextmanager
def running(
    folder: Path, environ: Mapping[str, str], module: str, *arguments: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m module arguments`, from here to the block's end. Its output goes to a file in folder."""
    command = [sys.executable, "-m", module, *arguments]
    with (folder / f"{module}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


@contextmanager
def served(folder: Path, *, threads: int, limits: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """gunicorn with two workers, and a projector, on the site of this folder; gives the port and gunicorn's process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = os.environ | {
        "DATA_DIR": str(folder), "PORT": str(port), "WEB_WORKERS": "2", "WEB_THREADS": str(threads),
        "RATE_LIMITS": limits, "LOG_FORMAT": "json", "SECRET_KEY": "bench",
    }  # fmt: skip
    gunicorn = ("-c", str(ROOT / "server" / "gunicorn_conf.py"), "webapp.wsgi:app")
    with running(folder, environ, "gunicorn", *gunicorn) as web, running(folder, environ, "projector"):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _is_ready(port):
            if time.monotonic() > deadline:
                raise TimeoutError("the site doesn't serve")
            time.sleep(0.1)
        yield port, web


def _is_ready(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(READINESS_REQUEST)
        return b" 200 " in connection.recv(100)
    return False
