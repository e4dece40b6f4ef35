"""Second thoughts: a toast for ten seconds, a form on the next page without scripts, then the history."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opens, Someone
from tests.browser.steps import button, check, menu_button, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def offer(someone: Someone, page: Page) -> Locator:
    """Where the act of a moment ago is offered to be taken back."""
    return page.get_by_role("status") if someone.scripts else page.get_by_role("main").locator("[data-toast]")


def test_an_edited_removed_and_restored_post(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Second thoughts", "The cat sat."))
    button(of_post(page), "Edit").click()
    page.get_by_label("Body").fill("The dog sat.")
    button(page, "Save").click()
    expect(of_post(page)).to_contain_text("The dog sat.")
    expect(offer(ann, page)).to_contain_text("Your edit is saved.")
    expect(page.locator("[data-undo]")).to_have_count(1)
    check(ann)
    button(offer(ann, page), "Undo").click()
    expect(of_post(page)).to_contain_text("The cat sat.")
    button(of_post(page), "Remove").click()
    expect(of_post(page)).to_contain_text("Removed by its author")
    button(offer(ann, page), "Undo").click()
    expect(button(of_post(page), "Remove")).to_be_visible()
    expect(offer(ann, page)).to_contain_text("The post is back.")


def test_an_edited_and_removed_comment(person: Opens) -> None:
    ann = person()
    url = ann.publish("A thread")
    ann.comment(url, "First words.")
    page = ann.page
    page.goto(url)
    mine = page.get_by_role("article", name=f"What {ann.handle} said")
    menu_button(mine, "Edit").click()
    mine.get_by_label("Comment").fill("Second words.")
    button(mine, "Save").click()
    expect(mine).to_contain_text("Second words.")
    button(offer(ann, page), "Undo").click()
    expect(mine).to_contain_text("First words.")
    if ann.scripts:
        expect(mine).to_be_focused()
    menu_button(mine, "Remove").click()
    expect(mine).to_contain_text("Removed by its author")
    check(ann)
    button(offer(ann, page), "Undo").click()
    expect(mine).to_contain_text("First words.")


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_a_like_is_taken_back_from_the_toast_which_takes_no_focus(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto(ann.publish("Likeable"))
    button(of_post(page), "Like").focus()
    page.keyboard.press("Enter")
    expect(button(of_post(page), "Unlike")).to_be_focused()
    expect(offer(ann, page)).to_contain_text("Your like is counted.")
    button(offer(ann, page), "Undo").focus()
    page.keyboard.press("Enter")
    expect(of_post(page)).to_contain_text("0 likes")
    expect(button(of_post(page), "Like")).to_be_focused()


def test_a_like_on_the_feed_stays_on_the_feed(person: Opens) -> None:
    ann = person()
    url = ann.publish("Likeable from afar")
    page = ann.page
    page.goto("/")
    card = page.locator(f"#post-{url.rpartition('/')[2]}")
    button(card, "Like").click()
    expect(button(card, "Unlike")).to_be_visible()
    expect(card).to_contain_text("1 like")
    expect(page.get_by_role("heading", level=1)).to_have_text("Posts")
    check(ann)
    button(card, "Unlike").click()
    expect(card).to_contain_text("0 likes")


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_the_offer_leaves_after_ten_seconds_unless_somebody_is_there(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.clock.install()
    page.goto(ann.publish("Slow hands"))
    button(of_post(page), "Like").click()
    undo = button(offer(ann, page), "Undo")
    expect(undo).to_be_visible()
    undo.focus()
    page.clock.run_for(30_000)
    expect(undo).to_be_focused()
    button(of_post(page), "Unlike").focus()
    page.clock.run_for(9_000)
    expect(undo).to_have_count(0)


def test_what_a_moderator_changed_since_is_left_alone(person: Opens, on_duty: Opens) -> None:
    ann, mod = person(), on_duty("moderator")
    url = ann.publish("Contested", "Old words.")
    page = ann.page
    page.goto(f"{url}/edit")
    page.get_by_label("Body").fill("New words.")
    button(page, "Save").click()
    undo = button(offer(ann, page), "Undo")
    # Only then is it saved: the moderator edits what she sees.
    expect(undo).to_be_visible()
    mod.post(f"{url[url.index('/posts') :]}/edit", body="Moderated words.", reason="Tone")
    undo.click()
    expect(page.get_by_role("alert")).to_contain_text("changed again since")
    page.goto(url)
    expect(of_post(page)).to_contain_text("Moderated words.")


def test_later_the_history_goes_back(person: Opens) -> None:
    ann = person()
    url = ann.publish("Long ago", "The cat sat.")
    path = url[url.index("/posts") :]
    ann.post(f"{path}/edit", body="The dog sat.")
    ann.post(f"{path}/edit", body="The cow sat.")
    page = ann.page
    page.goto(f"{url}/history")
    check(ann)
    button(page, "Go back to version 1").click()
    expect(of_post(page)).to_contain_text("The cat sat.")
    page.goto(f"{url}/history")
    button(page, "Undo version 4").click()
    expect(of_post(page)).to_contain_text("The cow sat.")


def test_a_moderator_takes_back_a_lock(on_duty: Opens) -> None:
    mod = on_duty("moderator")
    page = mod.page
    page.goto(mod.publish("Hot"))
    button(of_post(page), "Lock").click()
    expect(button(of_post(page), "Unlock")).to_be_visible()
    button(offer(mod, page), "Undo").click()
    expect(button(of_post(page), "Lock")).to_be_visible()
