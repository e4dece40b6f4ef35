"""The program in docs/export-format.md verifies an export with nothing of ours, and finds a changed byte."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain import account, handle, ids, leaving, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.people import id_of
from transfer import export_file

ANN = id_of("ann")
RESERVED = handle.reservation("", "zoe")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    store = SqliteEventStore(tmp_path / "events.db")
    bus = CommandBus(store, EventCodec(), all_handlers())
    kept, erased = ids.uuid7(), ids.uuid7()
    bus.send(account.RegisterAccount(account=ANN, handle="ann", name="Ünï 🦉"), Envelope(actor="ann", at=ids.now()))
    for id in (kept, erased):
        bus.send(post.NewPost(post=id, title='Quotes " and \\', body="née\n"), Envelope(actor="ann", at=ids.now()))
    bus.send(post.ErasePost(post=erased, reason="asked to"), Envelope(actor="verbatim", at=ids.now()))
    leaves(bus)
    path = tmp_path / "export.jsonl"
    export_file(store, path)
    store.close()
    return path


def leaves(bus: CommandBus) -> None:
    zoe, past = id_of("zoe"), "2026-11-24T06:00:00.000000Z"
    bus.send(account.RegisterAccount(account=zoe, handle="zoe", name="Zoe"), Envelope(actor="zoe", at=ids.now()))
    for command in (
        leaving.Leave(handle=zoe, words="erase", until=past, reason="tired"),
        leaving.EraseAccount(handle=zoe, now=ids.now()),
        leaving.RetireHandle(handle=zoe, version=2, reserved_until=past),
    ):
        bus.send(command, Envelope(actor=zoe, at=ids.now()))


def _verify(path: Path) -> subprocess.CompletedProcess[str]:
    found = re.search(r"```python\n(.*?)```", (DOCS / "export-format.md").read_text(), re.DOTALL)
    assert found is not None
    return subprocess.run([sys.executable, "-c", found[1], str(path)], capture_output=True, text=True, check=False)


def test_an_export_verifies_with_the_documented_program(exported: Path) -> None:
    assert _verify(exported).stdout == "8 commits, every one as it was written\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("née", "nee"),
        ("asked to", "asked 2"),
        (f'"actor":"{ANN}"', f'"actor":"{id_of("bob")}"'),
        ('"claim":"handle:ann"', '"claim":"handle:eve"'),
        ('"handle":"ann"', '"handle":"eve"'),
        (RESERVED, "0" * 64),
        (f"left:{RESERVED}", f"left:{'0' * 64}"),
        ('"post":"', '"note":"new words","post":"'),
        (f'"author":"{ANN}","post":', f'"author":"{id_of("eve")}","post":'),
        ('"erased":true,', ""),
    ],
)
def test_the_documented_program_finds_a_change(exported: Path, old: str, new: str) -> None:
    before = exported.read_text()
    changed = new.join(before.rsplit(old, 1))
    assert changed != before
    exported.write_text(changed)
    assert _verify(exported).returncode != 0
