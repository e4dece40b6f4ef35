"""Processes of the site's own that run while something is measured."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .site import ROOT

GRACE_S = 30.0


@contextmanager
def running(
    folder: Path, environ: Mapping[str, str], module: str, *arguments: str, name: str = ""
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m module arguments`, from here to the block's end. What it says goes to a file in folder."""
    command = [sys.executable, "-m", module, *arguments]
    with (folder / f"{name or module}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(GRACE_S)
