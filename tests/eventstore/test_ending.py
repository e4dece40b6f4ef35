"""A process that is asked to end ends, whatever its main thread is at."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = """
import sys, threading
from domain.errors import Unavailable
from eventstore.ending import on_request
def away(stop):
    stop.wait()
    raise Unavailable("it is away")
with on_request(patience_s=1.0) as stop:
    print("started", flush=True)
"""


def ended(work: str, number: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
    """Its exit code, the seconds that it took, and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{START}    {work}"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        process.stdout.readline()
        asked = time.monotonic()
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
        return process.returncode, time.monotonic() - asked, said
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_looks_at_the_event_ends_by_itself(number):
    code, _, said = ended("stop.wait()", number)
    assert (code, said) == (0, "")


def test_a_call_that_hangs_is_left_and_told_of():
    code, seconds, said = ended("def hung(): threading.Event().wait()\n    hung()")
    assert code == 0
    assert seconds >= 1.0
    assert "still waited for" in said
    assert "hung > threading.py" in said


def test_a_thread_that_outlives_the_main_one_is_left_too():
    code, _, said = ended("threading.Thread(target=threading.Event().wait).start(); stop.wait()")
    assert code == 0
    assert "still waited for" in said


def test_a_server_that_is_away_by_then_is_no_error():
    code, _, said = ended("away(stop)")
    assert code == 0
    assert "it is away" in said


def test_one_that_is_away_before_is():
    process = subprocess.run(
        [sys.executable, "-c", f"{START}    raise Unavailable('away')"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith("Unavailable: away")
