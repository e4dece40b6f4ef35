"""Pages that say no or that something broke, as people meet them: readable at every width and scheme, text kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import button
from tests.browser.test_everywhere import Looked
from tests.browser.test_look import Served, browser, visit
from webapp import ratelimits
from webapp.counting import Limit

pytestmark = pytest.mark.slow

__all__ = ["browser", "visit"]


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("lost"), rate_limits=True)
    served.world.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield served
    served.close()


def publish(window: Page) -> None:
    window.goto("/posts/new")
    window.get_by_label("Title").fill("Kept title")
    window.get_by_label("Body").fill("Typed with care.")
    button(window, "Publish").click()


def test_too_many_at_once(visit: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form comes back as it was, and says when it may be sent again; then it is published."""
    window = visit("ada", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    with monkeypatch.context() as patch:
        patch.setattr(ratelimits, "WRITES", Limit(0, 60))
        publish(window)
        expect(window.get_by_role("alert")).to_contain_text("It is possible again in")
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    wrong = Looked(window, "429").everywhere()
    assert not wrong, "\n".join(wrong)
    button(window, "Publish").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Kept title")


def test_something_broke(visit: Any, served: Served) -> None:
    app = served.world.app
    app.view_functions["feed.index"] = broken
    window = visit("ada", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    window.goto("/")
    expect(window.get_by_role("alert")).to_contain_text("Something broke on our side.")
    wrong = Looked(window, "500").everywhere()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_what_was_typed_is_there_after_a_fault_and_sent_again(visit: Any, served: Served, scripts: bool) -> None:
    app = served.world.app
    name, _ = app.url_map.bind("localhost").match("/posts/new", method="POST")
    works = app.view_functions[name]
    window = visit("ada", java_script_enabled=scripts)
    app.view_functions[name] = broken
    publish(window)
    expect(window.get_by_role("alert")).to_be_visible()
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    app.view_functions[name] = works
    button(window, "Try again").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Kept title")


def broken(**_: Any) -> Any:
    raise RuntimeError("a fault")
