"""Pages on paper and without scripts: dates that say when, and nothing to press."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import button
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]
CONTROLS = "button, input:not([type=hidden]), textarea, select, summary, nav, [rel=next], .skip-link"


@pytest.mark.parametrize("address", ["/", "/posts/{long}", "/posts/{long}/history", "/@ada", "/search?q=diary"])
def test_a_printed_page_has_whole_dates_and_no_controls(visit: Any, served: Served, address: str) -> None:
    window: Page = visit("ada")
    window.clock.set_fixed_time(datetime.now(UTC))  # or "now" becomes "1 minute ago" meanwhile
    window.goto(address.format(**served.ids))
    times = window.locator("main time")
    on_screen = times.all_inner_texts()
    window.emulate_media(media="print")
    controls = window.locator(CONTROLS).all()
    assert [one.evaluate("it => it.outerHTML.slice(0, 90)") for one in controls if one.is_visible()] == []
    expect(times).to_have_text([re.compile(r"\w+ \d+, 20\d\d.*\d:\d\d")] * len(on_screen))
    window.emulate_media(media="screen")
    expect(times).to_have_text(on_screen, use_inner_text=True)


def test_a_collapsed_thread_is_printed_whole(visit: Any, served: Served) -> None:
    window: Page = visit("ada")
    window.goto(f"/posts/{served.ids['long']}")
    button(window, "Collapse all").click()
    expect(window.get_by_text("Going deeper: 3")).to_be_hidden()
    window.emulate_media(media="print")
    expect(window.get_by_text("Going deeper: 3")).to_be_visible()
