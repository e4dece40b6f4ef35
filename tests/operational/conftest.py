"""The operational tables in a file of their own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from readmodel.generations.generations import Generations


@pytest.fixture
def generations(tmp_path: Path) -> Iterator[Generations]:
    """Without tables yet."""
    generations = Generations(f"sqlite:///{tmp_path / 'read.db'}")
    yield generations
    generations.close()


@pytest.fixture
def control(generations: Generations) -> Engine:
    generations.migrate()
    return generations.control
