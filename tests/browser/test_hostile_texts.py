"""No text whatsoever makes a page scroll sideways at 320 pixels, on any page that shows it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from domain import account, comment, post
from domain.ids import uuid7
from tests.browser.served_pages import Served
from tests.browser.test_look import browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["browser"]

LONG = "x" * 250
HOSTILE_TEXTS = {
    "marks": "Z" + "\u0341\u0489\u0322" * 50,
    "marks of other scripts": "\u0e01" + "\u0e49" * 60 + " \u0915" + "\u0902" * 60,
    "no blanks": LONG,
    "no-break blanks": "\u00a0".join(["word"] * 60),
    "joined words": "\u2060".join(["word"] * 60),
    "joined emoji": "\u200d".join("\U0001f468" * 60),
    "flags": "\U0001f1e9\U0001f1ea" * 90,
    "wide letters": "\ufdfd" * 40 + "\u102aa",
    "right to left": "\u0627\u0644\u0643\u062a\u0627\u0628" * 40,
    "overrides": "\u2067\u202e" + "abc " * 40,
    "tags": "#" + "t" * 49 + " " + "#\u0e01" + "\u0e01" * 40,
    "markdown": "| " + " | ".join([LONG] * 4) + " |\n" + "|-" * 4 + "|\n\n```\n" + LONG * 4 + "\n```\n\n> " * 8 + LONG,
    "nested": "".join("  " * depth + "- " + LONG + "\n" for depth in range(12)),
    "code": "`" + LONG + "` https://" + "a" * 60 + "." + "b" * 60 + "." + "c" * 60 + ".example/" + LONG,
    "mathematics": "$" + "\U0001d504" * 90,
}
HOSTILE_LINK = "https://" + ".".join(["a" * 62] * 3) + ".example/" + LONG
"""Texts that have made pages wider than their window, one a kind; and such a link."""

_WIDER = """() => document.documentElement.scrollWidth > innerWidth ? [
    document.documentElement.scrollWidth,
    ...[...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .filter(e => !e.closest("pre, .scroll, .visually-hidden, [hidden]"))
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 3)
] : []"""


def line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("hostile"))
    try:
        for number, text in enumerate(HOSTILE_TEXTS.values()):
            served.ids[f"p{number}"] = hostile_post(served, text)
        yield served
    finally:
        served.close()


def hostile_post(served: Served, text: str) -> str:
    """Somebody uses the text wherever there is room for one."""
    world, id = served.world, uuid7()
    world.given(account.EditProfile(handle="grace", name=line(text, 80), bio=text[:2000]), "grace")
    world.given(post.NewPost(post=id, title=line(text, 300), body=text, url=HOSTILE_LINK), "grace")
    said = world.comment("ada", id, f"@grace {text}")
    for depth in range(3):
        said = world.comment("grace", id, f"{depth} {text}", said)
    world.given(comment.EditComment(comment=said, version=1, body=f"edited {text}"), "grace")
    world.given(post.EditPost(post=id, version=1, title=line(f"now {text}", 300), body=f"{text} now"), "grace")
    world.given(post.LockPost(post=id, reason=line(text, 500)), "mod")
    world.given(post.UnlockPost(post=id, reason=line(text, 500)), "mod")
    return id


EVERYWHERE = (
    "/", "/?sort=top", "/@grace", "/@grace?show=comments", "/people?q=g", "/search?q=now",
    "/search?q=edited&kind=comments", "/notifications", "/moderation", "/moderation?show=posts",
    "/moderation?show=comments", "/settings", "/drafts",
)  # fmt: skip
OF_A_POST = ("/posts/{}", "/posts/{}?version=1", "/posts/{}/history", "/posts/{}/history?view=split", "/posts/{}/edit")


@pytest.mark.parametrize("who", ["grace", "mod", None])
def test_no_text_makes_a_page_scroll_sideways(served: Served, browser: Browser, who: str | None) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, bypass_csp=True)
    if who:
        context.add_cookies([served.cookie(who)])
    window = context.new_page()
    names = dict(zip(HOSTILE_TEXTS, range(len(HOSTILE_TEXTS)), strict=True))
    paths = {path: path for path in EVERYWHERE}
    paths |= {f"{name}: {p}": p.format(served.ids[f"p{n}"]) for name, n in names.items() for p in OF_A_POST}
    wider = {}
    for name, path in paths.items():
        window.goto(served.url + path, wait_until="load")
        if found := window.evaluate(_WIDER):
            wider[name] = found
    context.close()
    assert wider == {}
