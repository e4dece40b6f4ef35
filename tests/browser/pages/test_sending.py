"""Forms on their way: sent once, said to be on their way where the line is slow, and their answer shown."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import Opens
from tests.browser.steps import WITH_SCRIPTS, button, comment_with, log_in, publish
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]


def posts_of(window: Page) -> list[str]:
    """The paths that the window sends forms to from here on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and not request.url.endswith(("/preview", "/drafts/save")):
            sent.append(re.sub(r"^https?://[^/]+", "", request.url))

    window.on("request", note)
    return sent


def held_until_released(window: Page, pattern: str | re.Pattern[str]) -> list[Route]:
    """Requests that wait on the line."""
    held: list[Route] = []
    window.route(pattern, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    return held


def publish_on_a_slow_line(window: Page, title: str) -> list[Route]:
    """The requests that wait, once Publish was pressed."""
    window.goto("/posts/new")
    held = held_until_released(window, "**/posts/new")
    window.get_by_label("Title").fill(title)
    window.get_by_label("Body").fill("On its way.")
    button(window, "Publish").click()
    return held


def test_a_refused_form_is_sent_once_and_its_answer_is_shown(visit: Any) -> None:
    window: Page = visit("ada")
    window.goto("/posts/new")
    sent = posts_of(window)
    window.get_by_label("Body").fill("Typed with care.")
    button(window, "Publish").click()
    alert = window.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_be_in_viewport()
    assert sent == ["/posts/new"]
    assert violations(window) == []
    expect(window.get_by_label("Body")).to_have_value("Typed with care.")
    expect(window.get_by_role("group", name="Theme")).to_be_visible()
    window.get_by_label("Title").fill("At last")
    button(window, "Publish").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("At last")
    assert sent == ["/posts/new"] * 2


def test_a_moderators_refused_form_is_sent_once_too(visit: Any, served: Served) -> None:
    window: Page = visit("mod")
    post = served.world.post("ada", "Twice")
    window.goto(f"/posts/{post}/remove")
    sent = posts_of(window)
    button(window.locator("main"), "Remove").last.click()
    expect(window.get_by_role("alert").first).to_be_visible()
    assert sent == [f"/posts/{post}/remove"]


def test_what_is_too_large_stays_in_its_form(visit: Any) -> None:
    window: Page = visit("ada")
    window.goto("/posts/new")
    sent = posts_of(window)
    window.get_by_label("Title").fill("Much")
    window.get_by_label("Body").fill("x" * 1_000_001)
    button(window, "Publish").click()
    alert = window.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("too large")
    assert len(window.get_by_label("Body").input_value()) == 1_000_001
    assert sent == ["/posts/new"]


def test_a_publish_on_a_slow_line_says_that_it_is_on_its_way(visit: Any) -> None:
    window: Page = visit("ada")
    held = publish_on_a_slow_line(window, "Slowly")
    publish = button(window, "Publish")
    form = window.locator("form[action='/posts/new']")
    expect(form).to_have_attribute("aria-busy", "true")
    expect(form.get_by_text("Sending…")).to_be_visible()
    expect(publish).to_have_attribute("aria-disabled", "true")
    expect(publish).to_be_focused()
    assert violations(window) == []
    publish.click(force=True)
    held[0].continue_()
    expect(window.get_by_role("heading", level=1)).to_have_text("Slowly")
    assert len(held) == 1


def test_a_publish_whose_line_breaks_is_no_longer_on_its_way(visit: Any) -> None:
    window: Page = visit("ada")
    held = publish_on_a_slow_line(window, "Broken")
    expect(window.get_by_text("Sending…")).to_be_visible()
    held[0].abort()
    expect(button(window.get_by_role("alert"), "Try again")).to_be_focused()
    expect(window.get_by_text("Sending…")).to_have_count(0)
    expect(window.locator("[aria-busy], [aria-disabled]")).to_have_count(0)


@WITH_SCRIPTS
def test_a_comment_and_a_like_on_a_slow_line_say_so_too(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Slow thread"))
    held = held_until_released(page, re.compile("/(comments|like)$"))
    page.get_by_label("Comment").fill("Said slowly.")
    button(page, "Add comment").click()
    expect(page.locator("#add").get_by_text("Sending…")).to_be_visible()
    held[0].continue_()
    expect(comment_with(page, "Said slowly.")).to_be_visible()
    expect(page.get_by_text("Sending…")).to_have_count(0)
    button(page, "Like").first.click()
    expect(page.locator("article.post").get_by_text("Sending…")).to_be_visible()
    held[1].continue_()
    expect(button(page, "Unlike")).to_be_visible()
    expect(page.get_by_text("Sending…")).to_have_count(0)


def test_after_logging_in_again_the_address_is_the_forms_and_a_reload_has_the_text(person: Opens) -> None:
    ann = person()
    page = ann.page
    post = ann.publish("Where one was")
    for address, label, name in (
        ("/posts/new", "Body", "Publish"),
        (post, "Comment", "Add comment"),
        ("/settings", "Bio", "Save"),
    ):
        page.goto(address)
        page.get_by_label(label, exact=True).fill("Typed with care.")
        ann.context.clear_cookies()
        button(page.locator("main"), name).first.click()
        log_in(page, ann.handle)
        for _ in range(2):
            expect(page.get_by_label(label, exact=True)).to_have_value("Typed with care.")
            assert "/login" not in page.url
            assert page.reload().status == 200  # type: ignore[union-attr]


@WITH_SCRIPTS
def test_a_session_that_ran_out_sends_the_form_once(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    sent = posts_of(page)
    page.get_by_label("Body").fill("Typed with care.")
    ann.context.clear_cookies()
    button(page, "Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert sent == ["/posts/new"]
    log_in(page, ann.handle)
    expect(page.get_by_label("Body")).to_have_value("Typed with care.")
    publish(page, "Once more", "Typed with care.")
