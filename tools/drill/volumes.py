"""Small file systems of a round's own, so that a full disk is a real one and nobody else's."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path


class CannotMount(Exception):
    """No file system can be mounted here; the message says why."""


@contextmanager
def mounted(folder: Path, sizes: Mapping[str, int]) -> Iterator[None]:
    """Mounts a tmpfs of so many bytes at folder/name for each; what is in them is copied out at the end.

    Raises CannotMount.
    """
    with ExitStack() as undo:
        for name, size in sizes.items():
            (folder / name).mkdir(exist_ok=True)
            _run("mount", "-t", "tmpfs", "-o", f"size={size}", "verbatim-drill", str(folder / name))
            undo.callback(_run, "umount", "--lazy", str(folder / name))
            undo.callback(shutil.copytree, folder / name, folder / f"{name}-copy")
        yield


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CannotMount(f"there is no {command[0]}") from error
    if done.returncode:
        raise CannotMount(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
