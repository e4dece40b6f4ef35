"""A commit that is missing is damage: whoever says "all of it" names its position, and switches and writes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import Damaged
from eventstore.scan import pages
from tests.projector.conftest import Backend
from transfer import export_file

COMMITS = 20
Task = Callable[[Backend, Path], object]


def export(backend: Backend, path: Path) -> object:
    return export_file(backend.store, path)


def rebuild(backend: Backend, _path: Path) -> object:
    return backend.rebuilder().fill(lambda _: None)


def verify(backend: Backend, _path: Path) -> object:
    return backend.rebuilder().verify(lambda _: None)


def read(backend: Backend, _path: Path) -> object:
    return list(pages(backend.store, size=3))


def check(backend: Backend, _path: Path) -> object:
    return backend.store.check()


@pytest.mark.parametrize("gone", [[1], [11], [COMMITS], [9, 10, 11, 12, 13]], ids=str)
def test_a_missing_commit_is_named_and_nothing_is_switched(either: Backend, tmp_path: Path, gone: list[int]) -> None:
    if either.mongo is None and COMMITS in gone:
        return  # a SQLite store whose tail was cut off is a shorter one, without a hole
    either.register("ann")
    for number in range(COMMITS - 1):
        either.publish(f"Number {number}")
    either.project()
    live, path = either.generations.live().number, tmp_path / "export.jsonl"
    for position in gone:
        either.lose(position)
    tasks: tuple[Task, ...] = (export, rebuild, verify, read, check)
    for task in tasks:
        with pytest.raises(Damaged, match=f"position {gone[0]} is missing"):
            task(either, path)
        assert either.generations.live().number == live
        assert list(tmp_path.glob("export*")) == []
