"""An admin writes the site's rules and changes them, and a stranger reads them and what changed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import button, check

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_admin_publishes_rules_that_strangers_read(on_duty: Opens, stranger: Opens) -> None:
    admin, reader = on_duty("admin"), stranger()
    page = admin.page
    page.goto("/rules/edit")
    for _ in range(page.get_by_role("group", name="Rule ").count() - 1):
        button(page, "Take rule 1 out").click()
    page.get_by_label("Title of rule 1").fill("Be kind")
    page.get_by_label("Text of rule 1").fill("Always.")
    button(page, "Add a rule").click()
    expect(page.get_by_label("Title of rule 1")).to_have_value("Be kind")
    page.get_by_label("Text of rule 2").fill("A link, or a book.")
    button(page, "Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("Title of rule 2 can't be empty.")
    expect(page.get_by_label("Text of rule 2")).to_have_value("A link, or a book.")
    admin.forget_errors()
    check(admin)
    page.get_by_label("Title of rule 2").fill("Say where it is from")
    button(page, "Move rule 2 up").click()
    expect(page.get_by_label("Title of rule 1")).to_have_value("Say where it is from")
    button(page, "Publish").click()
    expect(page.get_by_role("heading", name="1. Say where it is from")).to_be_visible()
    check(admin)
    reader.page.goto("/")
    reader.page.get_by_role("contentinfo").get_by_role("link", name="Rules").click()
    expect(reader.page.get_by_role("heading", name="2. Be kind")).to_be_visible()
    check(reader)
    reader.page.get_by_role("link", name="History").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("History of the rules")
    check(reader)
