"""Where the keyboard is after something came: on what came."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from readmodel import threads
from tests.browser.conftest import Opens
from tests.browser.steps import WITH_SCRIPTS, button, comment_with
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]


def test_more_of_a_thread_puts_the_keyboard_on_its_first_comment(
    visit: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 3)
    post = served.world.post("ada", "A long thread")
    for number in range(9):
        served.world.comment("grace", post, f"Comment {number}.")
    window: Page = visit("ada")
    window.goto(f"/posts/{post}")
    for first in (3, 6):
        window.get_by_role("link", name="More of the thread").focus()
        window.keyboard.press("Enter")
        expect(comment_with(window, f"Comment {first}.")).to_be_focused()


def test_more_of_a_list_puts_the_keyboard_on_its_first_post(visit: Any) -> None:
    window: Page = visit()
    window.goto("/@ada")
    window.get_by_role("link", name="Next").focus()
    window.keyboard.press("Enter")
    expect(window.locator(".feed > li").nth(30).locator("h2 a, h3 a").first).to_be_focused()


@WITH_SCRIPTS
def test_a_reply_and_a_comment_have_the_keyboard_when_they_came(person: Opens) -> None:
    ann = person()
    url = ann.publish("A short thread")
    ann.comment(url, "Answer me.")
    page = ann.page
    page.goto(url)
    for words in ("The first answer.", "The second answer."):
        button(comment_with(page, "Answer me."), "Reply").first.click()
        page.locator("form[id^=reply-] textarea").fill(words)
        page.keyboard.press("Control+Enter")
        expect(comment_with(page, words)).to_be_focused()
    page.locator("#add textarea").fill("Said at the end.")
    button(page.locator("#add"), "Add comment").click()
    expect(comment_with(page, "Said at the end.")).to_be_focused()


def test_the_people_to_mention_leave_the_button_in_reach(visit: Any, served: Served) -> None:
    post = served.world.post("ada", "Mentioned at the end")
    window: Page = visit("ada")
    window.goto(f"/posts/{post}")
    field = window.get_by_role("textbox", name="Comment")
    field.press_sequentially("Thanks, @grac")
    people = window.get_by_role("listbox")
    expect(people).to_be_visible()
    send = button(window.locator("#add"), "Add comment")
    below, above = people.bounding_box(), send.bounding_box()
    assert below
    assert above
    assert below["y"] + below["height"] <= above["y"]
    field.press("e")
    expect(people).to_be_visible()
    # As a hand does it: down, and up after a while.
    send.hover()
    window.mouse.down()
    window.wait_for_timeout(200)
    window.mouse.up()
    expect(window.locator("article.comment", has_text=re.compile("Thanks, @grace"))).to_be_visible()
    expect(people).to_have_count(0)
