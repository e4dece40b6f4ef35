"""A real gunicorn on a site of its own, with less patience than a real one, and sockets that say anything to it."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tools.drill.processes import ROOT, free_port, python

HEAD_TIMEOUT_S, BODY_TIMEOUT_S = 1.0, 2.0
LONG_BYTES = 12 * 2**20
"""Of the answer that long_answers.py adds: more than a system buffers for a connection."""
CONF = f"""
__file__ = {str(ROOT / "server" / "gunicorn_conf.py")!r}
exec(compile(open(__file__).read(), __file__, "exec"))
import server.worker
server.worker.HEAD_TIMEOUT_S, server.worker.BODY_TIMEOUT_S = {HEAD_TIMEOUT_S}, {BODY_TIMEOUT_S}
"""


class Answer(NamedTuple):
    """What came back until the server closed, or until nothing came for a while."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """gunicorn with two threads in one worker: whoever could hold a thread would soon hold all."""

    def __init__(self, folder: Path, app: str = "webapp.wsgi:app", conf: str = "", **environment: str) -> None:
        self.port = free_port()
        self.data = folder / "data"
        path = folder / "conf.py"
        path.write_text(CONF + conf)
        settings = {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "RATE_LIMITS": "off",
            "LOG_FORMAT": "json",
        }
        settings |= {"WEB_WORKERS": "1", "WEB_THREADS": "2"} | environment
        self.environment = os.environ | settings
        subprocess.run(python("cli", "migrate"), cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", str(path), app],
                cwd=ROOT,
                env=self.environment,
                stderr=log,
            )
        self._wait()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def send_raw(self, raw: bytes) -> Answer:
        with self.connect() as sock:
            sock.sendall(raw)
            return answer(sock)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)


def answer(sock: socket.socket) -> Answer:
    """Reads until the server closes."""
    began, came = time.monotonic(), b""
    while data := sock.recv(65_536):
        came += data
    return parsed(came, time.monotonic() - began)


def parsed(came: bytes, seconds: float = 0.0) -> Answer:
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(int(first.split(" ")[1]) if first else 0, headers, body, seconds)
