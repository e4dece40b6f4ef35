"""Two hundred programs at once against a real gunicorn: every one gets its answers. How late is no test's business."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench.api_crowd import CLIENTS, crowd
from tools.bench.rebuilding import filled
from tools.bench.site import posts_csv


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.slow
def test_two_hundred_programs_at_once_get_their_answers(tmp_path: Path) -> None:
    path, _ = posts_csv(tmp_path, 40)
    site = filled(tmp_path / "site", path)
    found = crowd(site, CLIENTS, 3)
    site.close()
    assert found.faults == []
    assert len(found.seconds) == CLIENTS * 3
