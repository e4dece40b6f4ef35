"""What people do and see on the pages, by the names that DESIGN §9 promises."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Someone

WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], indirect=True)
DRAFT_STATE = "[data-draft-state]"


def button(within: Page | Locator, name: str) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def menu_button(comment: Locator, name: str) -> Locator:
    """One of those behind a comment's "⋯", which is opened."""
    comment.locator("details.more-actions:not([open]) > summary").first.click()
    return button(comment, name)


def comment_with(page: Page, words: str) -> Locator:
    """The comment with these words."""
    return page.get_by_role("article").filter(has_text=words)


def of_post(page: Page) -> Locator:
    """The post itself, which comes first."""
    return page.get_by_role("article").first


def log_in(page: Page, handle: str, password: str = PASSWORD) -> None:
    """Waits for the login page first: on others, such as the settings, there are fields of nearly these names."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_label("Handle", exact=True).fill(handle)
    page.get_by_label("Password", exact=True).fill(password)
    button(page, "Log in").click()


def publish(page: Page, title: str, body: str) -> None:
    page.goto("/posts/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Body").fill(body)
    button(page, "Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def add_comment(page: Page, words: str) -> None:
    page.get_by_label("Comment").fill(words)
    button(page, "Add comment").click()
    expect(comment_with(page, words)).to_be_visible()


def reply(page: Page, above: str, words: str) -> None:
    button(comment_with(page, above), "Reply").click()
    comment_with(page, above).get_by_label("Comment").fill(words)
    button(comment_with(page, above), "Add comment").click()
    expect(comment_with(page, words)).to_be_visible()


def check(someone: Someone, page: Page | None = None) -> None:
    """axe finds nothing on the page as it is now; it needs scripts, and sees the same without."""
    if someone.scripts:
        assert violations(page or someone.page) == []


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until it is there, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def mark_page(page: Page) -> None:
    """From here on `is_same_page` tells whether the page was left."""
    page.evaluate("window.here = true")


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.here === true"))


def bad_gateway(route: Route) -> None:
    """Answers as a proxy does whose site is away."""
    route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
