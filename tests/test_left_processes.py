"""The check that no test leaves a process behind, tried on small test files of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAD = "import os, subprocess, time, pytest\n"
FILES = {
    "child": """
def test_leaves_a_child():
    subprocess.Popen(["sleep", "3601"])
""",
    "stray": """
def test_leaves_a_stray():
    subprocess.run(["sh", "-c", "sleep 3602 > /dev/null 2>&1 &"])
""",
    "broken_fixture": """
@pytest.fixture(scope="module")
def site():
    subprocess.Popen(["sleep", "3603"])
    raise AssertionError("it doesn't serve")
def test_has_a_fixture_that_fails(site): pass
""",
    "module": """
@pytest.fixture(scope="module")
def site():
    yield subprocess.Popen(["sleep", "3604"])
def test_is_not_blamed(site): pass
def test_is_the_last_of_a_fixture(site): pass
""",
    "ended": """
@pytest.fixture(scope="session")
def site():
    with subprocess.Popen(["sleep", "3605"]) as process:
        yield process
        process.kill()
def test_uses_a_fixture(site): assert site.poll() is None
def test_uses_it_again(site): assert site.poll() is None
def test_starts_what_ends_by_itself(): subprocess.Popen(["sleep", "0.2"])
""",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest said of these files, with the check and little patience."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "tried").mkdir()
    (folder / "pytest.ini").touch()
    check = (ROOT / "tests" / "conftest.py").read_text()
    (folder / "tried" / "conftest.py").write_text(
        f"{check}\nfrom tests import left_processes\nleft_processes.END_TIMEOUT_S = 1\n"
    )
    for name, text in FILES.items():
        (folder / "tried" / f"test_{name}.py").write_text(HEAD + text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tried"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout


@pytest.mark.parametrize(
    ("blamed", "seconds"),
    [
        ("test_leaves_a_child", 3601),
        ("test_leaves_a_stray", 3602),
        ("test_has_a_fixture_that_fails", 3603),
        ("test_is_the_last_of_a_fixture", 3604),
    ],
)
def test_a_process_that_is_left_fails_the_test_and_is_ended(output: str, blamed: str, seconds: int) -> None:
    said = output.split(f"ERROR at teardown of {blamed} ")[1]
    assert f"sleep {seconds}" in said.split("left running: ")[1].splitlines()[0]
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert f"sleep\0{seconds}\0".encode() not in running


def test_processes_that_are_ended_fail_nobody(output: str) -> None:
    assert output.count("ERROR at teardown") == 4
    assert "7 passed" in output
