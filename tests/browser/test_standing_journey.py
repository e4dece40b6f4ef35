"""What happens to a page that somebody writes on: its thread is locked, and what they said stays where it came."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import button, check, comment_with

pytestmark = pytest.mark.slow


@pytest.fixture
def scripts() -> bool:
    """Without scripts a page doesn't change while one looks."""
    return True


def test_a_lock_is_seen_while_one_writes_and_takes_nothing_away(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("A thread that heats up")
    page = ann.page
    page.goto(url)
    page.get_by_label("Comment").fill("Half a senten")
    mod.page.goto(url)
    button(mod.page, "Lock").click()
    note = page.get_by_text("A moderator locked this thread")
    expect(note).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value("Half a senten")
    expect(page.get_by_label("Comment")).to_be_focused()
    check(ann)
    button(mod.page, "Unlock").click()
    expect(note).to_be_hidden()
    expect(page.locator(".reopened")).to_be_hidden()
    page.keyboard.type("ce.")
    button(page, "Add comment").click()
    expect(comment_with(page, "Half a sentence.")).to_be_visible()


def test_who_came_to_a_locked_thread_is_offered_to_write_when_it_opens(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("A thread that cools down")
    mod.page.goto(url)
    button(mod.page, "Lock").click()
    expect(button(mod.page, "Unlock")).to_be_visible()
    ann.page.goto(url)
    expect(ann.page.get_by_label("Comment")).to_have_count(0)
    button(mod.page, "Unlock").click()
    ann.page.get_by_role("link", name="Add comment").click()
    ann.page.get_by_label("Comment").fill("At last.")
    button(ann.page, "Add comment").click()
    expect(comment_with(ann.page, "At last.")).to_be_visible()


def test_what_one_said_at_the_end_of_a_long_thread_stays_and_is_there_once(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("A thread of two pages")
    for number in range(52):
        bob.comment(url, f"Number {number}.")
    page = ann.page
    page.goto(url)
    page.get_by_label("Comment").fill("Mine, at the end.")
    button(page, "Add comment").click()
    expect(comment_with(page, "Mine, at the end.")).to_be_visible()
    with page.expect_response(lambda answer: "/thread" in answer.url):
        bob.comment(url, "Another one, later.")
    expect(comment_with(page, "Mine, at the end.")).to_be_visible()
    page.get_by_role("link", name="Next").or_(page.get_by_role("link", name="More of the thread")).click()
    expect(comment_with(page, "Number 51.")).to_be_visible()
    expect(comment_with(page, "Mine, at the end.")).to_have_count(1)
