"""A site that is away, or that breaks off its answers."""

import pytest
from playwright.sync_api import Route

WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], indirect=True)


SAVED = "[data-draft-state]"


def broken(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
