"""No stream is left open by a test."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from webapp.live.watcher import Watcher


@pytest.fixture(autouse=True)
def nobody_left(world: Any) -> Iterator[None]:
    """Applications are shared among tests; each leaves no stream behind."""
    yield
    watcher: Watcher = world.app.extensions["watcher"]
    until = time.monotonic() + 5
    while watcher.is_running:
        assert time.monotonic() < until, "the watcher goes on without anybody watching"
        time.sleep(0.02)
