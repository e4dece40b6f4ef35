"""A stream of a page ends with the session that opened it, and when its reader is suspended."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from domain.moderation import suspension
from tests.webapp.live.reading import shown, stream, until_changed
from webapp.live import routes
from webapp.live.watcher import FEED


def suspend_on_its_page(world: Any) -> None:
    world.logged_in("mod").send("/@ann", "/@ann/suspend", reason="Spam.")


def suspend(world: Any) -> None:
    world.given(suspension.SuspendAccount(handle="ann", reason="Spam."), "mod")


def log_out_everywhere(world: Any) -> None:
    world.process.site.sessions.close_all(world.id("ann"))


@pytest.mark.parametrize("end", [suspend_on_its_page, suspend, log_out_everywhere])
@pytest.mark.parametrize("path", ["/live/feed", "/live/posts/{here}"])
def test_a_stream_ends_with_its_session_and_tells_nothing_more(
    world: Any, path: str, end: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_STREAM_S", 5.0)
    ann = world.person("ann")
    world.person("mod", "moderator")
    here, own = world.post("mod"), world.post("ann")
    address = f"{path.format(here=here)}?since={shown(world, FEED if 'feed' in path else here)}"
    with ann.client.get(address, buffered=False) as response, stream(world, address) as of_a_stranger:
        parts = iter(response.response)
        next(parts)
        time.sleep(0.3)
        end(world)
        began = time.monotonic()
        world.comment("mod", own)
        world.comment("mod", here)
        world.post("mod")
        assert [part for part in map(str, parts) if "event:" in part] == []
        assert time.monotonic() - began < 3
        assert "changed" in until_changed(of_a_stranger)


def test_whoever_logs_in_although_suspended_is_told_on(world: Any) -> None:
    """Reading goes on: docs/decisions/0080."""
    world.person("ann")
    world.person("mod", "moderator")
    suspend(world)
    ann, id = world.logged_in("ann"), world.post("mod")
    with ann.client.get(f"/live/posts/{id}?since={shown(world, id)}", buffered=False) as response:
        time.sleep(0.3)
        world.comment("mod", id)
        assert "changed" in until_changed(response)
