"""The pages of a takeout: whatever was typed is text in them, and they load nothing."""

import re
from html.parser import HTMLParser

import pytest

from domain import account, ids, post
from operational import drafts
from takeout import pages
from takeout.markdown import render
from tests.people import id_of
from tests.takeout.conftest import BASE, TakeoutSite

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![pixel](https://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "<style>@import 'https://evil.example'</style>",
    "</article></main><iframe src=https://evil.example></iframe>",
    "{{ 7 * 7 }} {% include 'x' %}",
    "<base href=https://evil.example>",
)
LOADS = {
    "script",
    "img",
    "iframe",
    "link",
    "object",
    "embed",
    "video",
    "audio",
    "source",
    "svg",
    "form",
    "base",
    "input",
}


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def fill(site: TakeoutSite) -> None:
    site.register("ann", "bob")
    site.as_operator(account.GrantRole(handle="bob", role="moderator"))
    for text in HOSTILE:
        site.send(account.EditProfile(handle="ann", name=text[:80], bio=text))
        id = ids.uuid7()
        site.send(post.NewPost(post=id, title=text, body=text))
        site.send(post.RemovePost(post=id, reason=text), "bob")
    site.send(post.NewPost(post=ids.uuid7(), title="עברית", body="# שלום\n\nfirst, [home](/) and @bob"))


def test_hostile_texts_are_texts_and_nothing_is_loaded(site: TakeoutSite) -> None:
    fill(site)
    found = site.archive("ann")
    html = found.text("index.html")
    for tag, attributes in Tags(html).found:
        assert tag not in LOADS, (tag, attributes)
        assert not any(name.startswith("on") or name in ("src", "srcset", "style") for name in attributes), attributes
        href = attributes.get("href") or ""
        assert re.match(r"(https?://|#|older-|index\.html|mailto:|\Z)", href), href
    assert html.count("default-src 'none'") == 1
    assert "{{ 7 * 7 }}" in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2


def test_a_draft_of_an_answer_has_no_title(site: TakeoutSite) -> None:
    site.register("ann")
    drafts.save(site.generations.control, id_of("ann"), f"/posts/{site.publish()}/comments", {"body": "Half an answer"})
    assert "Half an answer" in site.archive("ann").text("index.html")


def test_each_text_goes_its_own_way() -> None:
    html = str(render("# שלום\n\nfirst\n\n- one\n\n> quoted", BASE))
    assert '<h4 dir="auto">' in html
    assert html.count('dir="auto"') == 6


def test_links_to_the_site_are_whole_and_others_stay(site: TakeoutSite) -> None:
    html = str(
        render("[home](/posts/1) [there](https://x.example) [odd](//evil.example) [file](secret.html) @bob", BASE)
    )
    assert f'href="{BASE}/posts/1"' in html
    assert 'href="https://x.example"' in html
    assert f'href="{BASE}/@bob"' in html
    assert "evil.example" not in html
    assert "secret.html" not in html


@pytest.mark.parametrize("language", ["en", "de", "tlh"])
def test_a_page_is_whole_in_every_language(language: str) -> None:
    html = pages.part("older_begin", language, BASE, newer="index.html", number=2, handle="ann")
    assert f'<html lang="{language}">' in html
