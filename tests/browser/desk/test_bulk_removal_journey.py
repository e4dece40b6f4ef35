"""A moderator removes what a spammer wrote, watches it go, and takes it back; with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens, Someone
from tests.browser.steps import button, check, publish

PATIENCE_MS = 20_000
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def awaited(someone: Someone, state: str) -> None:
    """By itself with scripts; without, whoever wants to know loads the page again."""
    shown = someone.page.locator("#state").get_by_text(state, exact=True)
    if someone.scripts:
        expect(shown).to_be_visible(timeout=PATIENCE_MS)
        return
    for _ in range(PATIENCE_MS // 500):
        if shown.count():
            return
        someone.page.wait_for_timeout(500)
        someone.page.reload()
    raise AssertionError(f"it is never {state}")


def test_what_a_spammer_wrote_goes_and_comes_back(person: Opens, on_duty: Opens) -> None:
    spammer, moderator = person("eve"), on_duty("moderator")
    for number in (1, 2):
        publish(spammer.page, f"Cheap watches {number}", "Buy them now.")
    page = moderator.page
    page.goto(f"/moderation/people/{spammer.handle}/remove?period=hour")
    expect(page.get_by_role("link", name="Cheap watches 2")).to_be_visible()
    check(moderator)
    button(page, "Claim").click()
    page.get_by_label("Reason").fill("Spam")
    check(moderator)
    button(page, "Remove 2 texts").click()
    awaited(moderator, "carried out")
    expect(page.get_by_text("2 removed, 0 of them restored.")).to_be_visible()
    check(moderator)
    page.get_by_label("Reason").fill("A mistake")
    button(page, "Take back").click()
    awaited(moderator, "taken back")
    expect(page.get_by_text("2 removed, 2 of them restored.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("listitem").get_by_text("restored", exact=True)).to_have_count(2)
    check(moderator)
