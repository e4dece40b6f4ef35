"""A site of version 49a9da5 under today's code: old_layout/ is what that version itself has stored and shown, as SQL.

It had neither words to search by nor notifications, and no generation said for which read models it was filled.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eventstore.codec import canonical_json
from tests.projector.processes import Processes, eventually

pytestmark = pytest.mark.slow
OLD = Path(__file__).parent / "old_layout"
OUTDATED = "The live generation was filled for other read models"
POSTS = 2


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[Processes]:
    """As it was left: commits name people by handles."""
    for script in OLD.glob("*.sql"):
        with closing(sqlite3.connect(tmp_path / f"{script.stem}.db")) as connection:
            connection.executescript(script.read_text())
    processes = Processes(tmp_path)
    yield processes
    processes.close()


@pytest.fixture
def old(refused: Processes) -> Processes:
    """Its events converted, beside the read model as it was."""
    export = refused.folder / "old.jsonl"
    export.write_bytes(b"".join(exported(refused)))
    succeeds(refused, "convert", str(export))
    (refused.folder / "events.db").unlink()
    succeeds(refused, "import", str(refused.folder / "old.converted.jsonl"))
    return refused


def exported(site: Processes) -> Iterator[bytes]:
    """What that version would have exported."""
    position, chain = 0, ""
    for position, chain, document in found(site, "events", "SELECT position, chain, document FROM commits"):
        yield canonical_json(json.loads(document) | {"position": position, "chain": chain}) + b"\n"
    yield canonical_json({"chain": chain, "commits": position}) + b"\n"


def found(site: Processes, file: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.folder / f"{file}.db")) as connection:
        return connection.execute(sql).fetchall()


def succeeds(site: Processes, *words: str) -> str:
    code, said = site.run(*words)
    assert code == 0, said
    return " ".join(said.split())


def test_it_is_refused_with_what_to_do(refused: Processes) -> None:
    for command in (["status"], ["promote", "ann", "admin"], ["verify"], ["rebuild"], ["export", "-"], ["demo"]):
        code, said = refused.run(*command)
        assert code == 1
        assert "convert the export with this one" in " ".join(said.split())


def test_what_it_lacks_is_filled_by_itself_and_status_says_so_meanwhile(old: Processes) -> None:
    assert OUTDATED in succeeds(old, "status")
    assert found(old, "read-1", "SELECT * FROM words") == []
    code, said = old.run("verify")
    assert (code, "The live read model differs." in said) == (1, True), said
    assert OUTDATED in succeeds(old, "status"), "and it is still so"

    old.projector()
    eventually(lambda: found(old, "read", "SELECT number FROM live_generation") == [(2,)])
    words = found(old, "read-2", "SELECT count(*) FROM words WHERE word = 'well'")
    assert words == [(POSTS,)], "of old comments"
    hers = "SELECT count(*) FROM notifications JOIN accounts ON recipient IN (accounts.id, '@' || handle)"
    told = found(old, "read-2", f"{hers} WHERE handle = 'ann'")
    assert told == [(2 * POSTS,)], "of an answer that mentions her, below each of her posts"
    assert OUTDATED not in succeeds(old, "status")
    assert "The live read model equals a fresh fold." in succeeds(old, "verify")


def test_a_command_may_be_the_first_to_come(old: Processes) -> None:
    succeeds(old, "promote", "ann", "admin")
    succeeds(old, "rebuild")
    assert found(old, "read", "SELECT number FROM live_generation") == [(2,)]
    assert "The live read model equals a fresh fold." in succeeds(old, "verify")
    assert OUTDATED not in succeeds(old, "status")
