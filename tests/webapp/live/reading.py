"""Reading the event streams of live pages."""

from typing import Any

from werkzeug.test import TestResponse

from webapp.live.watcher import FEED, fingerprints


def stream(world: Any, path: str, **headers: str) -> TestResponse:
    response: TestResponse = world.app.test_client().get(path, headers=headers, buffered=False)
    return response


def until_changed(response: TestResponse) -> str:
    """The next event that says so, past ids and heartbeats."""
    for part in response.response:
        text = part.decode() if isinstance(part, bytes) else part
        if "event: changed" in text:
            return text
    raise AssertionError("the stream ended")


def shown(world: Any, topic: str = FEED) -> str:
    """The fingerprint that a page of the topic would have now."""
    with world.generations.connect() as connection:
        return fingerprints(connection, {topic})[topic]
