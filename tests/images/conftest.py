"""The whole compose file, up once for all tests here, from a fresh clone, on the stand-ins of bin/images."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.absent import skip_or_fail
from tools.images import engine
from tools.images.people import People
from tools.images.settings import ROOT
from tools.images.site import Site

MARKS = (pytest.mark.server, pytest.mark.images)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def docker_here() -> Iterator[None]:
    """Docker with Compose and the stand-ins. Without it the test is skipped; with VERBATIM_CI=1 it fails instead."""
    answered = shutil.which("docker") is not None and engine.answers()
    # By a process of its own: the engine is nobody's child then, nor is what it starts later.
    done = subprocess.run([sys.executable, "-m", "tools.images", "up"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        skip_or_fail(f"no Docker here: {done.stderr.strip()}")
    yield
    if not answered:
        engine.stop()


@pytest.fixture(scope="session")
def site(docker_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Up as README and docs/production.md say. Its containers, networks and volumes go when the tests are over."""
    one = Site(tmp_path_factory.mktemp("images") / "verbatim")
    one.clone()
    began = time.monotonic()
    try:
        one.compose("up", "-d", "--build", "--wait")
        print(f"docker compose up -d --build --wait: {time.monotonic() - began:.0f} s")
        yield one
    finally:
        one.remove()


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the checker in its container may read too."""
    folder = tmp_path_factory.mktemp("ledgers")
    for one in (folder, *folder.parents[:3]):
        one.chmod(one.stat().st_mode | 0o055)
    return folder


@pytest.fixture(scope="session")
def people(site: Site, ledgers: Path) -> People:
    return People(site.https_port, site.certificate(), ledgers)
