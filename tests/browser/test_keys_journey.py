"""By keyboard: moving, acting, writing, going; never while one types, and not at all for whoever switches it off."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens
from tests.browser.steps import button, check, comment_with, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], indirect=True)


def at(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('article')?.innerText ?? ''"))


def test_the_sheet_opens_from_the_footer(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/")
    page.get_by_role("link", name="Keyboard shortcuts").click()
    if ann.scripts:
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    else:
        expect(page.get_by_role("heading", level=1)).to_have_text("Keyboard shortcuts")
    expect(page.locator("dd:visible").filter(has_text="Next, previous post or comment")).to_have_count(1)
    check(ann)


@WITH_SCRIPTS
def test_a_thread_by_keys_alone(person: Opens) -> None:
    ann = person()
    url = ann.publish("By keys", "The post itself.")
    ann.comment(url, "First comment.")
    ann.comment(url, "Second comment.")
    page = ann.page
    page.goto(url)
    press = page.keyboard.press
    press("j")
    press("j")
    press("j")
    assert "First comment." in at(page) or "Second comment." in at(page)
    press("k")
    here = at(page)
    press("l")
    expect(page.get_by_role("status")).to_contain_text("Your like is counted.")
    press("u")
    expect(page.get_by_role("status")).to_contain_text("taken back")
    page.get_by_role("article").filter(has_text="First comment.").focus()
    assert here
    press("r")
    box = page.get_by_role("form", name=f"Reply to {ann.handle}").get_by_label("Comment")
    expect(box).to_be_focused()
    page.keyboard.type("jklenq/? typed")
    expect(box).to_have_value("jklenq/? typed")
    press("Control+Enter")
    expect(comment_with(page, "jklenq/? typed")).to_be_visible()
    comment_with(page, "Second comment.").focus()
    press("e")
    expect(page.locator("form[id^=edit-]").get_by_label("Comment")).to_be_focused()
    page.goto(url)
    press("e")
    expect(page.get_by_label("Title")).to_be_visible()


@WITH_SCRIPTS
def test_going_places_and_searching(person: Opens) -> None:
    ann = person()
    ann.publish("Somewhere")
    page = ann.page
    page.goto("/")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.feed article') !== null")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("gd")
    expect(page.get_by_role("searchbox")).to_have_value("gd")
    page.locator("main").focus()
    for keys, path in (
        ("gd", "/drafts"),
        ("gn", "/notifications"),
        ("gs", "/settings"),
        ("gp", "/@"),
        ("n", "/posts/new"),
    ):
        page.locator("main").focus()
        for key in keys:
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(path)))
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", level=1)).to_have_text("Posts")


@WITH_SCRIPTS
def test_switched_off_nothing_acts_and_that_is_remembered(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    page.keyboard.press("n")
    expect(sheet).to_be_visible()
    sheet.get_by_role("switch").click()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Posts")
    page.get_by_role("link", name="Keyboard shortcuts").click()
    sheet.get_by_role("switch").click()
    button(sheet, "Close").click()
    expect(page.locator("[aria-keyshortcuts=n]").first).to_be_visible()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/posts/new"))


def test_a_quotation(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Quotable", "The post has words.")
    ann.comment(url, "Some fine words of mine.")
    page = bob.page
    page.goto(url)
    words = comment_with(page, "Some fine words")
    words.locator(".more-actions > summary").click()
    words.get_by_role("link", name="Quote").click()
    box = page.get_by_role("form", name=f"Reply to {ann.handle}").get_by_label("Comment")
    expect(box).to_have_value(re.compile(rf"\[@{ann.handle}\]\(/comments/.*\):\n\n> Some fine words of mine\.\n\n$"))
    if bob.scripts:
        expect(box).to_be_focused()
        assert box.evaluate("it => it.selectionStart === it.value.length")
    page.goto(url)
    of_post(page).get_by_role("link", name="Quote").click()
    expect(page.locator("#add").get_by_label("Comment")).to_have_value(re.compile(r"> The post has words\.\n\n$"))
    button(page, "Add comment").click()
    expect(page.get_by_role("blockquote").filter(has_text="The post has words.")).to_be_visible()


@WITH_SCRIPTS
def test_what_is_selected_is_quoted_below_what_one_has_typed(person: Opens) -> None:
    ann = person()
    url = ann.publish("Quotable", "One thing. Another thing.")
    page = ann.page
    page.goto(url)
    page.locator("#add").get_by_label("Comment").fill("Begun.")
    of_post(page).locator(".prose p").evaluate(
        "it => getSelection().setBaseAndExtent(it.firstChild, 11, it.firstChild, 24)"
    )
    of_post(page).get_by_role("link", name="Quote").click()
    expect(page.locator("#add").get_by_label("Comment")).to_have_value(
        re.compile(r"^Begun\.\n\n\[@.*\]\(/posts/.*\):\n\n> Another thing\n\n$")
    )


@WITH_SCRIPTS
def test_what_is_selected_of_a_comment_is_quoted_from_its_menu(person: Opens) -> None:
    ann = person()
    url = ann.publish("Quotable")
    ann.comment(url, "One thing. Another thing.")
    page = ann.page
    page.goto(url)
    comment = comment_with(page, "One thing.")
    comment.locator(".prose p").evaluate("it => getSelection().setBaseAndExtent(it.firstChild, 11, it.firstChild, 24)")
    comment.locator(".more-actions > summary").click()
    comment.get_by_role("link", name="Quote").click()
    box = page.get_by_role("form", name=f"Reply to {ann.handle}").get_by_label("Comment")
    expect(box).to_have_value(re.compile(r"> Another thing\n\n$"))
    expect(comment.locator(".more-actions")).not_to_have_attribute("open", "")


def test_a_thread_collapses(person: Opens) -> None:
    ann = person()
    url = ann.publish("Long talk")
    ann.comment(url, "Top.")
    page = ann.page
    page.goto(url)
    top = comment_with(page, "Top.").get_attribute("id").removeprefix("comment-")
    ann.post(f"/comments/{top}/reply", body="Below.")
    page.goto(url)
    below = comment_with(page, "Below.").get_attribute("id")
    ann.post(f"/comments/{below.removeprefix('comment-')}/reply", body="Deepest.")
    page.goto(url)
    page.get_by_text("2 replies", exact=True).click()
    expect(comment_with(page, "Below.")).to_be_hidden()
    check(ann)
    if not ann.scripts:
        return
    page.reload()
    expect(comment_with(page, "Below.")).to_be_hidden()
    comment_with(page, "Top.").focus()
    page.keyboard.press("j")
    assert "Below." not in at(page)
    comment_with(page, "Top.").focus()
    page.keyboard.press("c")
    expect(comment_with(page, "Deepest.")).to_be_visible()
    button(page, "Collapse all").click()
    expect(comment_with(page, "Below.")).to_be_hidden()
    check(ann)
    page.goto("about:blank")
    page.goto(f"{url}#{below}")
    expect(comment_with(page, "Below.")).to_be_visible()
    button(page, "Collapse all").click()
    button(page, "Open all").click()
    expect(comment_with(page, "Deepest.")).to_be_visible()


@WITH_SCRIPTS
def test_what_comes_live_doesnt_open_what_is_collapsed(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("Live talk")
    ann.comment(url, "Top.")
    page = bob.page
    page.goto(url)
    top = comment_with(page, "Top.").get_attribute("id").removeprefix("comment-")
    ann.post(f"/comments/{top}/reply", body="One below.")
    expect(comment_with(page, "One below.")).to_be_visible()
    page.get_by_text("1 reply", exact=True).click()
    expect(comment_with(page, "One below.")).to_be_hidden()
    ann.post(f"/comments/{top}/reply", body="Two below.")
    expect(page.get_by_text("2 replies", exact=True)).to_be_visible()
    expect(comment_with(page, "Two below.")).to_be_hidden()
    button(comment_with(page, "Top."), "Reply").click()
    comment_with(page, "Top.").get_by_label("Comment").fill("Three below.")
    button(comment_with(page, "Top."), "Add comment").click()
    expect(comment_with(page, "Three below.")).to_be_visible()


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_the_masthead_of_staff_takes_two_rows_on_a_telephone(on_duty: Opens, role: str) -> None:
    mod = on_duty(role)
    page = mod.page
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/")
    assert page.locator(".site-header").bounding_box()["height"] < 120
    page.locator(".menu > summary").click()
    expect(page.get_by_role("link", name="Moderation")).to_be_visible()
    check(mod)
    if mod.scripts:
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="Moderation")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 700})
    expect(button(page, "Log out")).to_be_visible()
    assert page.locator(".site-header").bounding_box()["height"] < 70
