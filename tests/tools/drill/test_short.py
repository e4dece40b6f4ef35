"""The short drill, as CI plays it: real processes, real signals, and nothing lost or doubled."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.drill.verdict import VIOLATIONS

ROOT = Path(__file__).parents[3]


@pytest.mark.slow(80)
def test_nothing_is_lost_or_doubled_while_processes_die() -> None:
    command = [sys.executable, "-m", "tools.drill", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout
    assert set(done.stdout.splitlines()[-1].split(", ")) == {f"0 {kind.replace('_', ' ')}" for kind in VIOLATIONS}
    if "SKIPPED" in done.stdout:
        pytest.skip(
            "all is well but for what couldn't be played: " + done.stdout.splitlines()[-2].partition("SKIPPED: ")[2]
        )
