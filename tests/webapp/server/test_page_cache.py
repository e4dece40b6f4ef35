"""Strangers' pages from memory: true at every moment, nobody's in particular, and bounded."""

import gzip
import logging

import brotli
import pytest
from prometheus_client import REGISTRY

from tests.webapp.conftest import World
from tests.webapp.server.page_cache_world import cache
from webapp.server.cached_page import CACHE_CONTROL
from webapp.server.page_store import PageStore

PUBLIC = ("/", "/?sort=top", "/?tag=tagged", "/?author=ann", "/@ann", "/@ann?show=comments", "/search?q=words",
          "/feed.atom", "/@ann.atom", "/tags/tagged.atom")  # fmt: skip


@pytest.mark.parametrize("path", [*PUBLIC, "{thread}", "{thread}.atom"])
def test_a_stranger_gets_each_page_from_memory(world: World, thread: str, requests: list[str], path: str) -> None:
    path = path.format(thread=thread)
    first, second = (world.visitor().get(path) for _ in range(2))
    assert requests == [path]
    assert (second.status_code, second.data) == (200, first.data)
    assert second.headers["Cache-Control"] == CACHE_CONTROL
    assert "Set-Cookie" not in second.headers
    for name in ("Cookie", "Accept-Language", "Accept-Encoding", "HX-Request"):
        assert name in second.headers["Vary"]
    assert {*first.headers.keys()} == {*second.headers.keys()}
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


@pytest.mark.parametrize("path", [*PUBLIC, "{thread}", "{thread}.atom"])
def test_what_a_browser_has_is_not_sent_again(world: World, thread: str, path: str) -> None:
    visitor, path = world.visitor(), path.format(thread=thread)
    etag = visitor.get(path).headers["ETag"]
    for method in (visitor.client.get, visitor.client.head):
        again = method(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == etag
        assert "Content-Length" not in again.headers
    cache(world).pages.clear()
    assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 304, "when it has to be made again, too"


def test_head_says_what_get_would_without_the_body(world: World, thread: str) -> None:
    visitor = world.visitor()
    head, get = visitor.client.head(thread), visitor.get(thread)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.data))


def test_each_encoding_says_the_same(world: World, thread: str, requests: list[str]) -> None:
    visitor, plain = world.visitor(), world.visitor().get(thread).data
    opened = {"br": brotli.decompress, "gzip": gzip.decompress}
    for accepted, encoding in (("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")):
        answer = visitor.get(thread, headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == encoding
        assert opened[encoding](answer.data) == plain
        assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain)
    assert "Content-Encoding" not in visitor.get(thread, headers={"Accept-Encoding": "br;q=0, *;q=0"}).headers
    assert len(requests) == 1


def test_each_language_has_a_page_of_its_own(world: World, thread: str) -> None:
    for _ in range(2):
        for accepted, language in (("de-AT", "de"), ("en", "en"), ("", "en")):
            page = world.visitor().get(thread, headers={"Accept-Language": accepted})
            assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/posts/0192f000-0000-7000-8000-000000000000", 404),
        ("/@nobody", 404),
        ("/@ANN", 301),
        ("/?sort=strange", 400),
        ("/?after=broken", 400),
        ("{thread}?at=1", 400),
        ("/?utm_source=x", 200),
        ("/?tag=a&tag=b", 200),
        ("/login", 200),
    ],
)
def test_errors_redirects_and_addresses_of_no_page_are_not_kept(
    world: World, thread: str, requests: list[str], path: str, status: int
) -> None:
    for _ in range(2):
        answer = world.visitor().get(path := path.format(thread=thread))
        assert answer.status_code == status
        assert "public" not in answer.headers.get("Cache-Control", "")
    assert len(requests) == 2


def test_a_read_model_that_cant_be_read_is_said_and_not_kept(world: World, thread: str, requests: list[str]) -> None:
    visitor = world.visitor()
    visitor.get(thread)
    with world.generations.live().write() as connection:
        connection.exec_driver_sql("ALTER TABLE comments RENAME TO hidden")
    assert visitor.get(thread).status_code == 503
    with world.generations.live().write() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO comments")
    assert visitor.get(thread).status_code == 200


def test_answers_from_memory_are_logged_and_counted_as_others_are(
    world: World, thread: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "verbatim.web")
    before = counted("posts.show")
    ids = [world.visitor().get(thread, headers={"X-Request-ID": f"request-{n}"}).headers["X-Request-ID"] for n in "12"]
    assert ids == ["request-1", "request-2"]
    assert counted("posts.show") - before == 2
    made, kept = (
        {name: record.__dict__[name] for name in ("request_id", "method", "path", "status")}
        for record in caplog.records
    )
    assert [made.pop("request_id"), kept.pop("request_id")] == ids
    assert kept == made == {"method": "GET", "path": thread, "status": 200}


def counted(endpoint: str) -> float:
    return REGISTRY.get_sample_value("verbatim_requests_total", {"endpoint": endpoint, "status": "200"}) or 0


def test_a_flood_of_queries_pushes_out_nothing_useful(
    world: World, thread: str, requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, pages = world.visitor(), PageStore(max_bytes=1_000_000)
    monkeypatch.setattr(cache(world), "pages", pages)
    for path in (thread, "/") * 2:
        visitor.get(path)
    kept = len(pages)
    for number in range(40):
        visitor.get(f"/search?q=nothing{number}")
        assert pages.size_bytes <= pages.max_bytes
    assert kept < len(pages) < 40
    requests.clear()
    for path in (thread, "/"):
        visitor.get(path)
    assert requests == []
