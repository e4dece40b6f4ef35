"""A thread that strangers may read, and the requests that reach the application."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import request, request_started

from tests.webapp.conftest import World


@pytest.fixture
def requests(world: World) -> Iterator[list[str]]:
    """Addresses that came as far as the application, past the cache."""
    seen: list[str] = []

    def note(_app: Any, **_: Any) -> None:
        seen.append(request.full_path.rstrip("?"))

    request_started.connect(note, world.app)
    yield seen
    request_started.disconnect(note, world.app)


@pytest.fixture
def thread(world: World) -> str:
    """The path of ann's post with a comment of hers."""
    world.person("ann")
    id = world.post("ann", "First", "Some #tagged words.")
    world.comment("ann", id)
    return f"/posts/{id}"
