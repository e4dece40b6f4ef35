"""A webhook in a browser: added, tested, broken, mended, and sent what it missed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import PASSWORD, Opens, Running
from tests.browser.steps import button, check, tab_to
from tests.webhooks.conftest import Receiver, respond
from tools.drill.processes import ROOT, python

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def webhooks_process(running: Running) -> Iterator[None]:
    """The webhooks process beside the site's others; it may call this machine."""
    settings = {**os.environ, **running.environment, "WEBHOOKS_MAY_CALL": "private"}
    process = subprocess.Popen(python("webhooks"), cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
    yield
    process.terminate()
    assert process.wait(20) in (0, -15)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def reload_until_shown(page: Page, words: str) -> None:
    """Loads the page again until it says so, as somebody does who waits for a delivery."""
    page.wait_for_load_state("networkidle")
    for _ in range(60):
        # The answer to a form may still be on its way to another page.
        with suppress(Error):
            page.reload()
        if page.locator("main").get_by_text(words, exact=True).count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"never shown: {words}\n{page.locator('main').inner_text()}")


@pytest.mark.usefixtures("webhooks_process")
def test_a_program_is_told_misses_something_and_gets_it_after_all(person: Opens, receiver: Receiver) -> None:
    someone = person()
    page = someone.page
    page.goto("/settings")
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    check(someone)
    page.get_by_label("Address").fill("mailto:me@example.org")
    page.get_by_label("What it is for").fill("My bot")
    page.get_by_label("Post published").check()
    page.get_by_label("Current password").fill(PASSWORD)
    button(page, "Add webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("Address must be a whole address")
    expect(page.get_by_label("Post published")).to_be_checked()
    expect(page.get_by_label("What it is for")).to_have_value("My bot")
    check(someone)
    page.get_by_label("Address").fill(receiver.url)
    expect(page.get_by_label("Current password")).to_have_value("")
    page.get_by_label("Current password").fill(PASSWORD)
    button(page, "Add webhook").click()
    expect(page.locator("#made-secret")).to_contain_text("whsec_")
    check(someone)
    page.get_by_role("link", name="My bot").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My bot")
    check(someone)

    button(page, "Send a test event").click()
    reload_until_shown(page, "delivered")
    assert receiver.requests[0].event["type"] == "org.verbatim.WebhookTested"
    receiver.responses = [respond(410, b"<i>nobody</i> here")]
    someone.publish("Missed at first")
    reload_until_shown(page, "dead letter")
    reload_until_shown(page, "paused")
    expect(page.get_by_text("410: <i>nobody</i> here")).to_be_visible()
    expect(page.get_by_text("Its receiver answered 410 Gone.")).to_be_visible()
    check(someone)

    receiver.responses = [respond(200, b"thanks")]
    button(page, "Resume").click()
    page.get_by_role("link", name="Dead letters").click()
    page.get_by_role("button", name="Replay Post published").click()
    reload_until_shown(page, "thanks")
    assert receiver.requests[-1].event["data"]["title"] == "Missed at first"
    assert receiver.requests[-1].id == receiver.requests[-2].id
    check(someone)

    page.get_by_text("New secret", exact=True).click()
    renewal = page.locator("form", has=button(page, "Make a new secret"))
    button(page, "Make a new secret").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not your password")
    expect(button(page, "Make a new secret")).to_be_visible()
    check(someone)
    renewal.get_by_label("Current password").fill(PASSWORD)
    button(page, "Make a new secret").click()
    expect(page.locator("#made-secret")).to_contain_text("whsec_")
    check(someone)
    page.locator("summary", has_text="Remove").click()
    button(page, "Remove webhook").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    expect(page.get_by_text("None yet.")).to_be_visible()


@pytest.mark.usefixtures("webhooks_process")
def test_one_is_added_by_keyboard_alone(person: Opens, receiver: Receiver) -> None:
    page = person().page
    page.goto("/settings/webhooks")
    tab_to(page, page.get_by_label("Address"))
    page.keyboard.type(receiver.url)
    tab_to(page, page.get_by_label("Current password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#made-secret")).to_contain_text("whsec_")
    expect(page.get_by_role("link", name=receiver.url)).to_be_visible()
