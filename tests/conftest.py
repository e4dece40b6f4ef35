"""For all tests: none may leave a process behind."""

import signal

import pytest

from tests.left_processes import LeftProcessCheck


def pytest_configure(config: pytest.Config) -> None:
    # As a plugin: hooks of this file wouldn't be asked about fixtures of the whole session.
    config.pluginmanager.register(LeftProcessCheck())


def pytest_sessionstart() -> None:
    """Whoever ends the run has the fixtures end their processes first."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=128 + signal.SIGTERM))
