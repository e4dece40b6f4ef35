"""Coming, going and coming back: accounts, sessions that end, a whole visit by keyboard alone, and a takeout."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Opens, Someone
from tests.browser.steps import button, check, comment_with, log_in, of_post, publish, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<img src=https://evil.example/x.png onerror=alert(1)>"
WIDTHS = (320, 1280)


def test_register_log_out_and_log_in(stranger: Opens, scripts: bool) -> None:
    someone, handle = stranger(), f"ada-{scripts}".lower()
    page = someone.page
    page.goto("/")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    check(someone)
    button(page, "Register").click()
    expect(page.get_by_role("link", name=handle)).to_be_visible()
    button(page, "Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("link", name=handle)).to_have_count(0)
    page.get_by_role("link", name="Log in").click()
    log_in(page, handle, "not this one")
    expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    expect(page.get_by_label("Handle")).to_have_value(handle)
    check(someone)
    log_in(page, handle)
    expect(button(page, "Log out")).to_be_visible()


def test_a_taken_handle_and_a_short_password_come_back_with_a_sentence(person: Opens, stranger: Opens) -> None:
    taken, page = person().handle, stranger().page
    page.goto("/register")
    page.get_by_label("Handle").fill(taken.upper())
    page.get_by_label("Password").fill("short")
    button(page, "Register").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Password")
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Register").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody has that handle already")
    expect(page.get_by_label("Handle")).to_have_value(taken.upper())


def test_a_session_that_ran_out_while_writing_a_post_gives_the_text_back(person: Opens) -> None:
    someone = person()
    page = someone.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill("Written for hours")
    page.get_by_label("Body").fill("Every word & “quote” of it.\n\nStill here.")
    _log_out_elsewhere(someone)
    button(page, "Publish").click()
    expect(page.get_by_label("Password")).to_be_visible()
    check(someone)
    log_in(page, someone.handle)
    expect(page.get_by_label("Title")).to_have_value("Written for hours")
    expect(page.get_by_label("Body")).to_have_value("Every word & “quote” of it.\n\nStill here.")
    button(page, "Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Written for hours")


def test_a_session_that_ran_out_while_commenting_gives_the_text_back(person: Opens) -> None:
    someone = person()
    page = someone.page
    page.goto(someone.publish("Commented late"))
    page.get_by_label("Comment").fill("A comment that took its time.")
    _log_out_elsewhere(someone)
    button(page, "Add comment").click()
    log_in(page, someone.handle)
    expect(page.get_by_label("Comment")).to_have_value("A comment that took its time.")
    button(page, "Add comment").click()
    expect(comment_with(page, "A comment that took its time.")).to_be_visible()


def _log_out_elsewhere(someone: Someone) -> None:
    other = someone.tab()
    other.goto("/")
    button(other, "Log out").click()
    expect(other.get_by_role("link", name="Log in")).to_be_visible()
    other.close()


def test_a_whole_visit_by_keyboard_alone(stranger: Opens, scripts: bool) -> None:
    page = stranger().page
    keys = page.keyboard
    page.goto("/")
    tab_to(page, page.get_by_role("link", name="Register"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Register")
    tab_to(page, page.get_by_label("Handle"))
    keys.type(f"keys-{scripts}".lower())
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(button(page, "Log out")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="New post"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New post")
    tab_to(page, page.get_by_label("Title"))
    keys.type("Without a mouse")
    tab_to(page, page.get_by_label("Body"))
    keys.type("Keys only.")
    tab_to(page, button(page, "Publish"))
    keys.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Without a mouse")
    tab_to(page, page.get_by_label("Comment"))
    keys.type("Said by hand.")
    tab_to(page, button(page, "Add comment"))
    keys.press("Enter")
    comment = comment_with(page, "Said by hand.")
    expect(comment).to_be_visible()
    tab_to(page, button(comment, "Reply"))
    keys.press("Enter")
    expect(comment.get_by_label("Comment")).to_be_focused()
    keys.type("And answered.")
    tab_to(page, button(comment, "Add comment"))
    keys.press("Enter")
    expect(comment_with(page, "And answered.")).to_be_visible()


def test_an_authors_page_shows_who_they_are_and_what_they_wrote(person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    page = ann.page
    publish(page, "By ann", "Words by ann.")
    ann.comment(page.url, "A comment by ann.")
    page.goto("/settings")
    page.get_by_label("Name").fill("Ann Example")
    page.get_by_label("Bio").fill("I write *things*.")
    check(ann)
    button(page, "Save").click()
    page = bob.page
    page.goto("/")
    page.get_by_role("link", name=ann.handle).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ann Example")
    expect(page.locator("em")).to_have_text("things")
    expect(of_post(page)).to_contain_text("By ann")
    check(bob)
    page.get_by_role("link", name=re.compile("1 comment$")).last.click()
    expect(comment_with(page, "A comment by ann.")).to_be_visible()
    check(bob)


def test_an_admin_grants_a_role_and_takes_it_back(person: Opens, on_duty: Opens) -> None:
    ann, root = person("ann"), on_duty("admin")
    page = root.page
    page.goto(f"/@{ann.handle}")
    check(root)
    page.get_by_label("Why the role changes").fill("She is fair.")
    button(page, "Make moderator").click()
    expect(page.get_by_text("moderator", exact=True)).to_be_visible()
    ann.page.goto("/")
    ann.page.get_by_role("link", name="Moderation").click()
    expect(ann.page.get_by_role("listitem").filter(has_text=ann.handle).first).to_be_visible()
    check(ann)
    page.get_by_label("Why the role changes").fill("She asked for it.")
    button(page, "Take away moderator role").click()
    expect(button(page, "Make moderator")).to_be_visible()
    assert ann.page.goto("/moderation").status == 403  # type: ignore[union-attr]
    check(ann)


def test_a_takeout_is_made_downloaded_and_read_offline(person: Opens, browser: Browser, tmp_path: Path) -> None:
    ann = person()
    ann.publish("שלום עולם", f"# One\n\nWords. {HOSTILE}\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    page = ann.page
    page.goto("/settings")
    page.get_by_role("link", name="takeout").click()
    button(page, "Make a takeout").click()
    ready = page.get_by_role("heading", name="It is ready")
    if ann.scripts:
        expect(ready).to_be_visible(timeout=20_000)
    else:
        for _ in range(40):
            page.goto("/settings/export")
            if ready.is_visible():
                break
            page.wait_for_timeout(500)
    check(ann)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the takeout").click()
    with zipfile.ZipFile(downloading.value.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    context = browser.new_context(offline=True)
    offline = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("console", lambda message: said.append(message.text))
    address = (tmp_path / "index.html").as_uri()
    offline.goto(address)
    expect(offline.get_by_role("heading", name="שלום עולם")).to_be_visible()
    expect(offline.get_by_text(HOSTILE)).to_be_visible()
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            offline.set_viewport_size({"width": width, "height": 800})
            offline.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert offline.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"it scrolls at {width} px"
            assert violations(offline) == []
    assert asked == [address]
    assert said == []
    context.close()
