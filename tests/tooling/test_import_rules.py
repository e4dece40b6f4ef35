"""The import rules hold, contain no circle, and each of them is shown to bite on a module with a wrong import in it."""

from pathlib import Path

import pytest

from tools.import_rules import LOADERS, ROOMS, circles, room_of, unlawful


def planted(root: Path, room: str, text: str) -> list[str]:
    """What is found of a module with that text, in that room."""
    path = root.joinpath(*room.split("."))
    path = path.with_suffix(".py") if room_of(f"{room}.planted") != room or is_module(room) else path / "planted.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return unlawful(root)


def is_module(room: str) -> bool:
    return room in ("bootstrap", "config", "shutdown") or room.endswith((".__main__", ".wsgi"))


def test_the_code_keeps_every_rule() -> None:
    assert unlawful() == []


def test_the_rules_themselves_allow_no_circle() -> None:
    assert len(circles()) >= len(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_does_not_name_is_refused(tmp_path: Path, room: str) -> None:
    for other in sorted(ROOMS.keys() - ROOMS[room].rooms - {room}):
        found = planted(tmp_path, room, f"def later():\n    from {other} import anything\n")
        assert found, f"{room} could import {other}"
        assert f"{room} may not import {other}.anything" in found[0]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("package", ["requests", "flask", "pymongo", "kafka", "sqlite3", "sqlalchemy", "gunicorn"])
def test_a_package_that_a_room_does_not_name_is_refused(tmp_path: Path, room: str, package: str) -> None:
    found = planted(tmp_path, room, f"import {package}.inner as anything\n")
    assert bool(found) == (package not in ROOMS[room].packages)


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("readmodel", "import flask"),
        ("webapp.pages", "import pymongo"),
        ("webapp.site", "from eventstore.sqlite.store import SqliteEventStore"),
        ("domain", "import requests"),
        ("webapp.api", "from webapp.pages import posts"),
        ("webapp.pages", "from webapp.api import posts"),
        ("webapp.pages", "from ..api import posts"),
        ("projector", "from webapp.site import site"),
        ("webhooks", "import webapp"),
    ],
)
def test_what_once_passed_is_refused(tmp_path: Path, room: str, line: str) -> None:
    assert len(planted(tmp_path, room, line + "\n")) == 1


@pytest.mark.parametrize("loader", sorted(LOADERS))
def test_no_module_is_loaded_by_a_name_in_a_string(tmp_path: Path, loader: str) -> None:
    assert planted(tmp_path, "domain", f"{loader}('flask')\n") == [
        f"domain/planted.py:1: {loader}() loads a module by a name in a string"
    ]
