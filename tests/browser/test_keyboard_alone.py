"""Every journey by keys alone: Tab, Enter, Space and arrows, no mouse; focus is where the person goes on after each."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Opens, Someone
from tests.browser.steps import button, comment_with, of_post, tab_to

pytestmark = pytest.mark.slow


def press(page: Page, within: object, name: str, key: str = "Enter") -> None:
    """Tabs to the button of this name and presses it."""
    tab_to(page, button(within, name))  # type: ignore[arg-type]
    page.keyboard.press(key)


def open_more_actions(page: Page, comment: Locator) -> None:
    """Tabs to the comment's "⋯" and opens it."""
    tab_to(page, comment.locator(".more-actions > summary"))
    page.keyboard.press("Enter")


def write(page: Page, label: str, words: str) -> None:
    """Tabs to the field and types in place of what it holds."""
    tab_to(page, page.get_by_label(label, exact=True).last)
    page.keyboard.press("Control+a")
    page.keyboard.type(words)


def follow(page: Page, name: str) -> None:
    tab_to(page, page.get_by_role("link", name=name, exact=True).first)
    page.keyboard.press("Enter")


def focused_within(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => !!document.activeElement.closest(selector)", selector))


def keeps_focus(someone: Someone, selector: str = "main, #status") -> None:
    """With scripts a part was swapped, and focus didn't fall to the body. Without, a page came."""
    if someone.scripts:
        expect(someone.page.locator("[aria-busy]")).to_have_count(0)
        assert focused_within(someone.page, selector), someone.page.evaluate("document.activeElement.outerHTML")


def test_a_post_is_written_liked_edited_compared_removed_and_restored(person: Opens) -> None:
    ann = person("ann")
    page = ann.page
    page.goto("/posts/new")
    write(page, "Title", "By hand")
    write(page, "Body", "Few words.")
    press(page, page, "Publish")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    press(page, of_post(page), "Like", "Space")
    expect(button(of_post(page), "Unlike")).to_be_visible()
    keeps_focus(ann, "article")
    press(page, of_post(page), "Edit")
    expect(page.get_by_label("Body")).to_be_visible()
    write(page, "Body", "More words.")
    press(page, page, "Save")
    expect(of_post(page)).to_contain_text("More words.")
    follow(page, "History")
    expect(page.locator("ins", has_text="More")).to_be_visible()
    page.go_back()
    press(page, of_post(page), "Remove")
    expect(page.get_by_text("Removed by its author").or_(button(page, "Remove").last).first).to_be_visible()
    if page.url.endswith("/remove"):
        press(page, page.locator("main"), "Remove")
    press(page, of_post(page), "Restore")
    expect(button(of_post(page), "Remove")).to_be_visible()


def test_a_comment_is_edited_removed_and_taken_back(person: Opens) -> None:
    ann = person("ann")
    page = ann.page
    url = ann.publish("A thread by hand")
    ann.comment(url, "Said at first.")
    page.goto(url)
    press(page, comment_with(page, "Said at first."), "Like", "Space")
    expect(button(comment_with(page, "Said at first."), "Unlike")).to_be_visible()
    keeps_focus(ann, "article.comment")
    open_more_actions(page, comment_with(page, "Said at first."))
    press(page, comment_with(page, "Said at first."), "Edit")
    box = page.locator("form[action$='/edit'] textarea").first
    expect(box).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Said better.")
    press(page, page, "Save")
    expect(comment_with(page, "Said better.")).to_be_visible()
    keeps_focus(ann, "article.comment, #status")
    open_more_actions(page, comment_with(page, "Said better."))
    press(page, comment_with(page, "Said better."), "Remove")
    expect(page.locator(".tombstone")).to_be_visible()
    keeps_focus(ann, "article.comment, #status")
    press(page, page, "Undo")
    expect(comment_with(page, "Said better.").locator(".prose").first).to_be_visible()
    expect(page.locator(".tombstone")).to_have_count(0)
    keeps_focus(ann, "article.comment, #status")


def test_a_moderator_gives_a_reason_removes_and_restores(person: Opens, on_duty: Opens) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    page = mod.page
    url = ann.publish("Something to moderate")
    ann.comment(url, "Buy my pills.")
    page.goto(url)
    open_more_actions(page, comment_with(page, "Buy my pills."))
    press(page, comment_with(page, "Buy my pills."), "Remove")
    reason = page.locator("form[action^='/comments/'] [name='reason']").first
    expect(reason).to_be_visible()
    if mod.scripts:
        assert focused_within(page, "article.comment")
    tab_to(page, reason) if not reason.evaluate("it => it === document.activeElement") else None
    page.keyboard.type("Advertising")
    press(page, page.locator("form[action^='/comments/'][action$='/remove']:has([name='reason'])"), "Remove")
    expect(page.locator(".tombstone")).to_contain_text("Advertising")
    keeps_focus(mod, "article.comment, #status")
    press(page, page.locator("article.comment"), "Restore")
    press(page, page.locator("form[action^='/comments/'][action$='/restore']:has([name='reason'])"), "Restore")
    expect(page.locator(".tombstone")).to_have_count(0)
    press(page, of_post(page), "Lock")
    expect(button(of_post(page), "Unlock")).to_be_visible()
    page.goto("/")
    _open_menu(page)
    follow(page, "Moderation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Moderation")


def test_somebody_logs_in_searches_reads_what_is_new_sets_things_and_logs_out(person: Opens, stranger: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    bob.publish("About xylophones", f"For @{ann.handle}.")
    someone = stranger()
    page = someone.page
    page.goto("/")
    follow(page, "Log in")
    write(page, "Handle", ann.handle)
    write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=ann.handle).first).to_be_visible()
    tab_to(page, page.get_by_role("searchbox", name="Search"))
    page.keyboard.type("xylophones")
    page.keyboard.press("Enter")
    expect(of_post(page)).to_contain_text("About xylophones")
    tab_to(page, page.get_by_role("link", name="Notifications"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    expect(page.locator("main")).to_contain_text("About xylophones")
    _open_menu(page)
    follow(page, "Settings")
    write(page, "Bio", "I type.")
    press(page, page.locator("main"), "Save")
    expect(page.locator("main")).to_contain_text("I type.")
    page.goto("/settings/tokens")
    write(page, "What it is for", "A script")
    tab_to(page, page.get_by_label("See what I may see"))
    page.keyboard.press("Space")
    write(page, "Current password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("A script")
    _open_menu(page)
    press(page, page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def _open_menu(page: Page) -> None:
    """Where the window is narrow; in a wide one what it holds stands in the row."""
    summary = page.locator(".menu > summary")
    if summary.is_visible():
        tab_to(page, summary)
        page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True], indirect=True, ids=["scripts"])
def test_what_has_focus_is_never_hidden(person: Opens) -> None:
    """WCAG 2.4.11 and 2.4.7: Tab through a whole thread on a telephone held upright; each stop shows itself."""
    ann = person("ann")
    url = ann.publish("A long thread", "Words. " * 200)
    for number in range(4):
        ann.comment(url, f"Number {number}. " + "Words. " * 60)
    page = ann.page
    page.set_viewport_size({"width": 320, "height": 568})
    # Where motion isn't reduced the page glides to what has focus, which takes a moment.
    page.emulate_media(reduced_motion="reduce")
    page.goto(url)
    for _ in range(40):
        page.keyboard.press("Tab")
        wrong = page.evaluate(
            """() => {
                const on = document.activeElement;
                if (on === document.body || on.id === "main") return null;
                const box = on.getBoundingClientRect(), style = getComputedStyle(on);
                const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2];
                const top = document.elementFromPoint(x, y);
                const seen = top && (on.contains(top) || top.contains(on));
                const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                return seen && outlined ? null : `${on.outerHTML.slice(0, 120)} seen ${!!seen} outlined ${outlined}`;
            }"""
        )
        assert wrong is None
