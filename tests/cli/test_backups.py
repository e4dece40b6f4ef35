"""`bin/verbatim backup` and `restore`: what operators type, what they are told, and what exits with 1."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from domain import account, ids, post
from domain.bus import CommandBus, operator
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.cli.command_runs import all_of
from tests.forked import ROOT, Commands, Ended, Run

pytestmark = pytest.mark.slow


class Site:
    """A folder with a site, and the command line on it."""

    def __init__(self, commands: Commands, folder: Path) -> None:
        self._commands = commands
        self.folder = folder

    def run(self, *words: str | Path) -> Ended:
        environment = {"DATA_DIR": str(self.folder), "COLUMNS": "200"}
        return all_of(self._commands, [Run(words=[str(word) for word in words], environment=environment)])[0]

    def commits(self) -> list[bytes]:
        assert self.run("export", self.folder / "out.jsonl").code == 0
        return (self.folder / "out.jsonl").read_bytes().splitlines()

    def erase(self, id: str) -> None:
        store = SqliteEventStore(self.folder / "events.db")
        CommandBus(store, EventCodec(), all_handlers()).send(
            post.ErasePost(post=id, reason="asked"), operator(ids.now())
        )
        store.close()


@pytest.fixture
def live(commands: Commands, tmp_path: Path) -> Site:
    site = Site(commands, tmp_path / "live")
    assert site.run("migrate").code == 0
    store = SqliteEventStore(site.folder / "events.db")
    bus = CommandBus(store, EventCodec(), all_handlers())
    bus.send(account.RegisterAccount(handle="nora"), Envelope(actor="nora", at=ids.now()))
    for number in range(5):
        new = post.NewPost(post=ids.uuid7(), title=f"Post {number}", body=f"words {number}")
        bus.send(new, Envelope(actor="nora", at=ids.now()))
    store.close()
    return site


@pytest.fixture
def fresh(commands: Commands, tmp_path: Path) -> Site:
    return Site(commands, tmp_path / "fresh")


def test_a_night_and_the_morning_after(live: Site, fresh: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    done = live.run("backup", backups)
    assert done.code == 0, done.err
    assert "6 commits (" in done.out
    assert "it reaches position 6" in done.out
    again = live.run("backup", backups)
    assert "0 commits (0 bytes)" in again.out
    rehearsed = live.run("restore", backups, "--rehearse")
    assert rehearsed.code == 0, rehearsed
    assert "Everything in it is as it is on the live site." in rehearsed.out
    for step in ("restored and verified in", "compared with the live store in", "folded in"):
        assert step in rehearsed.out
    said = live.run("status").out
    assert "Last backup" in said
    assert said.count("position 6") == 3

    restored = fresh.run("restore", backups)
    assert restored.code == 0, restored.err
    assert "Restored" in restored.out
    assert fresh.commits() == live.commits()
    assert fresh.run("verify").code == 0
    assert "isn't empty: it holds 6 commits" in fresh.run("restore", backups).err


def test_a_text_that_was_erased_since_doesnt_come_back(live: Site, fresh: Site, tmp_path: Path) -> None:
    backups, copied = tmp_path / "backups", tmp_path / "copied"
    live.run("backup", backups)
    shutil.copytree(backups, copied)
    erased = json.loads(live.commits()[1])
    live.erase(erased["stream"].removeprefix("post-"))
    assert live.run("backup", backups).code == 0

    refused = fresh.run("restore", copied)
    assert refused.code == 1
    assert "There is no erasure ledger" in refused.err
    assert fresh.run("verify").code == 0
    done = fresh.run("restore", copied, "--ledger", tmp_path / "backups.erasures")
    assert done.code == 0, done.err
    assert "1 texts that were erased since are left out." in done.out
    lines = fresh.commits()
    assert len(lines) == 6 + 1 + 1
    assert not any(b"words 0" in line for line in lines)
    assert fresh.run("verify").code == 0


def test_a_restored_site_is_told_what_it_lost(live: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    live.run("backup", backups)
    live.erase(json.loads(live.commits()[1])["stream"].removeprefix("post-"))
    live.run("verify")
    for path in live.folder.glob("events.db*"):
        path.unlink()
    done = live.run("restore", backups)
    assert done.code == 0, done.err
    assert "What was stored after it is lost: 1 commits" in done.out
    assert "bin/verbatim verify --accept" in done.out


def test_a_difference_exits_with_1(live: Site, fresh: Site, tmp_path: Path) -> None:
    live.run("backup", tmp_path / "backups")
    fresh.run("migrate")
    found = fresh.run("restore", tmp_path / "backups", "--rehearse")
    assert found.code == 1
    assert "differs: the event store ends at position 0, and has been at 6" in found.out
    assert fresh.run("status").out.count("none yet") == 2


@pytest.mark.parametrize("span", ["0h", "1", "soon", "-1h", "1.5h"])
def test_what_is_no_length_of_time_is_said(live: Site, tmp_path: Path, span: str) -> None:
    ended = live.run("backup", tmp_path / "backups", "--every", span)
    assert ended.code == 2
    assert "is no length of time. Say it as 30m, 1h or 14d." in ended.err
    assert not (tmp_path / "backups").exists()


def test_nothing_is_kept_longer_than_people_are_told(live: Site, tmp_path: Path) -> None:
    refused = live.run("backup", tmp_path / "backups", "--keep", "31d")
    assert refused.code == 1
    assert "--keep may be 30d at most, as the site's page /privacy says. Set KEEP_BACKUPS for longer." in refused.err
    assert not (tmp_path / "backups").exists()
    assert live.run("backup", tmp_path / "backups", "--keep", "14d").code == 0


def test_it_keeps_at_it_and_a_failure_doesnt_end_it(live: Site, tmp_path: Path) -> None:
    """The folder is away for a while, as a disk that isn't mounted is."""
    disk = tmp_path / "disk"
    backups = disk / "backups"
    disk.write_text("in the way")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "backup", str(backups), "--every", "1s", "--ledger", str(tmp_path / "ledger")],
        cwd=ROOT, env={"DATA_DIR": str(live.folder), "PATH": "/usr/bin:/bin"}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        while "backup failed:" not in (line := process.stderr.readline()):
            assert line
        disk.unlink()
        until = time.monotonic() + 60
        while not list(backups.glob("*/manifest.json")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        (next(backups.glob("*/manifest.json")).parent / "in the way.writing").mkdir()
        while "backup failed:" not in (line := process.stderr.readline()):
            assert line
        assert "in the way.writing can't be used" in line
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def test_half_a_restore_is_no_backup(live: Site, fresh: Site, tmp_path: Path) -> None:
    """A service that was left running would make it the newest set of the folder that is being restored."""
    assert live.run("backup", tmp_path / "backups").code == 0
    assert fresh.run("migrate").code == 0
    store = SqliteEventStore(fresh.folder / "events.db")
    store.restore_mark.put("20261130T071500Z")
    store.close()
    ended = fresh.run("backup", tmp_path / "others")
    assert (ended.code, list((tmp_path).glob("others/*"))) == (1, [])
    assert "is being restored into this event store, and that hasn't ended" in ended.err


def test_a_folder_has_one_ledger_by_whatever_name_it_goes(live: Site, tmp_path: Path) -> None:
    """An older one under another name would bring back what was erased since."""
    folder = tmp_path / "backups"
    (tmp_path / "link").symlink_to(folder)
    folder.mkdir()
    for name in (folder, tmp_path / "link", f"{folder}/../backups/.", f"{folder}/"):
        assert live.run("backup", name).code == 0
    assert [path.name for path in tmp_path.rglob("*.erasures")] == ["backups.erasures"]
