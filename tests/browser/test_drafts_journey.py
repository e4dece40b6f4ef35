"""Nothing typed is lost: drafts on the server, in the browser while that is away, and what is sent again."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PASSWORD, Opens
from tests.browser.steps import DRAFT_STATE, WITH_SCRIPTS, bad_gateway, button, check, comment_with, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def away(route: Route) -> None:
    route.abort("connectionrefused")


def test_a_post_is_begun_found_again_and_published(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill("Begun")
    page.get_by_label("Body").fill("Half a thought")
    if ann.scripts:
        expect(page.locator(DRAFT_STATE)).to_have_text("Draft saved")
    else:
        button(page, "Save draft").click()
        expect(page.get_by_text("Draft saved.")).to_be_visible()
    check(ann)
    page.goto("/drafts")
    expect(page.get_by_role("heading", name="Begun")).to_be_visible()
    check(ann)
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_text("Your draft is in the form")).to_be_visible()
    expect(page.get_by_label("Body")).to_have_value("Half a thought")
    check(ann)
    button(page, "Publish").click()
    expect(of_post(page)).to_contain_text("Half a thought")
    page.goto("/drafts")
    expect(page.get_by_text("You have no drafts.")).to_be_visible()


def test_a_reply_and_a_comment_are_found_again_and_discarded(person: Opens) -> None:
    ann = person()
    url = ann.publish("Drafty")
    ann.comment(url, "Answer me.")
    page = ann.page
    page.goto(url)
    box = page.locator("#add").get_by_label("Comment")
    box.fill("A comment begun")
    if ann.scripts:
        expect(page.locator("#add").locator(DRAFT_STATE)).to_have_text("Draft saved")
    else:
        button(page.locator("#add"), "Save draft").click()
    page.goto(url)
    button(comment_with(page, "Answer me."), "Reply").click()
    reply = page.get_by_role("form", name=f"Reply to {ann.handle}")
    reply.get_by_label("Comment").fill("A reply begun")
    if ann.scripts:
        expect(reply.locator(DRAFT_STATE)).to_have_text("Draft saved")
        expect(button(page, "Save draft")).to_have_count(0)
    else:
        button(reply, "Save draft").click()
    page.goto(url)
    expect(box).to_have_value("A comment begun")
    button(page.locator("#add"), "Discard draft").click()
    expect(box).to_have_value("")
    button(comment_with(page, "Answer me."), "Reply").click()
    expect(reply.get_by_label("Comment")).to_have_value("A reply begun")
    button(reply, "Add comment").click()
    expect(page.locator(".prose", has_text="A reply begun")).to_be_visible()
    page.goto("/drafts")
    expect(page.get_by_text("You have no drafts.")).to_be_visible()


def test_two_posts_begun_in_two_tabs_are_two_drafts(person: Opens) -> None:
    ann = person()
    tabs = {"This tab": ann.page, "That tab": ann.tab()}
    for tab in tabs.values():
        tab.goto("/posts/new")
    for words, tab in tabs.items():
        tab.get_by_label("Body").fill(words)
        if not ann.scripts:
            button(tab, "Save draft").click()
            expect(tab.get_by_text("Draft saved.")).to_be_visible()
    for words, tab in tabs.items():
        if ann.scripts:
            expect(tab.locator(DRAFT_STATE)).to_have_text("Draft saved")
        tab.reload()
        expect(tab.get_by_label("Body")).to_have_value(words)
    page = ann.page
    page.goto("/posts/new")
    expect(page.get_by_label("Body")).to_have_value("")
    check(ann)
    page.get_by_role("navigation", name="Go on with a post").get_by_role("link", name="This tab").click()
    page.get_by_label("Title").fill("The first of two")
    button(page, "Publish").click()
    expect(of_post(page)).to_contain_text("This tab")
    page.goto("/posts/new")
    begun = page.get_by_role("navigation", name="Go on with a post")
    expect(begun.get_by_role("link")).to_have_text(["That tab"])


@WITH_SCRIPTS
def test_two_tabs_with_the_same_draft_are_told_of_each_other(person: Opens) -> None:
    ann = person()
    here, there = ann.page, ann.tab()
    here.goto("/posts/new")
    here.get_by_label("Body").fill("Begun")
    expect(here.locator(DRAFT_STATE)).to_have_text("Draft saved")
    there.goto(here.url)
    with here.expect_response("**/drafts/save"):
        here.get_by_label("Body").fill("This tab")
    there.get_by_label("Body").fill("That tab")
    expect(there.locator(DRAFT_STATE)).to_contain_text("Another tab had changed it")
    there.get_by_label("Body").fill("That tab again")
    expect(there.locator(DRAFT_STATE)).to_have_text("Draft saved")


@WITH_SCRIPTS
def test_the_next_person_on_the_machine_sees_nothing_of_it(person: Opens) -> None:
    ann = person()
    page = ann.page
    ann.context.route("**/drafts/save", bad_gateway)
    keys = "Object.keys(localStorage).filter(name => name.startsWith('draft:')).length"
    for leave in (True, False):
        page.goto("/posts/new")
        page.get_by_label("Body").fill("Mine alone")
        expect(page.locator(DRAFT_STATE)).to_contain_text("kept in this browser")
        assert page.evaluate(keys) == 1
        if leave:
            page.evaluate("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
            expect(page.get_by_role("link", name="Log in")).to_be_visible()
            page.wait_for_function(f"{keys} === 0")
            ann.post("/login", handle=ann.handle, password=PASSWORD)
        else:
            ann.context.clear_cookies()
            ann.post("/register", handle=f"{ann.handle}-next", password=PASSWORD)
            page.goto("/posts/new")
            expect(page.get_by_label("Body")).to_have_value("")
            page.wait_for_function(f"{keys} === 0")
    ann.forget_errors()


@WITH_SCRIPTS
@pytest.mark.parametrize("fault", [away, bad_gateway])
def test_a_post_that_couldnt_be_sent_is_sent_again_and_published_once(person: Opens, fault: object) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill(f"Persistent {ann.handle}")
    page.get_by_label("Body").fill("Still here")
    ann.context.route("**/posts/new", fault)
    button(page, "Publish").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("What you typed is still here")
    expect(button(alert, "Try again")).to_be_focused()
    expect(page.get_by_label("Body")).to_have_value("Still here")
    ann.forget_errors()
    check(ann)
    page.keyboard.press("Enter")
    expect(alert).to_be_visible()
    ann.context.unroute("**/posts/new")
    button(alert, "Try again").click()
    expect(of_post(page)).to_contain_text("Still here")
    page.goto(f"/@{ann.handle}")
    expect(page.get_by_role("link", name=f"Persistent {ann.handle}")).to_have_count(1)
    ann.forget_errors()


@WITH_SCRIPTS
def test_a_comment_whose_answer_was_lost_is_there_once(person: Opens) -> None:
    ann = person()
    url = ann.publish("Lossy")
    page = ann.page
    page.goto(url)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    ann.context.route("**/comments", lose)
    page.locator("#add").get_by_label("Comment").fill("Twice sent")
    button(page, "Add comment").click()
    alert = page.locator("#add").get_by_role("alert")
    expect(button(alert, "Try again")).to_be_focused()
    expect(page.locator("#add")).to_have_accessible_description(re.compile("still here"))
    ann.context.unroute("**/comments")
    button(alert, "Try again").click()
    expect(page.locator("#add").get_by_label("Comment")).to_have_value("")
    page.goto(url)
    expect(comment_with(page, "Twice sent")).to_have_count(1)
    ann.forget_errors()


@WITH_SCRIPTS
def test_limits_are_seen_near_the_end_and_heard_at_a_pause(person: Opens, on_duty: Opens) -> None:
    ann, mod = person(), on_duty("moderator")
    page = ann.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill("x" * 100)
    expect(page.locator("#title-count")).to_be_hidden()
    page.get_by_label("Title").press_sequentially("yyy")
    expect(page.locator("#title-count-status")).to_have_text("")
    page.get_by_label("Title").fill("x" * 299)
    expect(page.locator("#title-count")).to_have_text("1 left")
    expect(page.locator("#title-count-status")).to_have_text("1 left")
    page.get_by_label("Body").fill("x" * 40_001)
    expect(page.locator("#body-count")).to_have_text("1 too many")
    check(ann)
    url = ann.publish("With limits")
    page.goto(url)
    page.get_by_label("Comment").fill("x" * 9_995)
    expect(page.locator("#add .character-count")).to_have_text("5 left")
    mod.page.goto(f"{url}/remove")
    mod.page.get_by_label("Reason").fill("x" * 499)
    expect(mod.page.locator("#remove-reason-count")).to_have_text("1 left")
    check(mod)
