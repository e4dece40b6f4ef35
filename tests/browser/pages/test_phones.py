"""Phones: the masthead is one row, and what stands below a list can be reached."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.served_pages import shoot
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "reduced_motion": "reduce"}


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("who", [None, "ada", "mod"])
def test_the_masthead_is_one_row(visit: Any, served: Served, who: str | None, locale: str) -> None:
    window: Page = visit(who, locale=locale, **PHONE)
    window.goto("/")
    header = window.get_by_role("banner")
    shoot(window, f"masthead {who} {locale}")
    assert header.bounding_box()["height"] <= 60  # type: ignore[index]
    assert header.locator(".brand span").bounding_box()["height"] < 30  # type: ignore[index]
    tops = header.locator("a:visible, input:visible, summary:visible").evaluate_all(
        "all => all.map(one => { const box = one.getBoundingClientRect(); return box.top + box.height / 2 })"
    )
    assert max(tops) - min(tops) < 8
    assert window.evaluate("document.documentElement.scrollWidth") == 320
    assert violations(window) == []
    search = header.get_by_role("searchbox")
    search.focus()
    assert search.bounding_box()["width"] > 200  # type: ignore[index]
    search.fill("diary")
    window.keyboard.press("Enter")
    expect(window).to_have_url("/search?q=diary")


def test_the_footer_and_the_tags_stay_when_three_pages_came_by_scrolling(visit: Any, served: Served) -> None:
    for number in range(150 - 36):
        served.world.post("grace", f"Number {number} #phones")
    window: Page = visit(**PHONE)
    window.goto("/")
    cards = window.locator(".feed article")
    for loaded in (60, 90, 120):
        window.mouse.wheel(0, 1_000_000)
        expect(cards).to_have_count(loaded)
    for place in (window.get_by_role("contentinfo"), window.get_by_role("complementary")):
        window.mouse.wheel(0, 1_000_000)
        window.wait_for_timeout(500)
        place.scroll_into_view_if_needed()
        expect(place).to_be_in_viewport()
    expect(cards).to_have_count(120)
    window.get_by_role("link", name="Next").click()
    expect(cards).to_have_count(150)
