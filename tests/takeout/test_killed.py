"""Whoever makes a takeout may be killed at any instant: the next one goes on, and the outcome is whole and equal."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operational import takeouts
from operational.takeouts import Takeout
from readmodel.generations.generations import Generations
from takeout.delivery import Delivery
from tests.people import id_of
from tests.takeout.conftest import KEPT, Archive, TakeoutSite
from tests.takeout.killed_maker import LEASE

ROOT = Path(__file__).parents[2]


def run_maker(folder: Path, where: str, number: int) -> int:
    """The exit code of one that is killed there."""
    command = [sys.executable, "-m", "tests.takeout.killed_maker", str(folder), where, str(number)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60).returncode


def made(folder: Path) -> tuple[Takeout, bytes]:
    generations = Generations(f"sqlite:///{folder / 'read.db'}")
    found = takeouts.find(generations.control, id_of("ann"), KEPT)
    assert found is not None
    data = b"".join(Delivery(generations.control, found, "ann").chunks()) if found.state == "done" else b""
    generations.close()
    return found, data


@pytest.fixture
def requested(tmp_path: Path) -> Path:
    """A site whose takeout waits, with enough for several steps."""
    site = TakeoutSite(tmp_path / "site")
    site.fill()
    for number in range(12):
        site.comment(site.publish(f"Number {number}"), "ann")
    site.project()
    site.request("ann")
    site.close()
    return tmp_path / "site"


@pytest.mark.slow(30)
def test_what_comes_of_it_is_whole_and_equal(requested: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copytree(requested, tmp_path / "undisturbed"))
    assert run_maker(undisturbed, "never", 0) == 0
    _, wanted = made(undisturbed)
    assert len(Archive(wanted).lines("posts.jsonl")) == 14
    kills = [("step", 1), ("saved", 1), ("save", 2), ("step", 2), ("saved", 2), ("save", 9), ("saved", 1), ("step", 3)]
    progress = [0]
    for where, number in kills:
        assert run_maker(requested, where, number) == -signal.SIGKILL
        found, data = made(requested)
        assert (found.state, data) == ("running", b""), "never half a file is served"
        progress.append(found.done)
        time.sleep(LEASE.total_seconds())
    assert progress == sorted(progress), "what was saved is kept"
    assert progress[-1] > 4
    assert run_maker(requested, "never", 0) == 0
    found, data = made(requested)
    assert found.state == "done"
    assert data == wanted


@pytest.mark.slow(10)
def test_a_maker_that_was_frozen_saves_nothing(requested: Path) -> None:
    """Its lease has run out, and another one has gone on."""
    site = Generations(f"sqlite:///{requested / 'read.db'}")
    first = takeouts.take(site.control, takeouts.now())
    second = takeouts.take(site.control, takeouts.from_now(LEASE))
    assert first is not None
    assert second is not None
    with site.control.begin() as connection, pytest.raises(takeouts.LeaseLost):
        takeouts.save(connection, first, done=1)
    with site.control.begin() as connection:
        takeouts.save(connection, second, done=1)
    site.close()
