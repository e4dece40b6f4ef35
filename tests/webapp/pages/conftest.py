"""A settled site that tests of wrong input share, since they change nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.webapp.conftest import World
from tests.webapp.pages.hard_input_world import Settled, _given


@pytest.fixture(scope="module")
def settled(migrated: Path, apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """One site for all that is refused, since what is refused changes nothing."""
    world = World(shutil.copytree(migrated, tmp_path_factory.mktemp("settled") / "site"), apps)
    yield world, *_given(world)
    world.close()


@pytest.fixture
def here(settled: Settled) -> Settled:
    """The settled site, answering again after tests that had a site of their own."""
    settled[0].process.site = settled[0].site
    return settled
