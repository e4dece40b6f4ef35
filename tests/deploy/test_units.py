"""The systemd unit: what systemd itself says of it, and what its commands do to a site."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.absent import skip_or_fail
from tools.drill.processes import ROOT, free_port, wait_for, wait_until_served

UNIT = ROOT / "deploy" / "verbatim.service"
STARTUP_TIMEOUT_S = 60.0


def told(name: str) -> list[str]:
    """What the unit says under a name, line by line, where this checkout is the clone that it speaks of."""
    lines = UNIT.read_text(encoding="utf-8").replace("/srv/verbatim", str(ROOT)).splitlines()
    return [line.removeprefix(f"{name}=") for line in lines if line.startswith(f"{name}=")]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """Its ExecStart with its Environment, and a DATA_DIR and PORT of the test's own."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], **dict(pair.split("=", 1) for pair in told("Environment"))}
    environment |= {"DATA_DIR": str(tmp_path / "state"), "PORT": str(port), "WEB_WORKERS": "1"}
    (start,) = told("ExecStart")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(start.split(), cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(port, STARTUP_TIMEOUT_S)
        yield process, environment
    finally:
        process.terminate()
        process.wait(float(told("TimeoutStopSec")[0]))


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        skip_or_fail("no systemd-analyze here")
    unit = tmp_path / UNIT.name
    # Only whether its program is there depends on the machine.
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/srv/verbatim", str(ROOT)), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.server
def test_reload_replaces_the_web_workers_and_stop_ends_all(
    started: tuple[subprocess.Popen[bytes], dict[str, str]],
) -> None:
    process, environment = started
    run = Path(environment["DATA_DIR"]) / "run"
    leader = int((run / "web.pid").read_text())
    before = workers(leader)
    assert before

    (reload,) = told("ExecReload")
    command = reload.removeprefix("/bin/sh -c ").strip("'")
    subprocess.run(["/bin/sh", "-c", command], env=environment, check=True)
    assert wait_for(STARTUP_TIMEOUT_S, lambda: (now := workers(leader)) and not now & before)
    assert int((run / "web.pid").read_text()) == leader

    process.send_signal(signal.SIGTERM)
    assert process.wait(float(told("TimeoutStopSec")[0])) == 0
    assert not Path(f"/proc/{leader}").exists()


def workers(leader: int) -> set[int]:
    """The process ids of what a process has started."""
    children = Path(f"/proc/{leader}/task/{leader}/children")
    return set(map(int, children.read_text().split())) if children.exists() else set()
