"""How the pages look and behave in a real browser: nothing for axe to find, nothing cut off, nothing blocked.

SHOTS=folder keeps a screenshot of every page at every size.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from domain import account, comment, post
from readmodel.generations.generations import Generations
from tests.browser.axe import violations
from tests.webapp.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCHEMES: dict[str, Any] = {
    "light": {"color_scheme": "light", "contrast": "no-preference"},
    "dark": {"color_scheme": "dark", "contrast": "no-preference"},
    "contrast": {"color_scheme": "light", "contrast": "more"},
    "dark-contrast": {"color_scheme": "dark", "contrast": "more"},
}
SIZES = {320: ("light", "dark"), 768: ("light",), 1280: tuple(SCHEMES)}
"""Pixels → the colours that a page is looked at in. A size hides or shows a few parts; it has no colours of its own."""
PAGES: dict[str, tuple[str, str | None]] = {
    "feed": ("/", "ada"),
    "feed-stranger": ("/", None),
    "tag": ("/?tag=design", None),
    "tag-empty": ("/?tag=nobody", None),
    "post": ("/posts/{long}", "ada"),
    "post-moderator": ("/posts/{long}", "mod"),
    "post-removed": ("/posts/{gone}", "mod"),
    "history": ("/posts/{long}/history", "root"),
    "history-comment": ("/comments/{note}/history", None),
    "author": ("/@ada", None),
    "author-comments": ("/@ada?show=comments", None),
    "author-own": ("/@grace", "grace"),
    "author-suspended": ("/@eve", "root"),
    "moderation": ("/moderation", "mod"),
    "moderation-posts": ("/moderation?show=posts", "mod"),
    "moderation-comments": ("/moderation?show=comments", "mod"),
    "moderation-site": ("/moderation?show=site", "root"),
    "new": ("/posts/new", "ada"),
    "edit": ("/posts/{long}/edit", "ada"),
    "settings": ("/settings", "ada"),
    "login": ("/login", None),
    "register": ("/register", None),
}
TITLES = (
    "Why can high frequency (x-rays) and low frequency (radio waves) both travel through materials?",
    "Cast Iron Pizza",
    "TIL that in 1913, Hitler, Trotsky, Tito, Freud and Stalin all lived within walking distance in Vienna",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "あなたの言葉をそのまま残す場所について、少し長い題名で書いてみる",
)
LONG = """Most software forgets. #design #eventsourcing

## What an edit is

An edit is a **fact**. Thanks to @grace.

> The palest ink is better than the best memory.

1. The old text stays.
2. The new text stands beside it.

```python
def evolve(post: Post, event: Event) -> None:
    \"\"\"Takes in one event, and has a line that is too long for a telephone held upright.\"\"\"
    return 42  # text
```

| what | kept | how long | and one more |
|:-----|:----:|---------:|--------------|
| IP addresses | no | 0 days | unbelievably |

