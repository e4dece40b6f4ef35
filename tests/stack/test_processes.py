"""Each service's command, started as docker-compose.yml has it, against the servers of bin/services.

In place of SQL Server, which no machine of ours has, the read model is an SQLite file that the processes share.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stack.conftest import Container, Stack

pytestmark = pytest.mark.server
# Nine Pythons start at once, maybe beside others: as long as it takes, but not for ever.
PATIENCE_S = 180.0


def eventually(condition: Callable[[], object], *, told_by: list[Container], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        logs = "\n".join(f"--- {one.service}\n{one.output()[-2000:]}" for one in told_by)
        assert time.monotonic() < deadline, logs
        assert all(one.process.poll() is None for one in told_by), logs
        time.sleep(0.2)


def readiness(web: Container) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{web.address}/readyz", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, urllib.error.URLError):
        return {}


def page(web: Container) -> str:
    with urllib.request.urlopen(web.address, timeout=10) as answer:
        return str(answer.read().decode())


def files(folder: Path) -> set[Path]:
    """In the container they can't be changed: its file system is read-only."""
    return {*folder.rglob("*")}


def migrate(stack: Stack) -> None:
    one = stack.up("migrate")
    assert one.process.wait(PATIENCE_S) == 0, one.output()


def test_the_stack_scaled_out_shows_in_every_web_what_was_written_in_one(stack: Stack) -> None:
    before = files(stack.folder)
    migrate(stack)
    relays = [stack.up("relay"), stack.up("relay")]
    projectors = [stack.up("projector") for _ in range(3)]
    webs = [stack.up("web"), stack.up("web")]
    tellers = [stack.up("webhooks"), stack.up("webhooks")]
    everyone = [*relays, *projectors, *webs, *tellers]
    eventually(lambda: all(readiness(web).get("ready") for web in webs), told_by=everyone)

    filled = stack.run("web", "python", "-m", "cli", "demo")
    assert filled.process.returncode == 0, filled.output()

    def caught_up() -> bool:
        return all(found.get("position", 0) > 20 and found["lag"] == 0 for found in map(readiness, webs))

    eventually(caught_up, told_by=everyone)
    first, second = map(page, webs)
    assert first.count("<article") > 3
    assert second.count("<article") == first.count("<article")
    assert [one.service for one in everyone if not one.healthy()] == []
    assert files(stack.folder) == before
    assert {one.stop() for one in everyone} == {0}


def test_migrating_again_changes_nothing(stack: Stack) -> None:
    migrate(stack)
    migrate(stack)


NOWHERE = "mongodb://127.0.0.1:1/nowhere?serverSelectionTimeoutMS=500"


@pytest.mark.parametrize("service", ["relay", "projector", "webhooks", "migrate"])
def test_without_its_event_store_a_service_says_so_and_ends(stack: Stack, service: str) -> None:
    migrate(stack)

    one = stack.up(service, EVENT_STORE_URL=NOWHERE)

    assert one.process.wait(PATIENCE_S) != 0
    assert "event store can't be reached" in one.output()
    assert "Traceback" not in one.output()


def test_without_its_event_store_web_says_so_and_is_not_healthy(stack: Stack) -> None:
    migrate(stack)

    one = stack.up("web", EVENT_STORE_URL=NOWHERE)

    eventually(lambda: "event store can't be reached" in one.output(), told_by=[one])
    assert not one.healthy()
    assert "Traceback" not in one.output()
