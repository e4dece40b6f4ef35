"""The processes beside the web load nothing of it, and a command of `bin/verbatim` only what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = {
    "flask",
    "flask_babel",
    "flask_login",
    "flask_sqlalchemy",
    "flask_wtf",
    "jinja2",
    "webapp",
    "werkzeug",
    "wtforms",
}
PROCESSES = {
    "projector": "import projector.__main__, projector.worker, eventstore.kafka.consumer",
    "relay": "import eventstore.relay.__main__, eventstore.relay.leader, eventstore.mongo.store",
    "webhooks": "import webhooks.__main__",
    "bin/verbatim": "from cli.program import COMMANDS, load_command\nfor name in COMMANDS: load_command(name)",
}


def loaded_roots(code: str) -> set[str]:
    """The top-level packages that a process has loaded after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_beside_the_web_loads_nothing_of_it(process: str) -> None:
    loaded = loaded_roots(PROCESSES[process])
    assert "bootstrap" in loaded
    assert not loaded & WEB


@pytest.mark.slow
def test_the_check_sees_what_the_web_loads() -> None:
    assert loaded_roots("import webapp") >= {"flask", "jinja2", "webapp", "werkzeug"}


def test_the_command_line_loads_a_command_only_when_it_is_typed() -> None:
    assert not loaded_roots("import cli.program") & {"alembic", "bootstrap", "rich", "sqlalchemy"}
