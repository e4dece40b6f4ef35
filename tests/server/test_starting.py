"""Each program of the site, started on what it can't use: it ends with a sentence, and is worth starting again."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forked import ROOT, Commands, Ended, Run, empty_logs

PROGRAMS = ("projector", "webhooks", "webapp.wsgi")
AWAY = {
    "EVENT_STORE_URL": "mongodb://127.0.0.1:1/nowhere",
    "EVENT_LOG_URL": "kafka://127.0.0.1:1/nowhere",
    "SECRET_KEY": "a" * 32,
}
RUNS_S = 4.0
"""Somebody who can go on without it gets so long before SIGTERM."""


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    commands = Commands()
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    assert commands.run([Run(words=["migrate"], environment={"DATA_DIR": str(folder)})])[0].code == 0
    empty_logs(folder)
    return folder


def broken(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"This is no database. " * 500)


def nothing_wrong(_folder: Path) -> None:
    return None


def has_gone(folder: Path) -> None:
    (folder / "read.db").unlink()


def ended_in_a_sentence(ended: Ended, said: str) -> bool:
    assert "Traceback" not in ended.out + ended.err, ended.err
    return ended.code == 1 and said in ended.err.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "file_bytes", "said", "go_on"),
    [
        (nothing_wrong, 0, "disk I/O error", ()),
        (broken("events.db"), None, "is damaged (file is not a database)", ()),
        (broken("read.db"), None, "move the read model's files (read*.db*) away", ()),
        (broken("read-1.db"), None, "file is not a database", ("webhooks", "webapp.wsgi")),
        (has_gone, None, "run `bin/verbatim migrate`", ()),
        (nothing_wrong, None, "", PROGRAMS),
    ],
    ids=["a full disk", "no events", "no read model", "no generation", "nothing migrated", "nothing wrong"],
)
def test_a_program_that_can_not_start_says_why(
    commands: Commands,
    migrated: Path,
    tmp_path: Path,
    make: Callable[[Path], object],
    file_bytes: int | None,
    said: str,
    go_on: tuple[str, ...],
) -> None:
    runs = []
    for program in PROGRAMS:
        shutil.copytree(migrated, tmp_path / program)
        make(tmp_path / program)
        environment = {"DATA_DIR": str(tmp_path / program)}
        runs.append(Run(module=program, environment=environment, file_bytes=file_bytes, stop_s=RUNS_S))
    for program, ended in zip(PROGRAMS, commands.run(runs), strict=True):
        if program in go_on:
            assert ended.code == 0, ended.err
        else:
            assert ended_in_a_sentence(ended, said), (program, ended)


@pytest.mark.slow
def test_a_program_whose_server_is_away_says_so(commands: Commands, migrated: Path) -> None:
    programs = (*PROGRAMS, "eventstore.relay")
    environment = {"DATA_DIR": str(migrated), **AWAY}
    for program, ended in zip(
        programs, commands.run([Run(module=one, environment=environment) for one in programs]), strict=True
    ):
        assert ended_in_a_sentence(ended, "The event store can't be reached"), (program, ended)


@pytest.mark.slow
def test_the_supervisor_on_a_full_disk_says_so(migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated, tmp_path / "data")
    (tmp_path / "data" / "run").mkdir()
    (tmp_path / "data" / "run" / "lock").touch()
    ended = subprocess.run(
        [sys.executable, "-m", "server.supervisor"], cwd=ROOT, env={**os.environ, "DATA_DIR": str(tmp_path / "data")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "disk I/O error" in ended.stderr
    assert "Nothing was started." in ended.stderr
