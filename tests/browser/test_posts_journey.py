"""A post's life: written, previewed, edited, fought over, liked, removed and brought back; and found in the feed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens, Someone
from tests.browser.steps import button, check, is_same_page, mark_page, of_post, publish

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_write_with_a_preview_and_publish(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/")
    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill("Of markdown")
    page.get_by_label("Body").fill("It is **bold**.\n\n<script>document.title = 'stolen'</script>")
    if ann.scripts:
        expect(page.locator("#preview strong")).to_have_text("bold")
    else:
        with page.expect_popup() as opened:
            button(page, "Preview").click()
        expect(opened.value.locator("strong")).to_have_text("bold")
    check(ann)
    button(page, "Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Of markdown")
    expect(of_post(page).locator("strong")).to_have_text("bold")
    expect(page).to_have_title(re.compile("^Of markdown"))
    expect(of_post(page)).to_contain_text("0 likes")
    check(ann)


def test_edit_and_see_in_the_history_what_changed(person: Opens) -> None:
    ann = person()
    page = ann.page
    publish(page, "First title", "The cat sat on the mat.")
    button(of_post(page), "Edit").click()
    expect(page.get_by_label("Title")).to_have_value("First title")
    page.get_by_label("Body").fill("The dog sat on the mat.")
    check(ann)
    button(page, "Save").click()
    expect(of_post(page)).to_contain_text("The dog sat")
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("deletion")).to_have_text(re.compile("cat"))
    expect(page.get_by_role("insertion")).to_have_text(re.compile("dog"))
    expect(page.get_by_role("listitem").filter(has_text=f"{ann.handle} edited this post")).to_be_visible()
    check(ann)


def test_remove_and_restore_it_while_others_get_410(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    page = ann.page
    publish(page, "Not for long", "Words.")
    button(of_post(page), "Remove").click()
    expect(of_post(page)).to_contain_text("Removed by its author")
    check(ann)
    assert bob.page.goto(page.url).status == 410  # type: ignore[union-attr]
    expect(bob.page.get_by_role("alert")).to_contain_text("This post was removed")
    expect(bob.page.get_by_text("Words.")).to_have_count(0)
    check(bob)
    button(of_post(page), "Restore").click()
    expect(button(of_post(page), "Remove")).to_be_visible()
    assert bob.page.goto(page.url).status == 200  # type: ignore[union-attr]


def test_like_and_unlike_it(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    page = bob.page
    page.goto(ann.publish("Likeable"))
    mark_page(page)
    button(of_post(page), "Like").click()
    expect(button(of_post(page), "Unlike")).to_be_visible()
    expect(of_post(page)).to_contain_text("1 like")
    check(bob)
    button(of_post(page), "Unlike").click()
    expect(button(of_post(page), "Like")).to_be_visible()
    expect(of_post(page)).to_contain_text("0 likes")
    assert is_same_page(page) == bob.scripts


def test_two_people_edit_at_once_and_the_second_sees_both_texts(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("Contested", "The sky is blue.")
    for someone in (ann, mod):
        someone.page.goto(f"{url}/edit")
    mod.page.get_by_label("Body").fill("The sky is grey.")
    mod.page.get_by_label("Reason").fill("It rains")
    button(mod.page, "Save").click()
    expect(of_post(mod.page)).to_contain_text("grey")
    page = ann.page
    page.get_by_label("Body").fill("The sky is blue today.")
    button(page, "Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    met = page.get_by_role("region", name="What changed meanwhile")
    expect(met).to_contain_text("The sky is grey.")
    expect(met.get_by_role("insertion").first).to_contain_text("blue")
    expect(page.get_by_label("Body")).to_have_value("The sky is blue today.")
    check(ann)
    button(page, "Save").click()
    expect(of_post(page)).to_contain_text("The sky is blue today.")
    page.goto(f"{url}/history")
    expect(page.get_by_role("link", name="Version 3")).to_be_visible()


def test_a_double_click_publishes_once(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill("Clicked in haste")
    page.get_by_label("Body").fill("Once.")
    button(page, "Publish").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clicked in haste")
    page.goto(f"/@{ann.handle}")
    expect(page.get_by_role("link", name="Clicked in haste")).to_have_count(1)
    expect(page.get_by_role("link", name="1 post", exact=True)).to_be_visible()


HOSTILE = (
    ("   ", "Kept.", "Title can't be empty"),
    ("Kept", " \n ", "A post needs a body or a link"),
    ("x" * 301, "Kept.", "Title"),
    ("Kept", "A bell\a rings.", "Body"),
    ("Kept", "x" * 40_001, "Body"),
)


def test_hostile_input_comes_back_with_a_sentence_and_the_text(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    for title, body, sentence in HOSTILE:
        page.get_by_label("Title").fill(title)
        page.get_by_label("Body").fill(body)
        button(page, "Publish").click()
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("Title")).to_have_value(title)
        expect(page.get_by_label("Body")).to_have_value(body)
    check(ann)
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Body")).to_be_focused()
    page.goto(f"/@{ann.handle}")
    expect(page.get_by_role("link", name="0 posts")).to_be_visible()


@pytest.fixture(scope="module")
def tagged() -> dict[str, str]:
    """Tag → the author of 33 posts that carry it; filled by whoever needs it first."""
    return {}


def _crowd(tagged: dict[str, str], ann: Someone) -> str:
    tag = "crowded"
    if not tagged:
        urls = [ann.publish(f"Number {number} of many", f"#{tag}") for number in range(33)]
        ann.post(urls[4], urls[4][urls[4].index("/posts") :] + "/like")
        ann.comment(urls[7], "Discussed.")
        tagged[tag] = ann.handle
    return tag


def test_the_feed_sorts_and_goes_on(person: Opens, tagged: dict[str, str]) -> None:
    ann = person()
    tag, page = _crowd(tagged, ann), ann.page
    page.goto(f"/?tag={tag}")
    _first_is(page, "Number 32 of many")
    check(ann)
    page.get_by_role("link", name="Most liked").click()
    _first_is(page, "Number 4 of many")
    page.get_by_role("link", name="Most discussed").click()
    _first_is(page, "Number 7 of many")
    page.get_by_role("link", name="Newest").click()
    _first_is(page, "Number 32 of many")
    if ann.scripts:  # The link is followed by itself when it comes near, and may be gone before a click.
        page.mouse.wheel(0, 100_000)
    else:
        page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("article").last).to_contain_text("Number 0 of many")
    expect(page.get_by_role("article")).to_have_count(33 if ann.scripts else 3)
    expect(page.get_by_role("link", name="Next")).to_have_count(0)


def _first_is(page: Page, title: str) -> None:
    expect(page.get_by_role("article").first.get_by_role("heading")).to_contain_text(title)
