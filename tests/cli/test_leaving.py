"""What operators see of people who leave: `status` counts them, and backups of before bring nothing of theirs back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_runs import all_of
from tests.forked import Commands, Ended, Run
from tests.leaving.conftest import SECRET, LeavingSite

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LeavingSite]:
    folder = tmp_path / "live"
    folder.mkdir()
    site = LeavingSite(folder)
    site.fill()
    yield site
    site.close()


def test_backups_of_before_and_after_are_rehearsed(commands: Commands, site: LeavingSite, tmp_path: Path) -> None:
    def run(*words: str | Path, folder: Path = site.folder) -> Ended:
        environment = {"DATA_DIR": str(folder), "COLUMNS": "200"}
        return all_of(commands, [Run(words=[str(word) for word in words], environment=environment)])[0]

    backups, before = tmp_path / "backups", tmp_path / "before"
    assert run("backup", backups).code == 0
    shutil.copytree(backups, before)
    site.leave()
    assert "0 can come back, 0 being erased, 0 done" not in run("status").out
    site.carry_out()
    assert "0 can come back, 0 being erased, 1 done" in run("status").out
    assert run("backup", backups).code == 0
    ledger = ("--ledger", f"{backups}.erasures")
    for folder in (backups, before):
        rehearsed = run("restore", folder, "--rehearse", *ledger)
        assert rehearsed.code == 0, rehearsed
        assert "Everything in it is as it is on the live site." in rehearsed.out
    restored = tmp_path / "restored"
    done = run("restore", before, *ledger, folder=restored)
    assert done.code == 0, done.err
    assert run("verify", folder=restored).code == 0
    found = b"".join(path.read_bytes() for path in sorted(restored.rglob("*")) if path.is_file())
    assert SECRET.encode() not in found
