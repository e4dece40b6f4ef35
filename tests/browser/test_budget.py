"""What full pages cost a browser that comes for the first time: requests, bytes, nodes, shifts; counted, not timed."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_look import Served, browser, visit
from tests.webapp.server.test_assets import _WORDS, LARGEST_BYTES, prose

pytestmark = pytest.mark.slow

__all__ = ["browser", "visit"]

MOST_REQUESTS, MOST_NODES = 25, 10_000
SHIFTS = """new PerformanceObserver(list => {
    for (const { value } of list.getEntries()) window.shifts = (window.shifts ?? 0) + value;
}).observe({ type: "layout-shift", buffered: true });"""
PAGES = {
    "feed": "/",
    "thread": "/posts/{busy}",
    "form": "/posts/new",
    "search": f"/search?q={_WORDS[0]}",
    "author": "/@ann",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("budget"))
    world = served.world
    world.person("ann")
    served.log_in("ann")
    posts = [world.post("ann", prose(9), f"{prose(120)} #{_WORDS[at]}") for at in range(31)]
    for _ in range(100):
        world.comment("ann", posts[-1], prose(45))
    served.ids["busy"] = posts[-1]
    yield served
    served.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_full_page_keeps_to_its_budget(visit: Any, served: Served, name: str) -> None:
    window = visit("ann", viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    window.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    window.on("pageerror", lambda error: wrong.append(str(error)))
    protocol = window.context.new_cdp_session(window)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    protocol.send("Performance.enable")
    protocol.send("Page.addScriptToEvaluateOnNewDocument", {"source": SHIFTS})
    sizes: dict[str, int] = {}
    protocol.on("Network.loadingFinished", lambda came: sizes.update({came["requestId"]: came["encodedDataLength"]}))
    window.goto(PAGES[name].format(**served.ids), wait_until="load")
    window.wait_for_timeout(500)
    metrics = {one["name"]: one["value"] for one in protocol.send("Performance.getMetrics")["metrics"]}
    assert 5 < len(sizes) <= MOST_REQUESTS
    # Bodies and headers, as they were sent.
    assert 20_000 < sum(sizes.values()) <= LARGEST_BYTES
    assert metrics["Nodes"] <= MOST_NODES
    assert window.evaluate("window.shifts ?? 0") == 0
    assert wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_painted_while_its_scripts_are_on_their_way(visit: Any, served: Served, name: str) -> None:
    window = visit("ann")
    held: list[Any] = []
    window.route("**/*.js*", lambda route: held.append(route))
    window.goto(PAGES[name].format(**served.ids), wait_until="commit")
    expect(window.get_by_role("main")).to_be_visible()
    expect(window.get_by_role("contentinfo")).to_be_visible()
    for _ in range(100):
        if window.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
            break
        window.wait_for_timeout(100)
    else:
        raise AssertionError("nothing is painted before the scripts come")
    assert held
