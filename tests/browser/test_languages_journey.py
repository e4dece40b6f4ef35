"""The language is chosen in the footer and remembered; times stand in the reader's own zone and words."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Opens

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 400);
})"""
PAGES = (
    "/",
    "/posts/new",
    "/settings",
    "/search?q=zzz",
    "/drafts",
    "/notifications",
    "/keyboard",
    "/settings/webhooks",
    "/privacy",
    "/settings/export",
    "/settings/leave",
    "/settings/leave/choose?words=erase",
)


def test_the_switch_is_remembered(person: Opens, scripts: bool) -> None:
    ann = person("ann")
    url = ann.publish("About cats")
    page = ann.page
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Deutsch", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url == url
    expect(page.get_by_role("button", name="Kommentieren", exact=True)).to_be_visible()
    page.goto("/settings")
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_the_browsers_language_is_the_first(stranger: Opens) -> None:
    page = stranger(locale="de-AT").page
    page.goto("/register")
    page.get_by_label("Nutzername", exact=True).fill("x y")
    page.get_by_label("Passwort", exact=True).fill("kurz")
    page.get_by_role("main").get_by_role("button", name="Registrieren").click()
    expect(page.get_by_role("alert")).to_contain_text("Das Passwort muss mindestens 8 Zeichen haben.")


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_times_stand_in_the_readers_zone_and_words(person: Opens, stranger: Opens) -> None:
    url = person("ann").publish("About cats")
    page = stranger(locale="de-DE", timezone_id="Asia/Tokyo").page
    page.goto(f"{url}/history")
    time = page.locator(".versions time").first
    utc = str(time.get_attribute("datetime"))
    local = page.evaluate(
        "utc => new Intl.DateTimeFormat('de', { dateStyle: 'long', timeStyle: 'short' }).format(new Date(utc))", utc
    )
    expect(time).to_have_text(local)
    expect(time).to_have_attribute("title", f"{local} ({utc.replace('T', ' ').replace('Z', '')} UTC)")
    page.goto(url)
    expect(page.locator("article.post time").first).to_have_text(re.compile("^(jetzt|vor .*(Sekunde|Minute)n?)$"))


@pytest.mark.parametrize("scripts", [False], indirect=True)
def test_without_scripts_times_are_said_in_utc(person: Opens, stranger: Opens) -> None:
    url = person("ann").publish("About cats")
    page = stranger(locale="de-DE", timezone_id="Asia/Tokyo").page
    page.goto(url)
    expect(page.locator("article.post time").first).to_have_text(re.compile(r"^\d\d\.\d\d\.\d{4}, \d\d:\d\d UTC$"))


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_times_that_htmx_brings_are_told_alike(person: Opens) -> None:
    ann = person("ann")
    url = ann.publish("About cats")
    page = ann.page
    page.goto(url)
    page.get_by_role("button", name="Deutsch", exact=True).click()
    page.locator("#add textarea").fill("Gut gesagt.")
    page.get_by_role("button", name="Kommentieren", exact=True).click()
    added = page.locator("#thread article.comment").first
    expect(added.locator("time").first).to_have_text(re.compile("^(jetzt|vor .*)$"))
    expect(page.locator("#status")).to_contain_text("Dein Kommentar steht im Gespräch.")


@pytest.mark.parametrize("scripts", [True], indirect=True)
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_when_times_become_local(person: Opens, stranger: Opens, width: int) -> None:
    ann = person("ann")
    url = ann.publish("About cats")
    ann.comment(url, "Well said.")
    size: Any = {"width": width, "height": 800}
    page = stranger(locale="de-DE", timezone_id="Asia/Tokyo", viewport=size).page
    for path in ("/", url):
        page.goto(path)
        # A card that gets a line shorter after the first paint moves what is below it by 0.025; up to 0.1 is good.
        assert page.evaluate(SHIFTS) < 0.03, path


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_german_fits_a_small_telephone_and_axe_finds_nothing(person: Opens) -> None:
    ann = person("ann")
    url = ann.publish("About cats")
    ann.comment(url, "Well said.")
    page = ann.page
    page.set_viewport_size({"width": 320, "height": 640})
    ann.post("/", "/language", language="de")
    for path in (*PAGES, url, f"{url}/history", f"/@{ann.handle}"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= 320, f"{path} is {wide} px wide"
        assert violations(page) == [], path
