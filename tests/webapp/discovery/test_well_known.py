"""What other programs ask every site for is there, and says nothing that is private or removed."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.moderation.suspension import SuspendAccount
from domain.post import ErasePost, RemovePost
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tools.draw_icons import Sign, png

DATA_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def test_robots_are_told_where_the_sitemap_is_and_what_is_no_page_for_them(build: Callable[..., World]) -> None:
    answer = build(public_url="https://example.org").visitor().get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /settings" in lines
    assert "Disallow: /" not in lines
    assert "Sitemap: https://example.org/sitemap.xml" in lines


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/favicon.ico", "image/x-icon"),
        ("/apple-touch-icon.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/opensearch.xml", "application/opensearchdescription+xml"),
        ("/sitemap.xml", "application/xml"),
        ("/.well-known/security.txt", "text/plain"),
    ],
)
def test_each_is_there_for_strangers_as_what_it_is(world: World, path: str, kind: str) -> None:
    answer = world.visitor().get(path)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert world.visitor().client.head(path).status_code == 200


def test_the_icon_is_an_ico_of_the_sign(world: World) -> None:
    icon = world.visitor().get("/favicon.ico").data
    assert icon[:6] == b"\0\0\1\0\3\0"
    svg = world.visitor().get("/static/icons/favicon.svg").text
    assert png(16, 16, Sign(svg, 16), None) in icon, "run python -m tools.draw_icons"


@pytest.mark.parametrize(("language", "words"), [("en", "Every edit"), ("de", "Verlauf")])
def test_the_manifest_names_pictures_that_are_there(world: World, language: str, words: str) -> None:
    visitor = world.visitor()
    manifest = visitor.get("/manifest.webmanifest", headers={"Accept-Language": language}).json
    assert manifest is not None
    assert (manifest["name"], manifest["start_url"], manifest["lang"]) == ("Verbatim", "/", language)
    assert words in manifest["description"]
    for icon in manifest["icons"]:
        answer = visitor.get(icon["src"])
        assert (answer.status_code, answer.mimetype) == (200, icon["type"])
        if icon["sizes"] != "any":
            assert "x".join(str(int.from_bytes(answer.data[at : at + 4])) for at in (16, 20)) == icon["sizes"]


def test_a_browsers_address_bar_can_search(build: Callable[..., World]) -> None:
    world = build(public_url="https://example.org")
    html = world.visitor().get("/").text
    assert 'rel="search" type="application/opensearchdescription+xml" title="Verbatim" href="/opensearch.xml"' in html
    assert 'rel="manifest" href="/manifest.webmanifest"' in html
    root = ET.fromstring(world.visitor().get("/opensearch.xml").data)
    assert root.find("./{*}Url[@type='text/html']").attrib["template"] == (  # type: ignore[union-attr]
        "https://example.org/search?q={searchTerms}"
    )


def _security_txt(world: World) -> dict[str, str]:
    text = world.visitor().get("/.well-known/security.txt").text
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_who_found_a_hole_is_told_where_to_write(build: Callable[..., World]) -> None:
    named = build(public_url="https://example.org", security_contact="mailto:holes@example.org")
    fields = _security_txt(named)
    assert fields["Contact"] == "mailto:holes@example.org"
    assert fields["Canonical"] == "https://example.org/.well-known/security.txt"
    ends = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=150) < ends - datetime.now(UTC) < timedelta(days=365)
    assert 'href="mailto:holes@example.org"' in named.visitor().get("/security").text


@pytest.mark.parametrize(("language", "words"), [("en", "has named no address"), ("de", "keine Adresse")])
def test_where_nobody_is_named_a_page_says_so(world: World, language: str, words: str) -> None:
    contact = _security_txt(world)["Contact"]
    assert contact == "http://localhost:8000/security"
    assert words in page(world.visitor().get("/security", headers={"Accept-Language": language})).text


def test_password_managers_are_sent_to_the_form(world: World) -> None:
    ann = world.person("ann")
    sent = ann.get("/.well-known/change-password")
    assert (sent.status_code, sent.location) == (302, "/settings/password")
    assert ann.get("/settings/password").status_code == 200
    stranger = world.visitor().get("/.well-known/change-password", follow_redirects=True)
    assert stranger.request.path == "/login"
    assert (
        world.visitor()
        .get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200")
        .status_code
        == 404
    )


def _listed(world: World) -> set[str]:
    """The paths of all posts that the sitemap leads to."""
    visitor = world.visitor()
    months = ET.fromstring(visitor.get("/sitemap.xml").data).iterfind("./{*}sitemap/{*}loc")
    lists = [ET.fromstring(visitor.get(_path(month)).data) for month in months]
    assert all(len(one) for one in lists)
    return {_path(found) for one in lists for found in one.iterfind("./{*}url/{*}loc")}


def _path(found: ET.Element) -> str:
    return (found.text or "").removeprefix("http://localhost:8000")


def test_the_sitemap_has_what_everybody_may_read_and_loses_it_at_once(world: World) -> None:
    world.person("ann")
    world.person("root", "admin")
    assert _listed(world) == set()
    kept, removed, erased = (world.post("ann", title) for title in ("Kept", "Removed", "Erased"))
    assert _listed(world) == {f"/posts/{id}" for id in (kept, removed, erased)}
    world.given(RemovePost(post=removed, reason="Spam"), "root")
    world.given(ErasePost(post=erased, reason="A court said so"), "root")
    assert _listed(world) == {f"/posts/{kept}"}
    world.given(SuspendAccount(handle="ann", reason="Spam"), "root")
    assert _listed(world) == {f"/posts/{kept}"}, "what they wrote is still to be read"


@pytest.mark.parametrize("month", ["2020-01", "2026-13", "0000-01", "x", "2026-1", "9999-12", "2026-11-01", "%00"])
def test_a_month_without_posts_is_no_list(world: World, month: str) -> None:
    assert world.visitor().get(f"/sitemaps/{month}.xml").status_code == 404


def _data(html: str) -> list[Any]:
    return [json.loads(found) for found in DATA_BLOCK.findall(html)]


def test_a_post_is_told_to_search_engines_as_a_discussion(build: Callable[..., World]) -> None:
    world = build(public_url="https://example.org")
    world.person("ann")
    id = world.post("ann", "A title", "Some *words*.")
    world.comment("ann", id, "A remark that isn't repeated")
    world.like("ann", f"post-{id}")
    html = world.visitor().get(f"/posts/{id}").text
    (found,) = _data(html)
    assert found["@type"] == "DiscussionForumPosting"
    assert (found["headline"], found["text"]) == ("A title", "Some words.")
    assert found["url"] == f"https://example.org/posts/{id}"
    assert found["author"] == {"@type": "Person", "name": "ann", "url": "https://example.org/@ann"}
    assert (found["commentCount"], found["interactionStatistic"]["userInteractionCount"]) == (1, 1)
    assert datetime.fromisoformat(found["datePublished"])
    picture = re.search(r'<meta property="og:image" content="https://example\.org([^"]+)"', html)
    assert picture is not None
    assert world.visitor().get(picture[1]).mimetype == "image/png"


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028 ]]> & \\u003c", '"}; alert(1)//', "'\\"]
)
def test_nothing_that_is_typed_ends_the_block(world: World, text: str) -> None:
    world.person("ann")
    id = world.post("ann", f"T {text}", f"B `{text}`")
    answer = world.visitor().get(f"/posts/{id}")
    (found,) = _data(answer.text)
    assert found["headline"] == " ".join(f"T {text}".split())
    block = DATA_BLOCK.search(answer.text)
    assert block is not None
    assert not set("<>&\u2028") & set(block[1])
    policy = answer.headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]+'", scripts)


def test_of_what_is_removed_or_erased_nothing_is_told(world: World) -> None:
    ann, root = world.person("ann"), world.person("root", "admin")
    removed, erased = (
        world.post("ann", "Secret title", "Secret words"),
        world.post("ann", "Secret title", "Secret words"),
    )
    world.given(RemovePost(post=removed, reason="Spam"), "root")
    world.given(ErasePost(post=erased, reason="A court said so"), "root")
    for visitor in (ann, root, world.visitor()):
        for id in (removed, erased):
            html = visitor.get(f"/posts/{id}").text
            assert _data(html) == []
            assert not [tag for tag in re.findall(r"<meta[^>]*>", html) if "Secret" in tag]
    for path in ("/sitemap.xml", "/robots.txt", "/opensearch.xml", "/manifest.webmanifest"):
        assert "Secret" not in world.visitor().get(path).text


def test_pages_of_a_thread_beyond_the_first_and_earlier_versions_are_told_of_by_none(world: World) -> None:
    world.person("ann")
    id = world.post("ann", "A title", "Words")
    assert len(_data(world.visitor().get(f"/posts/{id}").text)) == 1
    assert _data(world.visitor().get(f"/posts/{id}?version=1").text) == []
    assert _data(world.visitor().get(f"/posts/{id}/history").text) == []
