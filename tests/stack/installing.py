"""Programs that tests here build once, beside those of bin/services."""

from collections.abc import Callable
from pathlib import Path

from tests.absent import skip_or_fail
from tools.services.programs import Program
from tools.services.settings import ServiceError, read_settings


def installed(name: str, version: str, build: Callable[[Path], None]) -> Path:
    """The program's folder, built where it isn't there. Skips the test where it can't be; in CI it fails."""
    program = Program(read_settings().program(name), version, build)
    try:
        program.install()
    except ServiceError as reason:
        skip_or_fail(str(reason))
    return program.folder
