"""A conversation: comments, replies, likes, second thoughts and tombstones."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import (
    add_comment,
    button,
    check,
    comment_with,
    is_same_page,
    mark_page,
    menu_button,
    reply,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_comment_and_reply(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Talk to me")
    page = bob.page
    page.goto(url)
    mark_page(page)
    add_comment(page, "I begin.")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value("")
    reply(page, "I begin.", "I answer myself.")
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    expect(page.get_by_role("article", name=f"What {bob.handle} said")).to_have_count(2)
    assert is_same_page(page) == bob.scripts
    check(bob)
    page = ann.page
    page.goto(url)
    reply(page, "I begin.", "And I answer too.")
    texts = page.get_by_role("article").all_inner_texts()
    assert [next(w for w in ("begin", "myself", "too") if w in text) for text in texts[1:]] == [
        "begin",
        "myself",
        "too",
    ]
    expect(page.get_by_role("article", name=f"What {bob.handle} said")).to_have_count(2)
    expect(page.locator("details.replies")).to_have_count(1)
    expect(page.locator("details.replies > summary")).to_have_text("2 replies")


def test_with_a_reply_open_each_box_has_its_own_place(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Two boxes"))
    add_comment(page, "Above.")
    comment = comment_with(page, "Above.")
    button(comment, "Reply").click()
    box = comment.get_by_role("form", name=f"Reply to {ann.handle}").get_by_label("Comment")
    expect(box).to_be_focused()
    check(ann)
    if ann.scripts:
        box.fill("Half a thought")
        button(comment, "Like").click()
        expect(button(comment, "Unlike")).to_be_visible()
        comment = page.get_by_role("article", name=f"What {ann.handle} said")
        menu_button(comment, "Edit").click()
        expect(button(comment, "Save")).to_be_visible()
        check(ann)
        comment.get_by_role("link", name="Cancel").first.click()
        expect(button(comment, "Unlike")).to_be_visible()
        expect(comment.get_by_label("Comment")).to_have_value("Half a thought")
    comment.get_by_role("link", name="Cancel").click()
    expect(comment.get_by_label("Comment")).to_have_count(0)
    expect(comment).to_be_visible()


def test_edit_remove_and_restore_a_comment_with_replies(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("A thread")
    page = bob.page
    page.goto(url)
    add_comment(page, "I think so.")
    reply(page, "I think so.", "So do I.")
    mine = page.get_by_role("article", name=f"What {bob.handle} said").first
    menu_button(mine, "Edit").click()
    expect(mine.get_by_label("Comment")).to_have_value("I think so.")
    mine.get_by_label("Comment").fill("I thought so.")
    check(bob)
    button(mine, "Save").click()
    expect(mine).to_contain_text("I thought so.")
    expect(mine.get_by_role("link", name=re.compile("^edited"))).to_be_visible()
    menu_button(mine, "Remove").click()
    expect(mine).to_contain_text("Removed by its author")
    expect(button(mine, "Like")).to_have_count(0)
    check(bob)
    ann.page.goto(url)
    expect(ann.page.get_by_text("I thought so.")).to_have_count(0)
    below = ann.page.get_by_role("listitem").filter(has_text="Removed by its author").get_by_role("list")
    expect(below.first).to_contain_text("So do I.")
    check(ann)
    button(mine, "Restore").click()
    expect(mine).to_contain_text("I thought so.")
    expect(comment_with(page, "So do I.")).to_be_visible()


def test_like_and_unlike_a_comment(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("With a comment")
    ann.comment(url, "Fine words.")
    page = bob.page
    page.goto(url)
    mark_page(page)
    button(comment_with(page, "Fine words."), "Like").click()
    expect(comment_with(page, "Fine words.")).to_contain_text("1 like")
    button(comment_with(page, "Fine words."), "Unlike").click()
    expect(comment_with(page, "Fine words.")).to_contain_text("0 likes")
    assert is_same_page(page) == bob.scripts


def test_a_double_click_adds_one_comment(person: Opens) -> None:
    ann = person()
    page = ann.page
    url = ann.publish("Hasty")
    page.goto(url)
    page.get_by_label("Comment").fill("Once is enough.")
    button(page, "Add comment").dblclick()
    expect(comment_with(page, "Once is enough.")).to_have_count(1)
    page.goto(url)
    expect(comment_with(page, "Once is enough.")).to_have_count(1)
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_a_box_made_larger_stays_so_when_the_form_comes_back(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Roomy"))
    page.get_by_label("Comment").evaluate("it => it.style.height = '321px'")
    button(page, "Add comment").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_css("height", "321px")


def test_a_hostile_comment_comes_back_with_a_sentence_and_the_text(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Strict"))
    for words, sentence in (("  \n ", "can't be empty"), ("y" * 10_001, "10,001 characters")):
        page.get_by_label("Comment").fill(words)
        button(page, "Add comment").click()
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("Comment")).to_have_value(words)
    check(ann)
    page.get_by_label("Comment").fill("Better.")
    button(page, "Add comment").click()
    expect(comment_with(page, "Better.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


IN_ONE_LINE = """head => {
    const toggle = document.querySelector("details.replies > summary").getBoundingClientRect();
    const links = [...head.querySelectorAll("a")].map(link => link.getBoundingClientRect().right);
    return Math.abs(head.getBoundingClientRect().top - toggle.top) < 8 && Math.max(...links) <= toggle.left;
}"""


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_toggle_of_replies_stands_in_the_line_of_who_wrote(person: Opens, width: int) -> None:
    ann = person()
    page = ann.page
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(ann.publish("Foldable"))
    add_comment(page, "Above.")
    reply(page, "Above.", "Below.")
    assert comment_with(page, "Above.").locator("header.meta").evaluate(IN_ONE_LINE)
    page.locator("details.replies > summary").click()
    expect(comment_with(page, "Below.")).to_be_hidden()


def test_the_menu_of_a_comment_opens_one_at_a_time_and_closes(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(ann.publish("Menus"))
    for words in ("One.", "Two."):
        add_comment(page, words)
    first, second = (comment_with(page, words).locator(".more-actions > summary") for words in ("One.", "Two."))
    first.click()
    expect(button(comment_with(page, "One."), "Remove")).to_be_visible()
    check(ann)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    second.click()
    expect(button(comment_with(page, "One."), "Remove")).to_be_hidden()
    expect(button(comment_with(page, "Two."), "Remove")).to_be_visible()
    if ann.scripts:
        page.keyboard.press("Escape")
        expect(button(comment_with(page, "Two."), "Remove")).to_be_hidden()
        expect(second).to_be_focused()
        first.click()
        page.get_by_role("heading", level=1).click()
        expect(button(comment_with(page, "One."), "Remove")).to_be_hidden()
