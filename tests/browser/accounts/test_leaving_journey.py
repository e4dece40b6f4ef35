"""Leaving, with scripts and without: one by one, with the password, seen as no one, and back by logging in."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Opens, Someone
from tests.browser.steps import button, check

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (320, 1280)


def log_in(page: Page, handle: str) -> None:
    page.goto("/login")
    steps.log_in(page, handle)
    expect(button(page, "Log out")).to_be_visible()


def fits(someone: Someone) -> None:
    """It is narrow enough, and axe finds nothing, on a telephone and on a desk."""
    for width in WIDTHS:
        someone.page.set_viewport_size({"width": width, "height": 800})
        assert someone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"it scrolls at {width} px"
        if someone.scripts:
            assert violations(someone.page) == []


def test_somebody_leaves_one_by_one_and_comes_back(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    kept, erased = ann.publish("Stays"), ann.publish("Goes with me")
    bob.comment(kept, f"As @{ann.handle} says.")
    page = ann.page
    page.goto("/settings")
    page.get_by_role("link", name="leave", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave")
    fits(ann)
    page.get_by_role("link", name="Choose which of them to erase").click()
    page.get_by_label("Goes with me").check()
    fits(ann)
    button(page, "Save").click()
    expect(page.get_by_text("It erases 1 post and 0 comments")).to_be_visible()
    expect(page.get_by_label(re.compile("^Keep them"))).to_be_checked()
    page.get_by_label("Password").fill("not this one")
    button(page, "Leave").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not your password")
    check(ann)
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    expect(page.get_by_text("can come back until")).to_be_visible()
    receipt = page.url
    fits(ann)
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    for url in (kept, erased):
        bob.page.goto(url)
        expect(bob.page.get_by_text(re.compile("^gone-[0-9a-f]{4}$")).first).to_be_visible()
    assert bob.page.goto(f"/@{ann.handle}").status == 404  # type: ignore[union-attr]
    log_in(page, ann.handle)
    expect(page.get_by_text("Welcome back: nothing was erased.")).to_be_visible()
    assert page.goto(receipt).status == 404  # type: ignore[union-attr]
    assert bob.page.goto(f"/@{ann.handle}").status == 200  # type: ignore[union-attr]


def test_an_admin_closes_an_account_and_brings_it_back(person: Opens, on_duty: Opens) -> None:
    ann, root = person("ann"), on_duty("admin")
    page = root.page
    page.goto(f"/@{ann.handle}")
    page.get_by_role("link", name="Close this account").click()
    expect(page.get_by_label("Erase them")).to_be_visible()
    fits(root)
    page.get_by_label("Erase them").check()
    page.get_by_label("Reason").fill("A court said so")
    button(page, "Close this account").click()
    expect(page.get_by_text(f"@{ann.handle} is being closed.")).to_be_visible()
    page.goto("/moderation?show=site")
    page.get_by_role("link", name="Who is leaving").click()
    expect(button(page, f"Bring back @{ann.handle}")).to_be_visible()
    fits(root)
    button(page, f"Bring back @{ann.handle}").click()
    expect(page.get_by_text(f"@{ann.handle} is back.")).to_be_visible()
    ann.page.goto("/settings")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_it_is_read_in_german_by_keyboard_alone(person: Opens) -> None:
    ann = person("ann")
    page = ann.page
    page.goto("/settings/leave")
    page.get_by_role("button", name="Deutsch", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gehen")
    fits(ann)
    keep = page.get_by_label(re.compile("^Sie bleiben"))
    keep.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Sie werden gelöscht")).to_be_checked()
    page.get_by_label("Passwort", exact=True).focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Quittung")
    fits(ann)
