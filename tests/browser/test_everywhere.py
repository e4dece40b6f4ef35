"""Nothing for axe to find on any page there is, whoever looks: light, dark, with more contrast, narrow and enlarged.

SHOTS=folder keeps a screenshot of each.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.axe import violations
from tests.browser.everywhere import LOOKS, fill
from tests.browser.look import Look
from tests.browser.served_pages import SCHEMES, Served, shoot
from tests.browser.test_look import browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser"]

WIDE, ZOOMED, NARROW = 1280, 640, 320
"""CSS pixels: a window of 1280, the same at 200 % and at 400 % (WCAG 1.4.10)."""
_TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth &&
    [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .filter(e => !e.closest("pre, .scroll, .visually-hidden, [hidden]"))
    .map(e => e.outerHTML.slice(0, 100)).slice(0, 3)"""
_CUT = """() => [...document.querySelectorAll("button, .button, .nav-item, label, h1, h2, h3, summary, .badge")]
    .filter(e => e.checkVisibility() && !e.closest(".visually-hidden"))
    .filter(e => getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.outerHTML.slice(0, 100)).slice(0, 3)"""
_SMALL = """() => {
    const shown = e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().right > 0;
    const inText = e => e.matches("a") && e.closest("p, .prose, li:not(:has(.nav-item)), dd, .hint, label, .note");
    const all = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")];
    return all.filter(shown).filter(e => !inText(e) && !e.closest(".skip-link, .visually-hidden")).filter(e => {
        const box = (e.matches("input") && e.closest("label") || e).getBoundingClientRect();
        return box.width < 23.5 || box.height < 23.5;
    }).map(e => e.outerHTML.slice(0, 100)).slice(0, 3);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("everywhere"))
    try:
        served.ids = fill(served)
        yield served
    finally:
        served.close()


class Looked:
    """wrong: what was found, each with the page's name, the circumstances and the rule's."""

    def __init__(self, window: Page, name: str, alike: str = "") -> None:
        self._window, self._name, self._alike = window, name, alike
        self._looked = False
        self.wrong: list[str] = []
        window.on("pageerror", lambda error: self.blame("script", str(error)))
        window.on("console", lambda said: self._heard(said.type, said.text))

    def blame(self, rule: str, what: object) -> None:
        self.wrong.append(f"{self._name}: {rule}: {what}")

    def everywhere(self) -> list[str]:
        """Colours change contrasts alone, and sizes all else, so each size has colours of its own."""
        window = self._window
        for width, scheme in ((WIDE, "light"), (ZOOMED, "dark"), (NARROW, "dark-contrast")):
            window.set_viewport_size({"width": width, "height": 900})
            window.emulate_media(**SCHEMES[scheme])
            self._axe(f"{width} px, {scheme}")
            self._asked(f"wider than {width} px", _TOO_WIDE)
            shoot(window, f"{self._name}-{width}")
        self._asked("target under 24 px", _SMALL)
        window.emulate_media(**SCHEMES["contrast"])
        self._axe("contrast", "color-contrast", "link-in-text-block")
        window.set_viewport_size({"width": WIDE, "height": 900})
        window.emulate_media(**SCHEMES["light"])
        window.evaluate("document.documentElement.style.fontSize = '200%'")
        self._asked("wider with text twice as large", _TOO_WIDE)
        self._asked("cut off with text twice as large", _CUT)
        shoot(window, f"{self._name}-text")
        return self.wrong

    def _axe(self, how: str, *rules: str) -> None:
        """The parts that are like others are looked at where everything is, at first."""
        for rule, html in violations(self._window, *rules, without=self._alike if self._looked else ""):
            self.blame(f"{how}: {rule}", html)
        self._looked = True

    def _asked(self, rule: str, script: str) -> None:
        if found := self._window.evaluate(script):
            self.blame(rule, found)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "the server responded with a status of" not in text:
            self.blame(f"console {kind}", text)


@pytest.fixture(scope="module")
def person(browser: Browser, served: Served) -> Iterator[Callable[[str | None], Page]]:
    """person(handle) opens a tab in the browser of somebody, who keeps it: files are fetched once."""
    contexts: dict[str | None, BrowserContext] = {}

    def person(handle: str | None) -> Page:
        if handle not in contexts:
            size: ViewportSize = {"width": WIDE, "height": 900}
            contexts[handle] = browser.new_context(base_url=served.url, reduced_motion="reduce", viewport=size)
            if handle:
                contexts[handle].add_cookies([served.cookie(handle)])
        return contexts[handle].new_page()

    yield person
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_is_found_on_any_page(person: Callable[[str | None], Page], served: Served, name: str) -> None:
    look: Look = LOOKS[name]
    window = person(look.who)
    looked = Looked(window, name, look.alike)
    answer = window.goto(look.path.format(**served.ids), wait_until="load")
    assert answer is not None
    assert answer.status == look.status
    if look.act:
        look.act(window, served.ids)
    wrong = looked.everywhere()
    window.close()
    assert not wrong, "\n".join(wrong)


NO_PAGES = re.compile(
    r"(api|atom|live|moderation_log_atom|ops|quote|sitemap)\.|well_known\.(?!security$)"
    r"|(accounts\.download_takeout|bulk_batches\.state|cases\.state|desk\.refresh|authors\.avatar|feed\.of_tag|notifications\.count|static)$"
)
"""What answers programs, with a part of a page, or with another address."""


def test_every_route_that_shows_a_page_is_looked_at(served: Served) -> None:
    addresses = served.world.app.url_map
    paths = [look.path.format(**served.ids) for look in LOOKS.values() if look.status == 200]
    looked = {addresses.bind("localhost").match(re.split("[?#]", path)[0])[0] for path in paths}
    pages = {rule.endpoint for rule in addresses.iter_rules() if "GET" in (rule.methods or ())}
    assert {page for page in pages if not NO_PAGES.match(page)} - looked == set()
