"""A site's folder with real processes on it: projectors, and commands of an operator, each by itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from readmodel.generations.generations import Generations
from readmodel.generations.tables import generations, live

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


class Processes:
    """Started on the embedded default in `folder`; `close` ends all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {**os.environ, "DATA_DIR": str(folder), "COLUMNS": "200"}
        self._running: list[subprocess.Popen[str]] = []

    def projector(self) -> "subprocess.Popen[str]":
        return self._start("-m", "projector")

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        """`bin/verbatim`, not waited for."""
        return self._start("-m", "cli", *arguments)

    def reader(self) -> Callable[[str], int]:
        """Another process that reads: asked for a stream, it gives the version that pages of it would show."""
        process = self._start("-m", "tests.projector.reader", str(self.folder))

        def shown(stream: str) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{stream}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        return shown

    def run(self, *arguments: str) -> tuple[int, str]:
        """`bin/verbatim` to its end: its exit code, and all that it said."""
        return self.ended(self.command(*arguments))

    def ended(self, process: "subprocess.Popen[str]") -> tuple[int, str]:
        said, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said

    def _start(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self._environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._running.append(process)
        return process

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def eventually(condition: Callable[[], Any], *, pause_s: float = 0.02, seconds: float = PATIENCE_S) -> Any:
    """What the condition gives once it is true of anything."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it never came to that"
        time.sleep(pause_s)
    return found


def announced_generation(of: Generations) -> int | None:
    """The generation to which a switch is announced: it is filled, and isn't live yet."""
    with of.control.connect() as connection:
        return connection.execute(select(live.c.next)).scalar_one()


def generation_states(of: Generations) -> dict[int, str]:
    with of.control.connect() as connection:
        return {row.number: row.state for row in connection.execute(select(generations))}
