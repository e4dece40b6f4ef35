"""What a page needs: its size on the wire, its first paint, and what browsers keep of it."""

import gzip
import random
import re
import zlib
from base64 import b64encode
from hashlib import sha256

import brotli
import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import World
from webapp import ROOT
from webapp.server.assets import STYLESHEET_PARTS

LARGEST_BYTES = 60_000
FIRST_WINDOW_BYTES = 10 * 1_460
"""What a server sends before it hears from the browser again (RFC 6928)."""
COMMENT_ELEMENTS = 26
"""Of a comment without replies, for somebody logged in who didn't write it."""
A_SCREEN = 8_000
"""Characters of the page's own part that fill a screen: five posts of the feed."""
_NEEDED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
_DICE = random.Random(7)
_WORDS = ["".join(_DICE.choices("etaoinshrdlucmfwypvbgk", k=_DICE.randint(2, 9))) for _ in range(3_000)]


def prose(words: int) -> str:
    return " ".join(_DICE.choices(_WORDS, k=words))


def fetched(client: FlaskClient, address: str) -> tuple[int, str]:
    """Bytes on the wire, and the text that they stand for."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert answer.status_code == 200, address
    sent = answer.data
    return len(sent), (brotli.decompress(sent) if "Content-Encoding" in answer.headers else sent).decode()


@pytest.fixture
def busy(world: World) -> dict[str, str]:
    """Pages of a site as full as pages get: thirty posts, a thread of a hundred comments."""
    world.person("ann")
    posts = [world.post("ann", prose(9), f"{prose(120)} #{_WORDS[at]}") for at in range(31)]
    for _ in range(100):
        world.comment("ann", posts[-1], prose(45))
    return {
        "feed": "/",
        "thread": f"/posts/{posts[-1]}",
        "author": "/@ann",
        "search": f"/search?q={_WORDS[0]}",
        "history": f"/posts/{posts[-1]}/history",
        "form": "/posts/new",
        "settings": "/settings",
    }


def test_no_page_with_all_that_it_needs_is_over_its_budget(world: World, busy: dict[str, str]) -> None:
    client = world.logged_in("ann").client
    sizes = {name: fetched(client, address) for name, address in busy.items()}
    with_files = {
        name: size + sum(fetched(client, needed)[0] for needed in set(_NEEDED.findall(text)))
        for name, (size, text) in sizes.items()
    }
    assert all(len(_NEEDED.findall(text)) > 5 for _, text in sizes.values())
    assert {name: size for name, size in with_files.items() if size > LARGEST_BYTES} == {}


def test_a_comment_costs_a_page_few_elements_and_links(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    assert bob
    quiet, busy = world.post("ann"), world.post("ann")
    for _ in range(10):
        world.comment("bob", busy)
    bare, full = (ann.get(f"/posts/{post}").text for post in (quiet, busy))
    more = {start: full.count(start) - bare.count(start) for start in ("<", "</", "<a ", "<form", "<input")}
    assert 100 < more["<"] - more["</"] <= 10 * COMMENT_ELEMENTS
    assert (more["<a "], more["<form"], more["<input"]) == (30, 30, 20)


@pytest.mark.parametrize("name", ["feed", "form", "search", "settings", "author"])
def test_a_page_paints_after_one_round_trip(world: World, busy: dict[str, str], name: str) -> None:
    """The styles, the masthead and what a screen shows come in the first window; nothing else is waited for."""
    answer = world.logged_in("ann").client.get(busy[name], headers={"Accept-Encoding": "gzip"})
    text = gzip.decompress(answer.data).decode()
    first = zlib.decompressobj(wbits=31).decompress(answer.data[:FIRST_WINDOW_BYTES]).decode(errors="ignore")
    head, main = text[: text.index("</head>")], text.index("<main")
    assert len(first) > min(len(text) - 1, main + A_SCREEN)
    assert "<style>" in head
    assert 'rel="stylesheet"' not in head
    assert all(" defer" in tag for tag in re.findall(r"<script src=[^>]*>", text))


def test_every_file_of_styles_is_in_the_one_stylesheet_once_and_in_order(world: World) -> None:
    """Without their comments: those are for whoever writes them."""
    files = {
        path.stem: re.sub(r"[ ]*/\*.*?\*/\n?", "", path.read_text(), flags=re.DOTALL)
        for path in (ROOT / "static" / "css").iterdir()
    }
    page = world.visitor().get("/").text
    assert page.count("<style>") == 1
    assert f"<style>{''.join(files.pop(part) for part in STYLESHEET_PARTS)}</style>" in page
    assert files == {}
    assert world.visitor().get("/static/css/site.css").text in page
    assert world.visitor().get("/static/css/tokens.css").status_code == 404


def test_scripts_come_without_the_lines_that_are_comments_alone(world: World) -> None:
    client = world.visitor().client
    for path in sorted((ROOT / "static/js").glob("*.js")):
        source = path.read_text().splitlines(keepends=True)
        comments = [at for at, line in enumerate(source) if line.lstrip(" ").startswith("//")]
        for at in comments:
            assert "".join(source[:at]).count("`") % 2 == 0, f"{path.name}:{at + 1} is within a text"
        sent = client.get(f"/static/js/{path.name}").text
        assert sent == "".join(line for at, line in enumerate(source) if at not in comments), path.name


def test_the_policy_allows_what_stands_in_the_page_and_nothing_else(world: World) -> None:
    answer = world.visitor().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for element in ("script", "style"):
        inside = re.findall(f"<{element}>(.*?)</{element}>", answer.text, re.DOTALL)
        assert len(inside) == 1
        assert f"{element}-src 'self' 'sha256-{b64encode(sha256(inside[0].encode()).digest()).decode()}'" in policy
    assert not re.search(r'\s(style|on\w+)="', answer.text)


def test_a_file_is_kept_for_a_year_under_the_address_that_names_its_content(world: World) -> None:
    client = world.visitor().client
    address = next(found for found in _NEEDED.findall(client.get("/").text) if "site.js" in found)
    kept = client.get(address)
    assert "immutable" in kept.headers["Cache-Control"]
    asked = client.get("/static/js/site.js?v=anything")
    assert asked.headers["Cache-Control"] == "no-cache"
    for encoding in ("br", "identity"):
        headers = {"Accept-Encoding": encoding}
        tag = client.get("/static/js/site.js", headers=headers).headers["ETag"]
        assert client.get("/static/js/site.js", headers=headers | {"If-None-Match": tag}).status_code == 304
    assert client.get("/static/../domain/post.py").status_code == 404
    assert client.get("/static/vendor/README.md").status_code == 404


def test_who_asks_for_no_compression_gets_none_and_streams_and_tagged_parts_stay_as_they_are(world: World) -> None:
    client = world.visitor().client
    post = world.post("ann", "A title") if world.person("ann") else ""
    assert "Content-Encoding" not in client.get("/").headers
    assert gzip.decompress(client.get("/", headers={"Accept-Encoding": "gzip"}).data).startswith(b"<!doctype html>")
    part = {"HX-Request": "true", "HX-Request-Type": "partial", "Accept-Encoding": "br"}
    thread = client.get(f"/posts/{post}/thread", headers=part)
    assert "Content-Encoding" not in thread.headers
    assert (
        client.get(f"/posts/{post}/thread", headers=part | {"If-None-Match": thread.headers["ETag"]}).status_code == 304
    )


def test_what_is_no_page_brings_a_short_policy(world: World) -> None:
    visitor = world.visitor()
    for path in ("/static/js/site.js", "/avatars/ann.svg", "/feed.atom"):
        headers = visitor.get(path).headers
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'", path
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_forms_of_a_page_have_ids_of_their_own_that_differ_in_the_end_alone(world: World) -> None:
    ann = world.person("ann")
    for number in range(3):
        world.post("ann", f"Post {number}")
    pages = [{form.fields["command_id"] for form in ann.see("/").forms if "/like" in form.action} for _ in range(2)]
    assert [len(ids) for ids in pages] == [3, 3]
    assert [len({id[:-6] for id in ids}) for ids in pages] == [1, 1]
    assert not pages[0] & pages[1]
