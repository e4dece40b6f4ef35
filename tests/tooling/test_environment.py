"""Commands in bin/ do the same whatever variables a shell sets for Python, pip and bash, and wherever one stands."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.drill.processes import free_port

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / "bin" / "lib" / "environment.sh"
KEPT = {
    "PYTHON": sys.executable, "PYTHONUNBUFFERED": "1", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CERT": "/a.pem",
    "PATH": os.environ["PATH"],
}  # fmt: skip
MODULES = ("logging", "json", "re", "typing", "sitecustomize", "usercustomize", "pytest", "click", "domain", "config")
READY_TIMEOUT_S = 60.0


@pytest.fixture
def foreign(tmp_path: Path) -> dict[str, str]:
    """Variables, and a folder whose modules bear the names of others and end whoever imports them."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(f"import os\nos.write(2, b'foreign {name}\\n')\nos._exit(97)\n")
    (tmp_path / "bin").mkdir()
    return {
        "PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere", "PYTHONEXECUTABLE": "/nowhere/python3",
        "PYTHONPLATLIBDIR": "nolib", "PYTHONSAFEPATH": "1", "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "ascii",
        "PYTHONOPTIMIZE": "2", "PYTHONINSPECT": "1", "PYTHONVERBOSE": "1", "PYTHONUSERBASE": str(tmp_path),
        "PYTHONCASEOK": "1", "PYTHONSTARTUP": str(tmp_path / "json.py"), "PYTHONDEVMODE": "1", "PYTHONUTF8": "0",
        "PYTHONINTMAXSTRDIGITS": "1", "PYTHONHASHSEED": "none", "PYTHONMALLOC": "none", "PYTHONBREAKPOINT": "none",
        "__PYVENV_LAUNCHER__": "/nowhere/python3",
        "PIP_USER": "1", "PIP_TARGET": str(tmp_path), "PIP_DRY_RUN": "1", "PIP_CONSTRAINT": "/nowhere",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "nowhere", "MYPYPATH": str(tmp_path),
        "GUNICORN_CMD_ARGS": "--nonsense", "CDPATH": str(tmp_path),
    }  # fmt: skip


def test_only_variables_that_change_nothing_of_ours_stay(foreign: Mapping[str, str]) -> None:
    said = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source {ENVIRONMENT}; env -0"],
        env={**foreign, **KEPT}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = dict(line.split("=", 1) for line in said.split("\0") if line)
    assert {name: found.get(name) for name in KEPT} == KEPT
    assert not foreign.keys() & found.keys()


def test_every_command_begins_with_them() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "bin").iterdir() if path.is_file()}
    line = 'source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"'
    assert {name for name, text in texts.items() if line not in text.splitlines()[:5]} == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("bin/verbatim", "status"),
        ("bin/setup", "--dev"),
        ("bin/test", "tests/domain/test_ids.py", "-q", "-p", "no:cacheprovider"),
        ("bin/vendor", "--check"),
        ("bin/services", "status"),
        ("bin/images", "--help"),
    ],
    ids=" ".join,
)
def test_a_command_does_its_work_beside_foreign_modules(
    foreign: Mapping[str, str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    name, *words = command
    environ = {**os.environ, "DATA_DIR": str(tmp_path / "data")}
    plain, done = (
        subprocess.run([ROOT / name, *words], cwd=folder, env=given, capture_output=True, text=True, timeout=120)
        for folder, given in ((ROOT, environ), (tmp_path, {**environ, **foreign}))
    )
    assert "foreign" not in done.stdout + done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (plain.returncode, False), done.stderr


@pytest.mark.slow
def test_a_site_starts_beside_foreign_modules(foreign: Mapping[str, str], tmp_path: Path) -> None:
    output = tmp_path / "output"
    settings = {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "WEB_WORKERS": "1"}
    with output.open("wb") as file:
        process = subprocess.Popen(
            [ROOT / "bin" / "run"], cwd=tmp_path, env={**os.environ, **foreign, **settings}, stdout=file, stderr=file
        )
    try:
        until = time.monotonic() + READY_TIMEOUT_S
        while "Verbatim is running" not in output.read_text() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        process.terminate()
        code = process.wait(30)
    said = output.read_text()
    assert (code, "Verbatim is running" in said, "foreign" in said, "starting it again" in said) == (
        0,
        True,
        False,
        False,
    ), said