![a diagram](https://example.org/d.png) and https://example.org/a/rather/long/address/that/goes/on/and/on?and=on
"""


class Served:
    """A site with people, threads and traces of moderation, on a port of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        generations = Generations(f"sqlite:///{folder / 'read.db'}")
        generations.migrate()
        generations.close()
        self.world = World(folder, {}, **settings)
        self.ids = _filled(self.world)
        self._server = make_server("127.0.0.1", 0, self.world.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self._tokens = {handle: self.world.sessions.open(handle) for handle in ("ada", "grace", "mod", "root")}

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.world.close()

    def log_in(self, handle: str) -> None:
        """From now on there is a cookie for this one too."""
        self._tokens[handle] = self.world.sessions.open(handle)

    def cookie(self, handle: str) -> Any:
        """The cookie of somebody logged in."""
        signer: Any = self.world.app.session_interface.get_signing_serializer(self.world.app)  # type: ignore[attr-defined]
        value = signer.dumps({"_user_id": self._tokens[handle], "_fresh": True})
        return {"name": "session", "value": value, "url": self.url}


def _filled(world: World) -> dict[str, str]:
    for handle, roles in (("ada", ()), ("grace", ()), ("eve", ()), ("mod", ("moderator",)), ("root", ("admin",))):
        world.person(handle, *roles)
    world.given(account.EditProfile(handle="ada", name="Ada Lovelace", bio="I write *programs*. #computing"), "ada")
    for number in range(35):
        world.post("ada", TITLES[number % len(TITLES)], f"Text number {number}. " * (number % 4 * 20 + 1))
    long = world.post("ada", "Why we keep every version", LONG)
    edited = LONG.replace("Most software", "Nearly all software")
    world.given(post.EditPost(post=long, version=1, title="Why we keep every version", body=edited), "ada")
    world.given(post.LockPost(post=long, reason="Cooling down"), "mod")
    world.given(post.UnlockPost(post=long), "mod")
    note = above = world.comment("grace", long, "## A heading\n\nI've kept a diary for thirty years.\n\n    code")
    for depth in range(13):
        above = world.comment("ada", long, f"Going deeper: {depth}", above)
    world.given(comment.EditComment(comment=note, version=1, body="I kept a diary for forty years."), "grace")
    spam = world.comment("eve", long, "Buy my pills")
    world.given(comment.RemoveComment(comment=spam, reason="Advertising"), "mod")
    world.like("mod", f"post-{long}")
    gone = world.post("eve", "MAKE MONEY FAST", "Click [here](https://example.org)")
    world.given(post.RemovePost(post=gone, reason="Spam"), "mod")
    world.given(account.SuspendAccount(handle="eve", reason="Spam"), "mod")
    return {"long": long, "note": note, "gone": gone}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Any]:
    """visit(handle, **options) opens a browser window for somebody, None for a stranger."""
    opened: list[BrowserContext] = []

    def visit(handle: str | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=served.url, **options)
        opened.append(context)
        if handle:
            context.add_cookies([served.cookie(handle)])
        return context.new_page()

    yield visit
    for context in opened:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_whole_and_usable_for_everyone(visit: Any, served: Served, name: str) -> None:
    """axe finds nothing, nothing sticks out sideways, and the browser blocks and misses nothing."""
    path, who = PAGES[name]
    window = visit(who, reduced_motion="reduce")
    wrong: list[str] = []
    window.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    window.on("pageerror", lambda error: wrong.append(str(error)))
    answer = window.goto(path.format(**served.ids), wait_until="load")
    if not answer or answer.status != 200:
        wrong.append(f"status {answer and answer.status}")
    wrong += found_on(window, name)
    assert wrong == []


def found_on(window: Page, name: str) -> list[str]:
    """What is wrong at each size, where other colours than light change contrasts alone."""
    wrong: list[str] = []
    for size, schemes in SIZES.items():
        window.set_viewport_size({"width": size, "height": 900})
        for scheme in schemes:
            window.emulate_media(**SCHEMES[scheme])
            if scheme == "light" and window.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"wider than {size}")
            _shoot(window, f"{name}-{size}-{scheme}")
            rules = () if scheme == "light" else ("color-contrast",)
            wrong += [f"{size} {scheme}: {rule}: {html}" for rule, html in violations(window, *rules)]
    return wrong


