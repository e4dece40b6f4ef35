"""Back leads to where one was, with all that had come by then. Playwright's Chromium keeps no whole pages (bfcache)."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from readmodel import threads
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]


def top_of(item: Locator) -> float:
    return float(item.evaluate("it => it.getBoundingClientRect().top"))


def leave_and_come_back(window: Page, item: Locator) -> None:
    """The item stands where it stood, within a line."""
    item.evaluate("it => it.scrollIntoView({block: 'center', behavior: 'instant'})")
    window.wait_for_timeout(300)
    before = top_of(item)
    window.goto("/keyboard")
    window.go_back()
    expect(item).to_be_in_viewport()
    window.wait_for_timeout(300)
    assert abs(top_of(item) - before) < 20


def test_a_feed_that_was_scrolled(visit: Any, served: Served) -> None:
    for number in range(60):
        served.world.post("grace", f"Number {number}")
    window: Page = visit("ada")
    window.goto("/")
    cards = window.locator(".feed article")
    for loaded in (60, 90):
        window.mouse.wheel(0, 100_000)
        expect(cards).to_have_count(loaded)
    ids = cards.evaluate_all("all => all.map(one => one.id)")
    leave_and_come_back(window, cards.nth(80))
    assert cards.evaluate_all("all => all.map(one => one.id)") == ids
    # Once more: what came again is remembered too.
    leave_and_come_back(window, cards.nth(70))
    assert cards.count() == 90
    # Others write meanwhile: the item is on a further page, and is found there.
    last = window.locator(f"[id='{ids[-1]}']")
    last.evaluate("it => it.scrollIntoView({block: 'start', behavior: 'instant'})")
    window.goto("/keyboard")
    for number in range(3):
        served.world.post("grace", f"Meanwhile {number}")
    window.go_back()
    expect(last).to_be_in_viewport()
    window.goto("/")
    expect(cards).to_have_count(30)


def test_a_thread_of_which_more_was_asked_for(visit: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 10)
    post = served.world.post("ada", "A long thread")
    for number in range(45):
        served.world.comment("grace", post, f"Comment {number}.")
    window: Page = visit("ada")
    window.goto(f"/posts/{post}")
    comments = window.locator("article.comment")
    for loaded in (20, 30):
        window.get_by_role("link", name="More of the thread").click()
        expect(comments).to_have_count(loaded)
    leave_and_come_back(window, comments.nth(25))
    assert comments.count() == 30
    comments.nth(25).locator("header a[href^='#comment-']").click()
    window.goto("/keyboard")
    window.go_back()
    expect(comments.nth(25)).to_be_in_viewport()
    assert comments.count() == 30
