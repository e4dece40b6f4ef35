"""For all tests: none may leave a process behind, and the longest come first."""

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from tests.left_processes import LeftProcessCheck

# An example has no time limit: on a machine with much else to do any may take a second.
hypothesis.settings.register_profile("without_deadline", deadline=None)
hypothesis.settings.load_profile("without_deadline")


def pytest_configure(config: pytest.Config) -> None:
    # As a plugin: hooks of this file wouldn't be asked about fixtures of the whole session.
    config.pluginmanager.register(LeftProcessCheck())


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Commands of ours that a test calls in this process set another: the next test has this one again."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the tests of minutes, so that no worker is left with one when the others have ended."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> int:
    """What the mark `slow` says; 0 where it gives no number, so that tests which share a fixture stay together."""
    marker = item.get_closest_marker("slow")
    return int(marker.args[0]) if marker and marker.args else 0


def pytest_sessionstart() -> None:
    """Whoever ends the run has the fixtures end their processes first."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=128 + signal.SIGTERM))