def _shoot(window: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        window.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_chosen_theme_stays(visit: Any) -> None:
    window = visit(color_scheme="light")
    window.goto("/")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = window.evaluate(ground)
    window.get_by_role("button", name="Dark").click()
    dark = window.evaluate(ground)
    assert light != dark
    window.reload()
    assert window.evaluate(ground) == dark
    expect(window.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    window.get_by_role("button", name="System").click()
    assert window.evaluate(ground) == light


def test_without_javascript_there_is_no_switch_that_does_nothing(visit: Any) -> None:
    window = visit(java_script_enabled=False)
    window.goto("/")
    expect(window.get_by_role("group", name="Theme")).to_be_hidden()


def test_the_first_tab_skips_to_the_content(visit: Any) -> None:
    window = visit("ada")
    window.goto("/")
    window.keyboard.press("Tab")
    skip = window.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    window.keyboard.press("Enter")
    expect(window.locator("main")).to_be_focused()


def test_times_are_in_the_readers_zone(visit: Any, served: Served) -> None:
    texts = []
    for zone in ("Asia/Tokyo", "America/Lima"):
        window = visit(timezone_id=zone, locale="en-GB")
        window.goto(f"/posts/{served.ids['long']}/history")
        texts.append(window.locator("time").first.inner_text())
    assert texts[0] != texts[1]
    assert "UTC" not in "".join(texts)


def test_a_counter_speaks_up_near_the_end(visit: Any) -> None:
    window = visit("ada")
    window.goto("/posts/new")
    counter = window.locator("#title-count")
    expect(counter).to_be_hidden()
    window.get_by_label("Title").fill("x" * 290)
    expect(counter).to_have_text("10 left")
    window.get_by_label("Title").fill("x" * 301)
    expect(counter).to_have_text("1 too many")


def test_more_posts_come_in_place_and_focus_goes_to_the_first_of_them(visit: Any) -> None:
    window = visit()
    window.goto("/")
    cards = window.locator(".feed article")
    before = cards.count()
    window.get_by_role("link", name="Next").focus()
    window.keyboard.press("Enter")
    expect(cards).to_have_count(36)
    assert window.evaluate("document.activeElement.closest('article').id") == cards.nth(before).get_attribute("id")


def test_a_like_by_keyboard_keeps_the_focus(visit: Any, served: Served) -> None:
    window = visit("grace")
    window.goto(f"/posts/{served.ids['long']}")
    window.get_by_role("button", name="Like", exact=True).first.focus()
    window.keyboard.press("Enter")
    button = window.get_by_role("button", name="Unlike", exact=True).first
    expect(button).to_be_focused()
    expect(window.get_by_text("2 likes").first).to_be_visible()


def test_a_toast_leaves_by_itself_but_not_from_under_the_pointer(visit: Any) -> None:
    window = visit()
    window.clock.install()
    window.goto("/")
    status = window.get_by_role("status")
    window.evaluate("document.getElementById('status').innerHTML = '<span>Saved.</span>'")
    expect(status).to_have_text("Saved.")
    status.hover()
    window.clock.run_for(30_000)
    expect(status).to_have_text("Saved.")
    window.mouse.move(0, 0)
    window.clock.run_for(3_000)
    expect(status).to_have_text("")


def test_every_target_is_at_least_24_pixels(visit: Any, served: Served) -> None:
    """WCAG 2.2, 2.5.8; links inside sentences are exempt."""
    window = visit("mod", viewport={"width": 320, "height": 900})
    for path in ("/", "/posts/{long}", "/moderation", "/@eve"):
        window.goto(path.format(**served.ids))
        small = window.evaluate(
            """[...document.querySelectorAll(
                   "button, summary, input:not([type=hidden]), .nav-item, .tag, .quiet, .meta a")]
               .filter(e => !e.closest("[hidden], .activity") && e.offsetParent && !e.matches(".strong"))
               .filter(e => e.getBoundingClientRect().height < 23.5 || e.getBoundingClientRect().width < 23.5)
               .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert small == []


def test_paper_gets_the_words_alone(visit: Any, served: Served) -> None:
    window = visit("ada")
    window.goto(f"/posts/{served.ids['long']}")
    window.emulate_media(media="print")
    expect(window.get_by_role("heading", level=1)).to_be_visible()
    expect(window.get_by_role("navigation", name="Site")).to_be_hidden()
    expect(window.get_by_role("button", name="Add comment")).to_be_hidden()
