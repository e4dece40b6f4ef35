"""Reading in a real browser: search as one types, pages by scrolling, mentions by keyboard, marks of what is new."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from domain.post import EditPost
from tests.browser.axe import violations
from tests.browser.served_pages import Served, shoot
from tests.browser.test_look import browser, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "visit"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("reading"))
    yield served
    served.close()


def test_results_come_as_one_types_and_the_typing_goes_on(visit: Any) -> None:
    window: Page = visit()
    window.goto("/search")
    field = window.get_by_role("searchbox", name="Words")
    field.press_sequentially("casti", delay=20)
    expect(window.get_by_text("No post has all of these words.")).to_be_visible()
    field.press("Backspace")
    expect(window.locator("mark").first).to_have_text("Cast")
    expect(field).to_be_focused()
    expect(window).to_have_url(re.compile(r"q=cast"))
    expect(window.locator("#results-status")).to_have_text(re.compile("found"))
    window.reload()
    expect(window.locator("mark").first).to_have_text("Cast")


def test_the_box_in_the_masthead_searches_with_and_without_javascript(visit: Any) -> None:
    for scripts in (True, False):
        window: Page = visit(java_script_enabled=scripts)
        window.goto("/")
        window.get_by_role("searchbox", name="Search").fill("diary")
        window.keyboard.press("Enter")
        expect(window.get_by_role("heading", name="Search")).to_be_visible()
        window.get_by_role("link", name="Comments", exact=True).click()
        window.get_by_role("link", name="grace on").click()
        expect(window.locator("article.comment", has_text="diary")).to_be_in_viewport()


def test_scrolling_brings_the_next_page_and_moves_nobody(visit: Any) -> None:
    window: Page = visit()
    window.goto("/")
    cards = window.locator(".feed article")
    expect(cards).to_have_count(30)
    window.mouse.wheel(0, 100_000)
    expect(cards).to_have_count(36)
    assert window.evaluate("document.activeElement === document.body")


def test_without_javascript_next_is_a_link(visit: Any) -> None:
    window: Page = visit(java_script_enabled=False)
    window.goto("/")
    window.get_by_role("link", name="Next").click()
    expect(window.locator(".feed article")).to_have_count(6)


def test_somebody_is_mentioned_by_keyboard_alone(visit: Any, served: Served) -> None:
    window: Page = visit("ada")
    window.goto(f"/posts/{served.ids['long']}")
    field = window.get_by_role("textbox", name="Comment")
    field.focus()
    window.keyboard.type("Thanks, @")
    expect(window.get_by_role("listbox")).to_have_count(0)
    window.keyboard.type("g")
    options = window.get_by_role("option")
    expect(options).to_have_count(1)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "mention-grace")
    assert violations(window) == []
    shoot(window, "mentions")
    window.keyboard.press("Enter")
    expect(field).to_have_value("Thanks, @grace ")
    expect(field).to_be_focused()
    expect(window.get_by_role("listbox")).to_have_count(0)
    window.keyboard.type("@r")
    expect(options).to_have_count(1)
    window.keyboard.press("Escape")
    expect(window.get_by_role("listbox")).to_have_count(0)
    window.keyboard.press("Enter")
    expect(field).to_have_value("Thanks, @grace @r\n")


def test_arrows_walk_through_the_people(visit: Any) -> None:
    window: Page = visit("ada")
    window.goto("/posts/new")
    field = window.get_by_label("Body")
    field.press_sequentially("@e")
    expect(window.get_by_role("listbox")).to_have_count(0)
    field.fill("")
    field.press_sequentially("@m")
    expect(window.get_by_role("option")).to_have_count(1)
    window.get_by_role("option").first.click()
    expect(field).to_have_value("@mod ")


def test_what_is_new_is_counted_marked_and_read(visit: Any, served: Served) -> None:
    world = served.world
    post = world.post("ada", "A thread to come back to")
    window: Page = visit("ada")
    window.goto(f"/posts/{post}")
    world.comment("grace", post, "Here I am, @ada")
    window.goto("/")
    expect(window.get_by_role("link", name="1 new", exact=True)).to_be_visible()
    window.get_by_role("link", name="1 new", exact=True).click()
    expect(window.locator("article.comment").get_by_text("new", exact=True)).to_be_visible()
    window.get_by_role("link", name=re.compile("Notifications")).click()
    expect(window.get_by_text("commented on").first).to_be_visible()
    window.get_by_role("button", name="Mark all as read").click()
    expect(window.get_by_role("button", name="Mark all as read")).to_have_count(0)
    expect(window.get_by_role("link", name="Notifications", exact=True)).to_be_visible()


def test_each_line_of_a_changed_text_goes_its_own_way(visit: Any, served: Served) -> None:
    world = served.world
    post = world.post("ada", "Two scripts", body="hello\n\nשלום")
    world.given(EditPost(post=post, title="Two scripts", body="hello\n\nשלום עולם", version=1), "ada")
    window: Page = visit()
    for view in ("", "?view=split"):
        window.goto(f"/posts/{post}/history{view}")
        assert window.evaluate(_SIDES_OF_LINES) == [["hello", "start"], ["שלום", "end"]]


_SIDES_OF_LINES = """() => {
    const diff = document.querySelector(".diff");
    const walker = document.createTreeWalker(diff, NodeFilter.SHOW_TEXT);
    const sides = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const word of ["hello", "שלום"]) {
            const at = node.data.indexOf(word);
            if (at < 0 || sides.some(([found]) => found === word)) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            const block = node.parentElement.closest("div").getBoundingClientRect();
            const here = range.getBoundingClientRect();
            sides.push([word, here.left - block.left < block.right - here.right ? "start" : "end"]);
        }
    }
    return sides;
}"""
