"""bin/setup on machines as newcomers have them: Python too old, no venv module, a half-made .venv, no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(__file__).parents[2] / "bin"
BASH = shutil.which("bash") or "/bin/bash"
OLD = '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n'
# New enough, but `import ensurepip, venv` fails, as on Debian without python3-venv.
BARE = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexit 0\n'
NOWHERE = "left-pad==1.0 --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(BIN, tmp_path / "bin")
    (tmp_path / "requirements.txt").write_text("")
    return tmp_path


def setup(checkout: Path, **settings: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "READ_MODEL_URL": "",
        "PYTHON": sys.executable,
        "PIP_CONFIG_FILE": os.devnull,
        **settings,
    }
    environment.pop("PIP_FIND_LINKS", None)
    command = [BASH, str(checkout / "bin" / "setup")]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and what it said. It never speaks on stdout: that belongs to the command that called it."""
    out, said = process.communicate(timeout=300)
    assert out == ""
    return process.returncode, said


def machine_with(folder: Path, python: str) -> str:
    """A PATH on which this is the only Python."""
    folder.mkdir()
    for tool in ("dirname", "cat", "rm", "flock", "readlink", "sh"):
        if found := shutil.which(tool):
            (folder / tool).symlink_to(found)
    (folder / "python3").write_text(python)
    (folder / "python3").chmod(0o755)
    return str(folder)


def test_a_python_too_old_is_named_with_what_to_do(checkout: Path, tmp_path: Path) -> None:
    code, said = outcome(setup(checkout, PATH=machine_with(tmp_path / "path", OLD), PYTHON=""))
    assert code == 1
    assert "needs Python 3.11 or newer, and found Python 3.9.2" in said
    assert "apt-get install python3" in said


def test_a_missing_venv_module_is_named_with_what_to_do(checkout: Path, tmp_path: Path) -> None:
    code, said = outcome(setup(checkout, PATH=machine_with(tmp_path / "path", BARE), PYTHON=""))
    assert code == 1
    assert "apt-get install python3-venv" in said


@pytest.mark.slow
def test_a_half_made_environment_heals_once_though_two_start_at_the_same_time(checkout: Path) -> None:
    broken = checkout / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.touch()
    both = [setup(checkout), setup(checkout)]
    outcomes = [outcome(process) for process in both]
    assert [code for code, _ in outcomes] == [0, 0], outcomes
    assert "".join(said for _, said in outcomes).count("Making .venv") == 1

    assert outcome(setup(checkout)) == (0, "")

    (checkout / "requirements.txt").write_text(NOWHERE)
    code, reason = outcome(setup(checkout, PIP_INDEX_URL="http://127.0.0.1:9/", PIP_NO_INDEX="0"))
    assert code == 1
    assert "check the network" in reason
    (checkout / "requirements.txt").write_text("")
    assert outcome(setup(checkout))[0] == 0


@pytest.mark.slow
def test_a_read_model_on_sql_server_has_its_driver_installed(checkout: Path) -> None:
    (checkout / "requirements-server.txt").write_text("")
    assert outcome(setup(checkout))[0] == 0
    code, said = outcome(setup(checkout, READ_MODEL_URL="mssql+pyodbc://sa:x@host/site"))
    assert (code, "Installing requirements-server.txt" in said) == (0, True)
    assert outcome(setup(checkout, READ_MODEL_URL="mssql+pyodbc://sa:x@host/site")) == (0, "")

    (checkout / "requirements-server.txt").write_text(NOWHERE)
    assert outcome(setup(checkout, READ_MODEL_URL="sqlite:///read.db")) == (0, "")
