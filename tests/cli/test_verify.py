"""`bin/verbatim verify`: what it says and exits with, against heads kept in files and beside the read model."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from operational import store_heads
from readmodel.generations.generations import Generations

ROOT = Path(__file__).resolve().parents[2]
COMMITS = 4


class Shell:
    """A site in a folder, and the command line on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = folder / "data" / "events.db"
        self.head = folder / "head.json"
        self.run("migrate")
        store = SqliteEventStore(self.events)
        bus = CommandBus(store, EventCodec(), all_handlers())
        bus.send(account.RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
        for title in ("One", "Two", "Three"):
            new = post.NewPost(post=ids.uuid7(), title=title, body="words")
            bus.send(new, Envelope(actor="ann", at=ids.now()))
        store.close()

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "DATA_DIR": str(self.folder / "data"), "COLUMNS": "200"}

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Exit code, and what it said."""
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stdout
        return done.returncode, " ".join(done.stdout.split())

    def cut(self, position: int) -> None:
        with sqlite3.connect(self.events) as raw:
            raw.execute("DELETE FROM commits WHERE position > ?", (position,))
        raw.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("site"))


@pytest.fixture
def shell(made: Shell, tmp_path: Path) -> Shell:
    """A copy of its own, that nobody has verified yet."""
    subprocess.run(["cp", "-r", f"{made.folder}/.", tmp_path], check=True)
    copy = object.__new__(Shell)
    copy.folder, copy.events, copy.head = tmp_path, tmp_path / "data" / "events.db", tmp_path / "head.json"
    return copy


def test_a_head_is_written_and_held_to(shell: Shell) -> None:
    code, said = shell.run("verify", "--head", shell.head)
    assert (code, f"Chain: {COMMITS} commits, every one as it was written." in said) == (0, True)
    document = shell.head.read_bytes()
    head = msgspec.json.decode(document)
    assert document == msgspec.json.encode(head, order="sorted") + b"\n"
    assert (head["format"], head["position"], len(head["chain"])) == ("verbatim-head-1", COMMITS, 64)

    code, said = shell.run("verify", "--since", shell.head)
    assert (code, f"nothing is lost or changed up to position {COMMITS}" in said) == (0, True)


def test_a_tail_that_was_cut_off_is_found_by_both_heads_and_accepted_when_asked(shell: Shell) -> None:
    assert shell.run("verify", "--head", shell.head)[0] == 0
    before = shell.head.read_bytes()
    shell.cut(2)

    code, said = shell.run("verify", "--since", shell.head, "--head", shell.head)
    assert code == 1
    assert said.count(f"the event store ends at position 2, and has been at {COMMITS}") == 2
    assert "verify --accept" in said
    assert shell.head.read_bytes() == before

    code, said = shell.run("verify", "--accept")
    assert code == 0
    assert "Accepted: the event store ends at position 2" in said
    assert f"Seen before: position {COMMITS}, chain" in said
    assert "from now on: position 2, chain" in said

    assert shell.run("verify")[0] == 0
    code, said = shell.run("verify", "--accept")
    assert (code, "Nothing to accept" in said) == (0, True)


def test_a_projector_keeps_the_head_that_verify_compares_with(shell: Shell) -> None:
    generations = Generations(f"sqlite:///{shell.folder / 'data' / 'read.db'}")
    projector = subprocess.Popen(
        [sys.executable, "-m", "projector"], cwd=ROOT, env=shell.environment, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while (seen := store_heads.highest(generations.control)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        projector.terminate()
        assert projector.wait(30) == 0
        generations.close()
    assert seen.position == COMMITS

    shell.cut(3)

    code, said = shell.run("verify")
    assert (code, f"ends at position 3, and has been at {COMMITS}" in said) == (1, True)


def test_a_store_that_isnt_sound_isnt_accepted(shell: Shell) -> None:
    assert shell.run("verify")[0] == 0
    shell.cut(2)
    with sqlite3.connect(shell.events) as raw:
        raw.execute("UPDATE commits SET last = 7 WHERE position = 2")
    raw.close()
    for _ in range(2):
        code, said = shell.run("verify", "--accept")
        assert code == 1
        assert "position 2: the columns contradict the document" in said
        assert "Not accepted" in said


def test_files_that_cant_be_read_or_written(shell: Shell) -> None:
    assert shell.run("verify", "--since", shell.folder / "none")[0] == 2
    shell.head.write_text("no head")
    code, said = shell.run("verify", "--since", shell.head)
    assert (code, "isn't a head that" in said) == (1, True)
    code, said = shell.run("verify", "--head", shell.folder / "none" / "head")
    assert (code, "can't be written: No such file or directory" in said) == (1, True)


def test_an_export_of_a_changed_store_is_refused_with_its_position(shell: Shell) -> None:
    with sqlite3.connect(shell.events) as raw:
        raw.execute(
            "UPDATE commits SET document = CAST(replace(CAST(document AS TEXT), 'words', 'w0rds') AS BLOB) "
            "WHERE position = 3"
        )
    raw.close()
    code, said = shell.run("export", shell.folder / "export.jsonl")
    assert (code, "position 3:" in said) == (1, True), said
    assert list(shell.folder.glob("export*")) == []
