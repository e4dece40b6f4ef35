"""Every command where nobody has started the site yet: in an empty folder, and beside nothing but a copy of the events.

Whoever needs the read model makes it first.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_runs import ON_THE_STORE, TABLE, all_of, each, only
from tests.forked import Commands, Ended, Run

pytestmark = pytest.mark.slow
COMMITS = 21
NOT_SHOWN = f"{COMMITS} commits aren't shown yet"


def rows(folder: Path, number: int, table: str) -> int:
    with closing(sqlite3.connect(folder / f"read-{number}.db")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def one(commands: Commands, folder: Path, *words: str) -> Ended:
    return all_of(commands, [Run(words=words, environment={"DATA_DIR": str(folder), "COLUMNS": "200"})])[0]


@pytest.fixture(params=["imported", "restored"])
def events_only(request: pytest.FixtureRequest, commands: Commands, tmp_path: Path, filled: Path) -> Path:
    """Events that came with an export, or with a copy of their file."""
    folder = tmp_path / "here"
    folder.mkdir()
    if request.param == "restored":
        shutil.copy(filled / "events.db", folder)
    else:
        ended = one(commands, folder, "import", str(filled / "export.jsonl"))
        assert ended.code == 0, ended.err
        assert not list(folder.glob("read*"))
    return folder


NO_WAY_BACK = {"rebuild --back": "There is no earlier generation to go back to."}


def refused(ended: dict[str, Ended]) -> dict[str, str]:
    """restore has no backup there to begin with: tests/cli/test_backups.py."""
    assert "is no folder of backups" in ended.pop("restore").err
    return {name: one.err.splitlines()[-1].removeprefix("Error: ") for name, one in ended.items() if one.code}


def test_each_command_in_an_empty_folder(commands: Commands, tmp_path: Path, filled: Path) -> None:
    ended = each(commands, tmp_path, filled, only(), Run())
    assert refused(ended) == {**NO_WAY_BACK, "promote": "There is no such account."}
    for name in TABLE.keys() - ON_THE_STORE:
        assert (tmp_path / name / "read-1.db").exists(), name


def test_each_command_beside_nothing_but_the_events(commands: Commands, tmp_path: Path, filled: Path) -> None:
    ended = each(commands, tmp_path, filled, only("events.db"), Run())
    assert refused(ended) == NO_WAY_BACK
    assert f"Event store at position {COMMITS}; read model generation 1 is live." in ended["migrate"].out
    assert (tmp_path / "export" / "out.jsonl").read_bytes() == (filled / "export.jsonl").read_bytes()
    assert ended["export -"].out.encode() == (filled / "export.jsonl").read_bytes()
    assert ended["promote"].out == "@nora is now moderator.\n"
    assert rows(tmp_path / "rebuild", 2, "posts") == COMMITS - 1
    assert rows(tmp_path / "rebuild --no-switch", 1, "posts") == 0
    assert f"Chain: {COMMITS} commits, every one as it was written." in ended["verify"].out
    assert NOT_SHOWN in ended["verify"].out
    assert ended["replay"].out == "Nothing is parked.\n"
    assert f"{COMMITS} commits, the oldest for" in ended["status"].out


def test_events_alone_become_a_whole_site(commands: Commands, events_only: Path) -> None:
    before = one(commands, events_only, "verify")
    assert before.code == 0, before.err
    assert NOT_SHOWN in before.out
    rebuilt = one(commands, events_only, "rebuild")
    assert rebuilt.code == 0, rebuilt.err
    assert rows(events_only, 2, "posts") == COMMITS - 1
    after = one(commands, events_only, "verify")
    assert (after.code, f"At position {COMMITS}" in after.out) == (0, True), after
    assert "aren't shown yet" not in after.out
    assert "0 commits, the oldest for 0.0 s" in one(commands, events_only, "status").out


def test_events_alone_are_shown_by_a_projector_that_starts(commands: Commands, events_only: Path) -> None:
    assert one(commands, events_only, "migrate").code == 0
    environment = {"DATA_DIR": str(events_only)}
    assert all_of(commands, [Run(module="projector", environment=environment, stop_s=4.0)])[0].code == 0
    assert rows(events_only, 1, "posts") == COMMITS - 1
    assert NOT_SHOWN not in one(commands, events_only, "verify").out


def test_a_stream_that_stays_parked_is_no_success(commands: Commands, tmp_path: Path, filled: Path) -> None:
    folder = tmp_path / "parked"
    shutil.copytree(filled, folder)
    with closing(sqlite3.connect(folder / "read-2.db")) as connection, connection:
        stream = connection.execute("SELECT stream FROM streams WHERE stream LIKE 'post-%'").fetchone()[0]
        connection.execute("UPDATE streams SET version = 0 WHERE stream = ?", (stream,))
        connection.execute(
            "INSERT INTO dead_letters VALUES (?, 1, 'x', 'odd', 1, '2026-01-01T00:00:00.000000Z')", (stream,)
        )
    with closing(sqlite3.connect(folder / "events.db")) as connection, connection:
        unknown = "CAST(replace(CAST(document AS TEXT), 'PostPublished', 'PostPrinted') AS BLOB)"
        connection.execute(f"UPDATE commits SET document = {unknown} WHERE stream = ?", (stream,))
    assert one(commands, folder, "replay", "post-unknown").out == "post-unknown isn't parked.\n"
    ended = one(commands, folder, "replay")
    assert (ended.code, f"{stream}: still parked" in ended.out) == (1, True), ended
