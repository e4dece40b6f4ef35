"""LOG_FORMAT=json: every line of a whole site is JSON, from its migration to its end."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tools.drill.processes import ROOT, free_port

pytestmark = pytest.mark.slow


def test_every_line_that_a_site_prints_is_json(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    settings = {"DATA_DIR": str(tmp_path / "data"), "PORT": str(port), "LOG_FORMAT": "json", "WEB_WORKERS": "1"}
    with output.open("wb") as log:
        site = subprocess.Popen(
            [sys.executable, "-m", "server.supervisor"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "Verbatim is running" in output.read_text(), site)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert answer.status == 200
        for name in ("projector", "web"):
            (pid_file,) = (tmp_path / "data").rglob(f"{name}.pid")
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
            until(lambda name=name: f"{name} was killed" in output.read_text(), site)
    finally:
        site.terminate()
        site.wait(30)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert {"event", "level", "timestamp"} <= set.intersection(*(set(line) for line in lines))
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/"]
    assert lines[-1]["event"] == "Stopped."


def until(is_so: object, site: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while not is_so():  # type: ignore[operator]
        assert site.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
