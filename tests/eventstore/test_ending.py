"""A process that is asked to end ends, whatever its main thread is at."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shutdown import SHUTDOWN_TIMEOUT_S, WORK_SHARE

ROOT = Path(__file__).parents[2]
BUSY = "while True: pass"
START = """
import os, sys, threading, time
from domain.errors import Unavailable
from shutdown import on_request
def away(stop):
    stop.wait()
    raise Unavailable("it is away")
with on_request(timeout_s={}) as stop:
    print("started", flush=True)
"""


def ended(work: str, number: signal.Signals = signal.SIGTERM, timeout_s: float = 1.0) -> tuple[int, float, str]:
    """Its exit code, the seconds that it took, and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{START.format(timeout_s)}    {work}"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        process.stdout.readline()
        asked = time.monotonic()
        process.send_signal(number)
        # Read only when it is gone: what it says fits into the pipe, or nobody reads it.
        process.wait(30)
        return process.returncode, time.monotonic() - asked, process.stdout.read()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_looks_at_the_event_ends_by_itself(number):
    code, _, said = ended("stop.wait()", number)
    assert (code, said) == (0, "")


def test_a_call_that_hangs_is_left_and_told_of():
    code, seconds, said = ended("def hung(): threading.Event().wait()\n    hung()")
    assert code == 0
    assert seconds >= WORK_SHARE
    assert "still waited for" in said
    assert "hung > threading.py" in said


def test_it_is_gone_in_time_from_the_signal_on_a_busy_machine_beside_threads_that_compute():
    load = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(3 * (os.cpu_count() or 1))]
    work = (
        "for _ in range(4): threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()\n"
        "    while True: pass"
    )
    try:
        code, seconds, said = ended(work, timeout_s=SHUTDOWN_TIMEOUT_S)
    finally:
        for one in load:
            one.kill()
            one.wait()
    assert code == 0
    assert SHUTDOWN_TIMEOUT_S * WORK_SHARE <= seconds < SHUTDOWN_TIMEOUT_S
    assert "still waited for" in said


def test_nothing_that_an_interpreter_does_at_its_end_holds_it_up():
    code, seconds, said = ended("import atexit; atexit.register(time.sleep, 20); print('asked', stop.wait())")
    assert (code, said) == (0, "asked True\n")
    assert seconds < 10


def test_a_log_that_nobody_reads_holds_up_nothing():
    code, seconds, _ = ended("os.set_blocking(2, True); [os.write(2, b'x' * 4096) for _ in iter(int, 1)]")
    assert code == 0
    assert seconds < 3.0


def test_a_thread_that_outlives_the_block_holds_it_up_no_longer():
    code, seconds, said = ended("threading.Thread(target=time.sleep, args=(20,)).start(); stop.wait()")
    assert (code, said) == (0, "")
    assert seconds < 10


def test_a_server_that_is_away_by_then_is_no_error():
    code, _, said = ended("away(stop)")
    assert code == 0
    assert "it is away" in said


def test_one_that_is_away_before_is():
    process = subprocess.run(
        [sys.executable, "-c", f"{START.format(1.0)}    raise Unavailable('away')"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith("Unavailable: away")
