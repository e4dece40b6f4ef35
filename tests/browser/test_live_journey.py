"""Two readers of one thread: what one does, the other sees within a second, and nothing they do is disturbed."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opens, Running
from tests.browser.steps import add_comment, button, comment_with, is_same_page, mark_page, menu_button, of_post, reply

ONE_SECOND = 1000
SOON = 8 * ONE_SECOND
"""A busy machine may be slow; a page without a stream asks every 15 s, so that what comes sooner came by the stream."""


@pytest.fixture(params=[True], ids=["scripts"])
def scripts() -> bool:
    """Without scripts a page is as it was loaded; the other journeys show that."""
    return True


STATE = """() => [
    document.title, document.readyState, document.visibilityState, typeof htmx,
    document.getElementById("live")?.outerHTML, Object.keys(document.getElementById("live")?._htmx ?? {}),
]"""


def listening(page: Page) -> None:
    """Until its stream is open."""
    until(page, "!!document.getElementById('live')?._htmx?.sse?.reader")


def until(page: Page, expression: str) -> None:
    """Until the page says true. Playwright's own waiting calls eval in the page, which the policy forbids."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, (expression, page.evaluate(STATE))
        page.wait_for_timeout(50)


def caret(page: Page) -> Any:
    return page.evaluate(
        """() => {
            const { id, value, selectionStart, selectionEnd } = document.activeElement;
            return { id, value, selectionStart, selectionEnd };
        }"""
    )


def test_a_second_reader_sees_it_within_a_second_and_keeps_writing(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Tides")
    for number in range(12):
        ann.comment(url, f"Comment number {number}. " + "Many words. " * 30)
    for someone in (ann, bob):
        someone.page.goto(url)
        listening(someone.page)
        mark_page(someone.page)

    # Bob writes a reply in the middle of the thread, with the caret inside of what he wrote.
    button(comment_with(bob.page, "number 6"), "Reply").click()
    box = comment_with(bob.page, "number 6").get_by_label("Comment")
    box.fill("I was about to say")
    box.evaluate("box => box.setSelectionRange(2, 5)")
    held, scrolled = caret(bob.page), bob.page.evaluate("scrollY")
    assert held["value"] == "I was about to say"

    add_comment(ann.page, "The newest of all")
    expect(comment_with(bob.page, "The newest of all")).to_be_visible(timeout=SOON)
    expect(bob.page.get_by_role("status")).to_contain_text("A new comment came in.")
    expect(bob.page.locator("#comment-count")).to_have_text("13 comments")

    button(of_post(ann.page), "Like").click()
    expect(of_post(bob.page)).to_contain_text("1 like", timeout=SOON)

    menu_button(comment_with(ann.page, "The newest of all"), "Edit").click()
    ann.page.locator("form[id^=edit-]").get_by_label("Comment").fill("The newest, but changed")
    button(ann.page.locator("form[id^=edit-]"), "Save").click()
    expect(comment_with(ann.page, "The newest, but changed")).to_be_visible()
    expect(comment_with(bob.page, "The newest, but changed")).to_be_visible(timeout=SOON)

    reply(ann.page, "number 6", "Right below where bob writes")
    expect(comment_with(bob.page, "Right below where bob writes")).to_be_visible(timeout=SOON)

    assert caret(bob.page) == held
    assert bob.page.evaluate("scrollY") == scrolled
    bob.page.keyboard.type("AM")
    expect(box).to_have_value("I AM about to say")
    button(comment_with(bob.page, "number 6"), "Add comment").click()
    expect(comment_with(ann.page, "I AM about to say")).to_be_visible(timeout=SOON)
    for someone in (ann, bob):
        expect(comment_with(someone.page, "I AM about to say")).to_have_count(1)
        expect(comment_with(someone.page, "The newest, but changed")).to_have_count(1)
        assert is_same_page(someone.page)


def test_the_form_below_a_post_and_an_edit_under_way_are_left_alone(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Reefs")
    bob.comment(url, "Bob was here")
    bob.page.goto(url)
    listening(bob.page)
    bob.page.locator("#add").get_by_label("Comment").fill("Half a thought")
    menu_button(comment_with(bob.page, "Bob was here"), "Edit").click()
    edit = bob.page.locator("form[id^=edit-]").get_by_label("Comment")
    edit.fill("Bob was here, editing")
    ann.comment(url, "Ann says something")
    expect(comment_with(bob.page, "Ann says something")).to_be_visible(timeout=SOON)
    expect(edit).to_be_focused()
    expect(edit).to_have_value("Bob was here, editing")
    expect(bob.page.locator("#add").get_by_label("Comment")).to_have_value("Half a thought")


def test_a_thread_that_was_removed_says_so(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Wrecks")
    bob.page.goto(url)
    listening(bob.page)
    path = url[url.index("/posts") :]
    ann.post(path, form=f"{path}/remove")
    expect(bob.page.get_by_role("status")).to_contain_text("removed", timeout=SOON)


def test_the_feed_offers_new_posts_and_doesnt_jump(person: Opens, stranger: Opens) -> None:
    ann, reader = person("ann"), stranger()
    ann.publish("An older one")
    reader.page.goto("/")
    listening(reader.page)
    mark_page(reader.page)
    for number in range(3):
        ann.publish(f"New one {number}")
    link = reader.page.get_by_role("link", name="3 new posts")
    expect(link).to_be_visible(timeout=SOON)
    expect(reader.page.get_by_role("link", name="New one 0")).to_have_count(0)
    assert is_same_page(reader.page)
    link.click()
    expect(reader.page.get_by_role("link", name="New one 2")).to_be_visible()


def test_the_bell_counts_while_one_reads_something_else(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url, other = ann.publish("Mine"), bob.publish("Read by ann")
    for address in ("/", other):
        ann.page.goto(address)
        listening(ann.page)
        ann.page.wait_for_timeout(500)
        bell = ann.page.get_by_role("link", name="Notifications")
        before = bell.inner_text()
        bob.comment(url, f"A word for ann, who reads {address}")
        expect(bell).not_to_have_text(before, timeout=SOON)
    expect(bell).to_contain_text("2 new")


def test_the_bell_counts_on_a_page_without_a_stream(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Mine too")
    ann.page.clock.install()
    ann.page.goto("/settings")
    bob.comment(url, "A word for ann, who sets things")
    ann.page.clock.run_for(16_000)
    expect(ann.page.get_by_role("link", name="Notifications")).to_contain_text("1 new")


def test_a_hidden_tab_has_no_stream_and_catches_up(person: Opens, running: Running) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Moons")
    bob.page.goto(url)
    listening(bob.page)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    bob.page.evaluate(hide, True)
    until(bob.page, "!document.getElementById('live')._htmx.sse.reader")
    ann.comment(url, "While bob was away")
    bob.page.wait_for_timeout(700)
    expect(comment_with(bob.page, "While bob was away")).to_have_count(0)
    bob.page.evaluate(hide, False)
    expect(comment_with(bob.page, "While bob was away")).to_be_visible(timeout=SOON)


def test_a_stream_is_opened_also_where_the_file_that_does_it_comes_late(stranger: Opens, person: Opens) -> None:
    """After htmx's own file there is a gap then, in which htmx would begin."""
    person("ann").publish("Currents")
    page = stranger().page

    def late(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    page.route("**/hx-sse.min.js*", late)
    page.goto("/")
    listening(page)
    assert page.evaluate("document.readyState") == "complete"
