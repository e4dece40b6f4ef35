"""Which adapter stands behind which port is decided by URL, and the embedded default imports no server's driver."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASK = """
import json, sys
import bootstrap
from webapp import build
bootstrap.generations().migrate()
opened = [bootstrap.event_store(), bootstrap.event_log(), build.site()]
drivers = {"pymongo", "bson", "kafka", "pyodbc"} & sys.modules.keys()
print(json.dumps([sorted(drivers), [type(one).__name__ for one in opened]]))
"""


def asked(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


@pytest.mark.slow
def test_the_embedded_default_imports_no_servers_driver(tmp_path: Path) -> None:
    done = asked(ASK, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[], ["SqliteEventStore", "StoreLog", "Site"]]


@pytest.mark.slow
def test_there_is_nothing_to_relay_from_sqlite(tmp_path: Path) -> None:
    done = asked("import runpy; runpy.run_module('eventstore.relay', run_name='__main__')", tmp_path)
    assert done.returncode == 1
    assert "EVENT_STORE_URL is SQLite" in done.stderr
    assert "Traceback" not in done.stderr
