"""How the pages behave in a real browser. How each looks, at every size: test_everywhere."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.served_pages import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Any]:
    """visit(handle, **options) opens a browser window for somebody, None for a stranger."""
    opened: list[BrowserContext] = []

    def visit(handle: str | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=served.url, **options)
        opened.append(context)
        if handle:
            context.add_cookies([served.cookie(handle)])
        return context.new_page()

    yield visit
    for context in opened:
        context.close()


def test_the_chosen_theme_stays(visit: Any) -> None:
    window = visit(color_scheme="light")
    window.goto("/")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = window.evaluate(ground)
    window.get_by_role("button", name="Dark").click()
    dark = window.evaluate(ground)
    assert light != dark
    window.reload()
    assert window.evaluate(ground) == dark
    expect(window.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    window.get_by_role("button", name="System").click()
    assert window.evaluate(ground) == light


def test_without_javascript_there_is_no_switch_that_does_nothing(visit: Any) -> None:
    window = visit(java_script_enabled=False)
    window.goto("/")
    expect(window.get_by_role("group", name="Theme")).to_be_hidden()


def test_the_first_tab_skips_to_the_content(visit: Any) -> None:
    window = visit("ada")
    window.goto("/")
    window.keyboard.press("Tab")
    skip = window.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    window.keyboard.press("Enter")
    expect(window.locator("main")).to_be_focused()


def test_times_are_in_the_readers_zone(visit: Any, served: Served) -> None:
    texts = []
    for zone in ("Asia/Tokyo", "America/Lima"):
        window = visit(timezone_id=zone, locale="en-GB")
        window.goto(f"/posts/{served.ids['long']}/history")
        texts.append(window.locator("time").first.inner_text())
    assert texts[0] != texts[1]
    assert "UTC" not in "".join(texts)


def test_a_counter_speaks_up_near_the_end(visit: Any) -> None:
    window = visit("ada")
    window.goto("/posts/new")
    counter = window.locator("#title-count")
    expect(counter).to_be_hidden()
    window.get_by_label("Title").fill("x" * 290)
    expect(counter).to_have_text("10 left")
    window.get_by_label("Title").fill("x" * 301)
    expect(counter).to_have_text("1 too many")


def test_more_posts_come_in_place_and_focus_goes_to_the_first_of_them(visit: Any) -> None:
    window = visit()
    window.goto("/")
    cards = window.locator(".feed article")
    before = cards.count()
    window.get_by_role("link", name="Next").focus()
    window.keyboard.press("Enter")
    expect(cards).to_have_count(36)
    came = cards.nth(before).get_attribute("id")
    window.wait_for_function("id => document.activeElement.closest('article')?.id === id", arg=came)


def test_a_like_by_keyboard_keeps_the_focus(visit: Any, served: Served) -> None:
    window = visit("grace")
    window.goto(f"/posts/{served.ids['long']}")
    window.get_by_role("button", name="Like", exact=True).first.focus()
    window.keyboard.press("Enter")
    button = window.get_by_role("button", name="Unlike", exact=True).first
    expect(button).to_be_focused()
    expect(window.get_by_text("2 likes").first).to_be_visible()


def test_a_toast_leaves_by_itself_but_not_from_under_the_pointer(visit: Any) -> None:
    window = visit()
    window.clock.install()
    window.goto("/")
    status = window.get_by_role("status")
    window.evaluate("document.getElementById('status').innerHTML = '<span>Saved.</span>'")
    expect(status).to_have_text("Saved.")
    status.hover()
    window.clock.run_for(30_000)
    expect(status).to_have_text("Saved.")
    window.mouse.move(0, 0)
    window.clock.run_for(3_000)
    expect(status).to_have_text("")


def test_every_target_is_at_least_24_pixels(visit: Any, served: Served) -> None:
    """WCAG 2.2, 2.5.8; links inside sentences are exempt."""
    window = visit("mod", viewport={"width": 320, "height": 900})
    for path in ("/", "/posts/{long}", "/moderation", "/@eve"):
        window.goto(path.format(**served.ids))
        small = window.evaluate(
            """[...document.querySelectorAll(
                   "button, summary, input:not([type=hidden]), .nav-item, .tag, .quiet, .meta a")]
               .filter(e => !e.closest("[hidden], .activity") && e.offsetParent && !e.matches(".strong"))
               .filter(e => e.getBoundingClientRect().height < 23.5 || e.getBoundingClientRect().width < 23.5)
               .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert small == []


def test_paper_gets_the_words_alone(visit: Any, served: Served) -> None:
    window = visit("ada")
    window.goto(f"/posts/{served.ids['long']}")
    window.emulate_media(media="print")
    expect(window.get_by_role("heading", level=1)).to_be_visible()
    expect(window.get_by_role("navigation", name="Site")).to_be_hidden()
    expect(window.get_by_role("button", name="Add comment")).to_be_hidden()
