"""Calls the docker command, and says what it said where it fails."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .settings import ImagesError, variables

TIMEOUT_S = 900.0


def docker(
    *words: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> str:
    """What it prints. Raises ImagesError with the end of its complaint."""
    done = call(*words, cwd=cwd, environment=environment, timeout_s=timeout_s)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise ImagesError(f"docker {' '.join(words[:4])} … failed ({done.returncode}):\n{said}")
    return done.stdout


def call(
    *words: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> "subprocess.CompletedProcess[str]":
    """The same without judging. Raises ImagesError where there is no such command, or it doesn't come to an end."""
    given = {**os.environ, **variables(), **(environment or {})}
    try:
        return subprocess.run(
            ["docker", *words], cwd=cwd, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout_s, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ImagesError("There is no docker command on this machine. On Debian: apt-get install docker.io") from error
    except subprocess.TimeoutExpired as error:
        raise ImagesError(f"docker {' '.join(words[:4])} … took more than {timeout_s:g} s.") from error


def label(image: str, name: str) -> str | None:
    """The image's label, "" where it has none; None where there is no such image."""
    done = call("image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image)
    return None if done.returncode else done.stdout.strip()
