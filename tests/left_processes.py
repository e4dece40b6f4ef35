"""Fails a test that leaves a process behind, and ends what it left."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

RUN_VARIABLE = "VERBATIM_TEST_RUN"
"""In the environment of whatever a test starts: those that have lost their parent are known by it."""
END_TIMEOUT_S = 5.0
PROC = Path("/proc")
Found = TypeVar("Found")


class ProcessWatch:
    """The processes that this one has started. Those of fixtures wider than one test are held until these end.

    Held as well is who took the place of one that was killed: the same command in the same environment.
    """

    def __init__(self) -> None:
        self._mark = f"{os.getpid()}-{time.time_ns()}"
        self._held: dict[object, dict[int, bytes]] = {}
        os.environ[RUN_VARIABLE] = self._mark

    def hold(self, fixture: object, pids: set[int]) -> None:
        self._held[fixture] = {pid: _identity(pid) for pid in pids}

    def release(self, fixture: object) -> None:
        self._held.pop(fixture, None)

    def children(self) -> set[int]:
        return {*_children(os.getpid())}

    def left(self) -> set[int]:
        """Children that no fixture holds, and what they have started."""
        return {*_with_descendants({pid for pid in self.children() if not self._is_held(pid)})}

    def strays(self) -> set[int]:
        """What this run has started and is nobody's child any more. Reads the environment of every process."""
        held = {*_with_descendants(set().union(*self._held.values()) | self.children())}
        return {pid for pid in _marked(self._mark) if pid not in held | {os.getpid()}}

    def _is_held(self, pid: int) -> bool:
        return any(pid in held or _identity(pid) in held.values() for held in self._held.values())


class LeftProcessCheck:
    """A plugin for pytest."""

    def __init__(self) -> None:
        self._watch = ProcessWatch()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """What a fixture for more than one test starts may stay as long as the fixture does."""
        before = self._watch.children() if fixturedef.scope != "function" else None
        value = yield
        if before is not None and (started := self._watch.children() - before):
            self._watch.hold(fixturedef, started)
        return value

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        self._watch.release(fixturedef)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
        value = yield
        left = remaining(self._watch.left)
        if nextitem is None or nextitem.path != item.path:
            left |= remaining(self._watch.strays)
        if left:
            pytest.fail(f"left running: {'; '.join(f'{pid} {name}' for pid, name in left.items())}", pytrace=False)
        return value


def remaining(find: Callable[[], set[int]]) -> dict[int, str]:
    """Id → command line of those found that don't end by themselves in END_TIMEOUT_S; they are killed."""
    until = time.monotonic() + END_TIMEOUT_S
    while (found := find()) and time.monotonic() < until:
        time.sleep(0.02)
    commands = {pid: _command(pid) for pid in found}
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return commands


def _children(parent: int) -> Iterator[int]:
    """Zombies are none: they have ended."""
    tasks: list[Path] = _readable(lambda: [*(PROC / str(parent) / "task").iterdir()], [])
    for task in tasks:
        for child in _readable((task / "children").read_text, "").split():
            if _readable((PROC / child / "stat").read_text, ") Z").rpartition(")")[2].split()[0] != "Z":
                yield int(child)


def _with_descendants(pids: set[int]) -> Iterator[int]:
    for pid in pids:
        yield pid
        yield from _with_descendants({*_children(pid)})


def _identity(pid: int) -> bytes:
    folder = PROC / str(pid)
    return _readable((folder / "cmdline").read_bytes, b"") + _readable((folder / "environ").read_bytes, b"")


def _marked(mark: str) -> Iterator[int]:
    wanted = f"{RUN_VARIABLE}={mark}".encode()
    for folder in PROC.iterdir():
        if folder.name.isdigit() and wanted in _readable((folder / "environ").read_bytes, b"").split(b"\0"):
            yield int(folder.name)


def _command(pid: int) -> str:
    return _readable((PROC / str(pid) / "cmdline").read_bytes, b"").replace(b"\0", b" ").decode(errors="replace")[:200]


def _readable(read: Callable[[], Found], otherwise: Found) -> Found:
    """What is read of a process, unless it has ended meanwhile."""
    try:
        return read()
    except OSError:
        return otherwise
