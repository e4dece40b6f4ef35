"""What is typed while the site is away is not lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.steps import DRAFT_STATE, WITH_SCRIPTS, bad_gateway, button, check, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@WITH_SCRIPTS
def test_while_the_site_is_away_the_browser_keeps_the_text(person: Opens) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    ann.context.route("**/drafts/save", bad_gateway)
    page.get_by_label("Title").fill("Offline")
    page.get_by_label("Body").fill("Written in a tunnel")
    expect(page.locator(DRAFT_STATE)).to_contain_text("kept in this browser")
    page.reload()
    expect(page.get_by_label("Body")).to_have_value("Written in a tunnel")
    page.goto("/posts/new")
    expect(page.get_by_label("Body")).to_have_value("")
    begun = page.get_by_role("navigation", name="Go on with a post")
    expect(begun).to_contain_text("kept in this browser")
    begun.get_by_role("link", name="Offline").click()
    expect(page.get_by_label("Body")).to_have_value("Written in a tunnel")
    expect(page.locator("[data-restored-locally]")).to_be_visible()
    ann.forget_errors()
    check(ann)
    button(page, "Discard this text").click()
    expect(page.get_by_label("Body")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Body")).to_have_value("")
    page.get_by_label("Title").fill("Online")
    page.get_by_label("Body").fill("Out of the tunnel")
    expect(page.locator(DRAFT_STATE)).to_contain_text("kept in this browser")
    ann.context.unroute("**/drafts/save")
    button(page, "Publish").click()
    expect(of_post(page)).to_contain_text("Out of the tunnel")
    page.wait_for_function("Object.keys(localStorage).every(name => !name.startsWith('draft:'))")
    ann.forget_errors()


@WITH_SCRIPTS
def test_what_isnt_done_while_the_site_is_away_speaks_of_a_text_only_where_there_is_one(person: Opens) -> None:
    ann = person()
    page = ann.page
    url = ann.publish("Liked in a tunnel")
    for away in (lambda route: route.abort(), bad_gateway):
        page.goto(url)
        ann.context.route("**/*like", away)
        ann.context.route("**/comments", away)
        button(of_post(page), "Like").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("may not be done")
        expect(alert).not_to_contain_text("typed")
        check(ann)
        ann.context.unroute("**/*like")
        button(alert, "Try again").click()
        expect(of_post(page)).to_contain_text("1 like")
        page.get_by_label("Comment").fill("Said in a tunnel")
        button(page, "Add comment").click()
        expect(page.get_by_role("alert")).to_contain_text("What you typed is still here")
        ann.context.unroute("**/comments")
        button(of_post(page), "Unlike").click()
        expect(of_post(page)).to_contain_text("0 likes")
    ann.forget_errors()
