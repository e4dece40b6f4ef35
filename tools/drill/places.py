"""Small file systems of our own, so that a full disk is a real one and nobody else's."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path


class CannotMount(Exception):
    """No file system can be mounted here; the message says why."""


@contextmanager
def mounted(root: Path, sizes: Mapping[str, int]) -> Iterator[dict[str, Path]]:
    """Name → folder of a tmpfs of so many bytes, each taken away at the end. Raises CannotMount."""
    with ExitStack() as undone:
        places: dict[str, Path] = {}
        for name, size in sizes.items():
            place = places[name] = root / name
            place.mkdir()
            _run("mount", "-t", "tmpfs", "-o", f"size={size}", "verbatim-drill", str(place))
            undone.callback(_run, "umount", "--lazy", str(place))
        yield places


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CannotMount(f"there is no {command[0]}") from error
    if done.returncode:
        raise CannotMount(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
