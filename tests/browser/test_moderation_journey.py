"""Moderators at work: other people's words edited, removed and restored with reasons that the authors see."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import button, check, comment_with, menu_button, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_moderator_edits_removes_and_restores_a_post(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("Too loud", "SHOUTED")
    page = mod.page
    page.goto(url)
    button(of_post(page), "Edit").click()
    page.get_by_label("Body").fill("Said quietly")
    button(page, "Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    expect(page.get_by_label("Body")).to_have_value("Said quietly")
    check(mod)
    page.get_by_label("Reason").fill("No capitals")
    button(page, "Save").click()
    expect(of_post(page)).to_contain_text("Said quietly")
    ann.page.goto(url)
    expect(of_post(ann.page)).to_contain_text("Edited by mod. Reason: No capitals")
    button(of_post(page), "Remove").click()
    page.get_by_label("Reason").fill("Off topic")
    check(mod)
    button(page, "Remove").click()
    expect(of_post(page)).to_contain_text("Removed by mod")
    check(mod)
    ann.page.goto(url)
    expect(of_post(ann.page)).to_contain_text("Reason: Off topic")
    expect(button(of_post(ann.page), "Restore")).to_have_count(0)
    check(ann)
    button(of_post(page), "Restore").click()
    page.get_by_label("Reason").fill("On second thoughts")
    button(page, "Restore").click()
    expect(button(of_post(page), "Remove")).to_be_visible()
    ann.page.goto(f"{url}/history")
    for reason in ("No capitals", "Off topic", "On second thoughts"):
        expect(ann.page.get_by_text(reason)).to_be_visible()


def test_a_moderator_edits_removes_and_restores_a_comment(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("Calm")
    ann.comment(url, "What nonsense.")
    page = mod.page
    page.goto(url)
    theirs = page.get_by_role("article", name=f"What {ann.handle} said")
    menu_button(theirs, "Edit").click()
    theirs.get_by_label("Comment").fill("I disagree.")
    theirs.get_by_label("Reason").fill("Be kind")
    check(mod)
    button(theirs, "Save").click()
    expect(theirs).to_contain_text("I disagree.")
    ann.page.goto(url)
    expect(comment_with(ann.page, "I disagree.")).to_contain_text("Edited by mod. Reason: Be kind")
    menu_button(theirs, "Remove").click()
    expect(theirs.get_by_label("Reason")).to_be_focused()
    button(theirs, "Remove").click()
    expect(page.get_by_role("alert")).to_contain_text("eason")
    theirs.get_by_label("Reason").fill("Still unkind")
    check(mod)
    button(theirs, "Remove").click()
    expect(theirs).to_contain_text("Removed by mod. Reason: Still unkind")
    ann.page.goto(url)
    mine = ann.page.get_by_role("article", name=f"What {ann.handle} said")
    expect(mine).to_contain_text("Reason: Still unkind")
    expect(button(mine, "Restore")).to_have_count(0)
    button(theirs, "Restore").click()
    theirs.get_by_label("Reason").fill("Fine, then")
    check(mod)
    button(theirs, "Restore").click()
    expect(theirs).to_contain_text("I disagree.")
    ann.page.goto(url)
    expect(mine).to_contain_text("I disagree.")


def test_a_locked_thread_takes_no_comments_until_it_is_unlocked(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("Heated")
    ann.page.goto(url)
    ann.page.get_by_label("Comment").fill("One more thing")
    mod.page.goto(url)
    button(of_post(mod.page), "Lock").click()
    expect(of_post(mod.page)).to_contain_text("locked")
    check(mod)
    button(ann.page, "Add comment").click()
    expect(ann.page.get_by_role("alert")).to_contain_text("locked")
    expect(ann.page.get_by_label("Comment")).to_have_value("One more thing")
    check(ann)
    other = ann.tab()
    other.goto(url)
    expect(other.get_by_text("takes no new comments")).to_be_visible()
    expect(other.get_by_label("Comment")).to_have_count(0)
    button(of_post(mod.page), "Unlock").click()
    expect(button(of_post(mod.page), "Lock")).to_be_visible()
    button(ann.page, "Add comment").click()
    expect(comment_with(ann.page, "One more thing")).to_be_visible()
