"""Pages that say no or that something broke, as people meet them: readable at every width and scheme, text kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.exc import OperationalError

from domain.errors import Unavailable
from tests.browser.steps import button
from tests.browser.test_everywhere import Looked
from tests.browser.test_look import Served, browser, visit
from webapp.server import rate_limits
from webapp.site.rate_counters import Limit

pytestmark = pytest.mark.slow

__all__ = ["browser", "visit"]
WINDOW: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("lost"), rate_limits=True)
    served.world.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield served
    served.close()


def look(window: Page, name: str) -> None:
    wrong = Looked(window, name).everywhere()
    assert not wrong, "\n".join(wrong)


def publish(window: Page) -> None:
    window.goto("/posts/new")
    window.get_by_label("Title").fill("Kept title")
    window.get_by_label("Body").fill("Typed with care.")
    button(window, "Publish").click()


def test_too_many_at_once(visit: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form comes back as it was, and says when it may be sent again; then it is published."""
    window = visit("ada", **WINDOW)
    with monkeypatch.context() as patch:
        patch.setattr(rate_limits, "WRITES", Limit(0, 60))
        publish(window)
        expect(window.get_by_role("alert")).to_contain_text("It is possible again in")
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    look(window, "429")
    button(window, "Publish").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Kept title")


def test_something_broke(visit: Any, served: Served) -> None:
    app = served.world.app
    app.view_functions["feed.index"] = failing(RuntimeError("a fault"))
    window = visit("ada", **WINDOW)
    window.goto("/")
    expect(window.get_by_role("alert")).to_contain_text("Something broke on our side.")
    look(window, "500")


def test_the_read_model_is_away(visit: Any, served: Served) -> None:
    served.world.app.view_functions["feed.index"] = failing(OperationalError("select", {}, Exception("away")))
    window = visit("ada", **WINDOW)
    window.goto("/")
    expect(window.get_by_role("alert")).to_contain_text("Pages can't be read right now.")
    look(window, "503, pages")


def test_the_store_is_away(visit: Any, served: Served) -> None:
    served.world.app.view_functions["posts.publish"] = failing(Unavailable("The store doesn't answer. Try again."))
    window = visit("ada", **WINDOW)
    publish(window)
    expect(button(window.get_by_role("alert"), "Try again")).to_be_focused()
    look(window, "503, store, in place")
    window.get_by_label("Body").evaluate("field => field.form.submit()")
    expect(window.get_by_role("alert")).to_contain_text("The store doesn't answer.")
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    look(window, "503, store")


def test_what_was_published_isnt_shown_yet(visit: Any, served: Served) -> None:
    window = visit("ada", **WINDOW)
    served.world.bus.lags = True
    publish(window)
    expect(window.get_by_role("heading", level=1)).to_have_text("Saved")
    look(window, "catching up")


@pytest.mark.parametrize("form", ["post", "comment"])
def test_the_session_ended_while_somebody_wrote(visit: Any, served: Served, form: str) -> None:
    """The login page comes as a page, and then the form with its text."""
    window = visit("ada", **WINDOW)
    if form == "post":
        window.goto("/posts/new")
        name = "Publish"
    else:
        window.goto(f"/posts/{served.ids['long']}")
        name = "Add comment"
    field = window.get_by_label("Body" if form == "post" else "Comment")
    field.fill("Typed with care.")
    window.context.clear_cookies()
    button(window, name).click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Log in")
    look(window, f"session ended, {form}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_what_was_typed_is_there_after_a_fault_and_sent_again(visit: Any, served: Served, scripts: bool) -> None:
    app = served.world.app
    name, _ = app.url_map.bind("localhost").match("/posts/new", method="POST")
    works = app.view_functions[name]
    window = visit("ada", java_script_enabled=scripts)
    app.view_functions[name] = failing(RuntimeError("a fault"))
    publish(window)
    expect(window.get_by_role("alert")).to_be_visible()
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    app.view_functions[name] = works
    button(window, "Try again").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Kept title")


def failing(error: Exception) -> Any:
    """A view that raises this."""

    def failing(**_: Any) -> Any:
        raise error

    return failing
