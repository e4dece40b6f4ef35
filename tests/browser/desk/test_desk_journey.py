"""From the first report to the appeal: reporter, stranger, author, moderator, second moderator, somebody suspended."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opens
from tests.browser.steps import WITH_SCRIPTS, button, check, comment_with, menu_button, of_post, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_S = 20.0
NARROW = {"viewport": {"width": 320, "height": 800}}
_TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"


def wait_for(page: Page, path: str, wanted: Locator) -> None:
    """Opens the page again until it shows what the follower and the projector bring there."""
    until = time.monotonic() + PATIENCE_S
    page.goto(path)
    while not wanted.first.is_visible():
        assert time.monotonic() < until, f"{path} never shows {wanted}"
        page.wait_for_timeout(200)
        page.goto(path)


def report(page: Page, category: str, words: str) -> None:
    page.get_by_label(category, exact=True).check()
    page.get_by_label("In your words").fill(words)
    button(page, "Send report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Received")


def test_from_the_first_report_to_the_appeal(person: Opens, stranger: Opens, on_duty: Opens) -> None:
    ann, bob, passer_by = person("ann"), person("bob"), stranger(**NARROW)
    mod, root = on_duty("moderator"), on_duty("admin")
    title = f"Watches of {ann.handle}"
    url = ann.publish(title, "Buy my watches.")
    case = f"/moderation/cases/post-{url.rpartition('/')[2]}"

    bob.page.goto(url)
    button(of_post(bob.page), "Report").click()
    check(bob)
    report(bob.page, "Spam or advertising", "Every day the same.")
    bob.page.get_by_role("link", name="See how it stands").click()
    expect(bob.page.get_by_text("Received")).to_be_visible()
    check(bob)
    own_report = bob.page.url

    passer_by.page.goto(url)
    button(of_post(passer_by.page), "Report").click()
    assert not passer_by.page.evaluate(_TOO_WIDE)
    report(passer_by.page, "Something else", "Is that allowed?")

    page = mod.page
    wait_for(page, case, page.get_by_text("Is that allowed?"))
    check(mod)
    button(page, "Claim").click()
    expect(page.get_by_text("claimed by")).to_be_visible()
    root.page.goto("/moderation?state=claimed")
    expect(root.page.get_by_role("link", name=title)).to_be_visible()
    page.get_by_label("Remove it").check()
    page.get_by_label("Reason", exact=True).fill("It is advertising.")
    check(mod)
    button(page, "Decide").click()
    expect(page.get_by_text("Decided. It is being carried out.")).to_be_visible()
    wait_for(page, case, page.get_by_text("carried out", exact=True))

    wait_for(ann.page, "/notifications", ann.page.get_by_role("link", name="what, why, and how to appeal"))
    check(ann)
    ann.page.get_by_role("link", name="what, why, and how to appeal").click()
    expect(ann.page.get_by_text("It is advertising.")).to_be_visible()
    expect(ann.page.get_by_text("Buy my watches.")).to_be_visible()
    assert bob.handle not in ann.page.content()
    check(ann)
    button(ann.page, "Appeal").click()
    ann.page.get_by_label("Why the decision is wrong").fill("They are my grandfather's.")
    check(ann)
    button(ann.page, "Appeal").click()
    expect(ann.page.get_by_text("They are my grandfather's.")).to_be_visible()
    appeal = ann.page.url

    root.page.goto(appeal)
    expect(root.page.get_by_text("Buy my watches.")).to_be_visible()
    check(root)
    root.page.get_by_label("Reason", exact=True).fill("Heirlooms may be shown.")
    button(root.page, "Overturn").click()
    expect(root.page.get_by_text("The decision was overturned")).to_be_visible()
    wait_for(ann.page, url, of_post(ann.page).get_by_text("Buy my watches."))
    ann.page.goto(appeal)
    expect(ann.page.get_by_text("Heirlooms may be shown.")).to_be_visible()
    check(ann)
    bob.page.goto(own_report)
    expect(bob.page.get_by_text("did something about it")).to_be_visible()
    check(bob)


def test_a_comment_and_a_profile_are_reported_and_withdrawn(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    url = ann.publish("A calm thread")
    ann.comment(url, "A comment to report.")
    page = bob.page
    wait_for(page, url, comment_with(page, "A comment to report."))
    menu_button(comment_with(page, "A comment to report."), "Report").click()
    report(page, "Spam or advertising", "")
    page.get_by_role("link", name="See how it stands").click()
    button(page, "Withdraw").click()
    expect(page.get_by_text("You took it back")).to_be_visible()
    page.goto(f"/@{ann.handle}")
    button(page, "Report").click()
    page.get_by_label("Something else", exact=True).check()
    button(page, "Send report").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(bob)
    page.get_by_label("In your words").fill("An impostor.")
    button(page, "Send report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Received")


def test_somebody_suspended_reads_why_and_appeals_on_a_telephone(
    person: Opens, stranger: Opens, on_duty: Opens
) -> None:
    ann, mod = person("ann"), on_duty("moderator")
    url = ann.publish("Shouting", "LOUD WORDS")
    target = f"post-{url.rpartition('/')[2]}"
    page = mod.page
    page.goto(f"/report/{target}")
    button(page, "Open a case").click()
    page.get_by_label("Suspend the author").check()
    page.get_by_label("Reason", exact=True).fill("Shouting at everybody.")
    page.get_by_text("How long, and how many points").click()
    page.get_by_label("Suspend until").select_option("30")
    button(page, "Decide").click()
    notice = ann.page.get_by_role("note", name="Your account is suspended")
    ann.page.set_viewport_size({"width": 320, "height": 800})
    until = time.monotonic() + PATIENCE_S
    ann.page.goto("/")
    while not notice.is_visible() and time.monotonic() < until:
        if ann.page.get_by_role("link", name="Log in").count():
            ann.post("/login", handle=ann.handle, password="correct horse battery")
        ann.page.goto("/")
    notice.get_by_role("link", name="Decisions about you").click()
    ann.page.get_by_role("main").get_by_role("link", name="the author suspended").click()
    expect(ann.page.get_by_text("Shouting at everybody.").last).to_be_visible()
    assert not ann.page.evaluate(_TOO_WIDE)
    button(ann.page, "Appeal").click()
    ann.page.get_by_label("Why the decision is wrong").fill("My keyboard was broken.")
    button(ann.page, "Appeal").click()
    expect(ann.page.get_by_text("My keyboard was broken.")).to_be_visible()
    check(ann)


@WITH_SCRIPTS
def test_a_moderator_decides_by_the_keyboard_alone(person: Opens, on_duty: Opens) -> None:
    ann, bob, mod = person("ann"), person("bob"), on_duty("moderator")
    title = f"Pills of {ann.handle}"
    url = ann.publish(title, "Buy pills.")
    bob.page.goto(f"/report/post-{url.rpartition('/')[2]}")
    report(bob.page, "Spam or advertising", "")
    page = mod.page
    path = f"/moderation?q={ann.handle}"
    wait_for(page, path, page.get_by_role("link", name=title))
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=title)).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("claimed by")).to_be_visible()
    page.keyboard.press("d")
    tab_to(page, page.get_by_label("Remove it"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Reason", exact=True))
    page.keyboard.type("It is advertising.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Decided. It is being carried out.")).to_be_visible()
    expect(page.get_by_text("carried out", exact=True)).to_be_visible()


@WITH_SCRIPTS
def test_a_claim_is_seen_by_others_without_asking(person: Opens, on_duty: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    mod, root = on_duty("moderator"), on_duty("admin")
    url = ann.publish(f"Tea of {ann.handle}", "Buy tea.")
    case = f"/moderation/cases/post-{url.rpartition('/')[2]}"
    bob.page.goto(f"/report/post-{url.rpartition('/')[2]}")
    report(bob.page, "Spam or advertising", "")
    path = f"/moderation?q={ann.handle}"
    wait_for(root.page, path, root.page.get_by_role("link", name=f"Tea of {ann.handle}"))
    root.page.locator("input[name=case]").check()
    other = root.tab()
    other.goto(case)
    mod.page.goto(case)
    button(mod.page, "Claim").click()
    expect(other.get_by_text("claimed by")).to_be_visible()
    expect(root.page.get_by_text("claimed by")).to_be_visible()
    expect(root.page.locator("input[name=case]")).to_be_checked()
