"""Commands that need the read model, in a folder where nobody has started the site yet: they make it first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Backend
from .processes import Processes

pytestmark = pytest.mark.slow


@pytest.fixture
def imported(busy: Backend, tmp_path: Path) -> Iterator[Processes]:
    """An export, taken in by an empty folder."""
    file = tmp_path / "export.jsonl"
    there, here = Processes(busy.folder), Processes(tmp_path / "new")
    code, said = there.run("export", str(file))
    assert code == 0, said
    code, said = here.run("import", str(file))
    assert code == 0, said
    yield here
    there.close()
    here.close()


@pytest.mark.parametrize("command", ["verify", "status", "replay", "migrate"])
def test_after_an_import_a_command_makes_the_read_model_that_it_needs(imported: Processes, command: str) -> None:
    code, said = imported.run(command)
    assert code == 0, said
    assert "Traceback" not in said
    assert (imported.folder / "read-1.db").exists()


def test_after_an_import_a_rebuild_fills_it_and_verify_agrees(imported: Processes) -> None:
    code, said = imported.run("rebuild")
    assert code == 0, said
    code, said = imported.run("verify")
    assert code == 0, said
    assert "posts" in said
    assert "At position 11" in said


def test_going_back_where_nothing_was_before_is_refused_in_words(imported: Processes) -> None:
    code, said = imported.run("rebuild", "--back")
    assert code == 1
    assert "There is no earlier generation to go back to." in said
    assert "Traceback" not in said
