"""Looking back: through a post's life by slider, to the thread as it was, and back to now."""

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import button, check, comment_with


def test_a_reader_looks_back_and_returns(person: Opens, stranger: Opens) -> None:
    ann, reader = person("ann"), stranger()
    url = ann.publish("A diary", "The first words.")
    ann.comment(url, "Said about the first")
    path = url[url.index("/posts") :]
    ann.post(f"{path}/edit", body="The second words.\n\nAnd more.")
    ann.post(f"{path}/edit", body="The third words.\n\nAnd more.")
    ann.comment(url, "Said about the third")

    page = reader.page
    page.goto(f"{path}/history")
    check(reader)
    slider = page.get_by_role("slider", name="Version (1 to 3)")
    slider.focus()
    page.keyboard.press("Home")
    if reader.scripts:
        expect(page.locator("#version-preview")).to_contain_text("The first words.")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#version-preview")).to_contain_text("The second words.")
        expect(slider).to_be_focused()
        check(reader)
        page.keyboard.press("Home")
        expect(page.locator("#version-preview")).to_contain_text("The first words.")
    button(page, "Show this version").click()
    expect(page.get_by_role("note")).to_contain_text("version 1 of 3")
    expect(page.get_by_role("main")).to_contain_text("The first words.")
    expect(comment_with(page, "Said about the first")).to_be_visible()
    expect(comment_with(page, "Said about the third")).to_have_count(0)
    check(reader)
    page.get_by_role("link", name="Read it as it is now").click()
    expect(comment_with(page, "Said about the third")).to_be_visible()

    page.goto(f"{path}/history?view=split")
    expect(page.get_by_role("group", name="Before").first).to_contain_text("second")
    expect(page.get_by_role("group", name="After").first).to_contain_text("third")
    check(reader)
