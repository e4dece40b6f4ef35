"""Strangers' pages from memory: true at every moment, nobody's in particular, and bounded."""

import gzip
import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import brotli
import pytest
from flask import request, request_started
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from domain import comment, ids, like, post
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from operational import drafts
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.generations.generations import POINTER_CACHE_S, Generations
from tests.webapp.conftest import Visitor, World
from webapp.server import logs
from webapp.server.cached_page import CACHE_CONTROL
from webapp.server.page_cache import PageCache
from webapp.server.page_store import PageStore

LINK = re.compile(r'href="(/[^"#]*)')
SECRETS = ("data-handle", "csrf_token", "quietmod", "quietadmin", "unfinished business", "Erase me", "nobody reads why")
"""Of those who are logged in: who they are, their tokens, a draft, what was removed, and the moderator's reason."""
FORMS = ("/login", "/register")
"""What a stranger opens in order to send it: its token needs a session."""


def cache(world: World) -> PageCache:
    found: PageCache = world.app.extensions["page_cache"]
    return found


@pytest.fixture
def requests(world: World) -> Iterator[list[str]]:
    """Addresses that came as far as the application, past the cache."""
    seen: list[str] = []

    def note(_app: Any, **_: Any) -> None:
        seen.append(request.full_path.rstrip("?"))

    request_started.connect(note, world.app)
    yield seen
    request_started.disconnect(note, world.app)


@pytest.fixture
def thread(world: World) -> str:
    """The path of ann's post with a comment of hers."""
    world.person("ann")
    id = world.post("ann", "First", "Some #tagged words.")
    world.comment("ann", id)
    return f"/posts/{id}"


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
    "headers",
    [
        {"Authorization": "Bearer x"},
        {"HX-Request": "true"},
        {"HX-Request": "true", "HX-Request-Type": "full"},
        {"HX-Boosted": "true"},
        {"Cookie": "session=x"},
        {"Cookie": "a=b; language=de"},
        {"Cookie": "remember_token=x"},
    ],
)
def test_whoever_brings_a_session_or_asks_for_a_part_is_answered_afresh(
    world: World, thread: str, requests: list[str], headers: dict[str, str]
) -> None:
    world.visitor().get(thread)
    answer = world.app.test_client(use_cookies=False).get(thread, headers=headers)
    assert requests == [thread, thread]
    assert "public" not in answer.headers["Cache-Control"]
    assert "ETag" not in answer.headers


def test_another_site_s_cookie_makes_nobody_known(world: World, thread: str, requests: list[str]) -> None:
    for _ in range(2):
        world.app.test_client(use_cookies=False).get(thread, headers={"Cookie": "__cf_bm=1"})
    assert requests == [thread]


def test_somebody_elses_post_empties_nothing_that_it_doesnt_concern(
    world: World, thread: str, requests: list[str]
) -> None:
    visitor, other = world.visitor(), world.person("bob")
    paths = (thread, "/@ann", "/?author=ann", "/@ann.atom", f"{thread}.atom")
    for path in (*paths, "/"):
        visitor.get(path)
    requests.clear()
    elsewhere = world.post("bob", "Second")
    world.like("bob", f"post-{elsewhere}")
    for path in paths:
        visitor.get(path)
    assert requests == []
    assert "Second" in visitor.get("/").text
    assert other.get("/").status_code == 200


ACTS: dict[str, Callable[[str, str], Any]] = {
    "a comment": lambda id, _: comment.AddComment(comment=ids.uuid7(), post=id, body="Another."),
    "a like": lambda id, _: like.Like(target=f"post-{id}"),
    "a like of a comment": lambda _, said: like.Like(target=f"comment-{said}"),
    "an edit": lambda id, _: post.EditPost(post=id, version=1, title="First", body="Changed."),
    "an edit of a comment": lambda _, said: comment.EditComment(comment=said, version=1, body="Changed."),
    "a removed comment": lambda _, said: comment.RemoveComment(comment=said),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_somebody_does_is_seen_by_strangers_at_once(world: World, act: str) -> None:
    world.person("ann")
    id = world.post("ann")
    said = world.comment("ann", id)
    visitor = world.visitor()
    before = visitor.get(f"/posts/{id}")
    world.given(ACTS[act](id, said), "ann")
    after = visitor.get(f"/posts/{id}", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


def test_what_was_removed_or_erased_is_gone_at_once(world: World, thread: str) -> None:
    visitor, id = world.visitor(), thread.rpartition("/")[2]
    where = (thread, "/", "/@ann", "/search?q=words", "/feed.atom", "/@ann.atom", "/tags/tagged.atom", f"{thread}.atom")
    for path in where:
        assert "words" in visitor.get(path).text
    world.given(post.RemovePost(post=id), "ann")
    assert visitor.get(thread).status_code == visitor.get(f"{thread}.atom").status_code == 410
    for path in where:
        assert "Some " not in visitor.get(path).text
    world.given(post.RestorePost(post=id), "ann")
    world.person("root", "admin")
    assert "Some " in visitor.get(thread).text
    world.given(post.ErasePost(post=id, reason="Asked for"), "root")
    for path in where:
        assert "Some " not in visitor.get(path).text


OTHER_PROCESS = """
import sys
from pathlib import Path
from domain import ids, post
from tests.webapp.conftest import World
world = World(Path(sys.argv[1]), {})
world.given(post.RemovePost(post=sys.argv[2]), "ann")
world.close()
"""


def test_what_another_process_removes_is_gone_at_once(world: World, thread: str) -> None:
    assert world.visitor().get(thread).status_code == 200
    id = thread.rpartition("/")[2]
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, world.folder, id], check=True, timeout=60)
    assert world.visitor().get(thread).status_code == 410
    assert "First" not in world.visitor().get("/").text


def test_another_generation_is_read_once_it_is_live(world: World, thread: str) -> None:
    """An empty one, so that nothing may be left of what was kept."""
    visitor = world.visitor()
    assert visitor.get(thread).status_code == visitor.get("/").status_code == 200
    elsewhere = Generations(f"sqlite:///{world.folder / 'read.db'}")
    fresh = elsewhere.create()
    elsewhere.announce(fresh.number)
    elsewhere.switch(fresh.number)
    assert visitor.get(thread).status_code == 404
    assert "First" not in visitor.get("/").text
    elsewhere.close()


def test_a_rebuild_that_shows_the_same_empties_nothing(world: World, thread: str, requests: list[str]) -> None:
    visitor = world.visitor()
    visitor.get(thread)
    rebuilder = Rebuilder(world.generations, world.store, CommitFolder(world.store, EventCodec()), StorePartitions())
    fresh, _ = rebuilder.fill(lambda _: None)
    world.generations.switch(fresh.number)
    assert visitor.get(thread).status_code == 200
    assert requests == [thread]


def test_a_row_that_is_put_right_is_seen(world: World, thread: str) -> None:
    """A repair changes rows and no version."""
    visitor = world.visitor()
    visitor.get(thread)
    with world.generations.live().write() as connection:
        connection.exec_driver_sql("UPDATE posts SET body = 'Put right.'")
    assert "Put right." in visitor.get(thread).text


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


def test_a_page_that_may_lack_older_things_is_not_kept(world: World, thread: str, requests: list[str]) -> None:
    with world.generations.control.begin() as connection:
        connection.exec_driver_sql("UPDATE generations SET models = NULL")
    time.sleep(POINTER_CACHE_S)
    for _ in range(2):
        assert "public" not in world.visitor().get(thread).headers["Cache-Control"]
    assert requests == [thread, thread]


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
    made, kept = ({name: record.__dict__[name] for name in logs.SEEN if name != "ms"} for record in caplog.records)
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


def test_of_many_who_come_at_once_after_a_change_one_has_the_page_made(
    world: World, thread: str, requests: list[str]
) -> None:
    world.visitor().get(thread)
    world.comment("ann", thread.rpartition("/")[2], "Another.")
    requests.clear()
    answers: list[TestResponse] = []
    start = threading.Barrier(8)

    def come() -> None:
        start.wait()
        answers.append(world.app.test_client().get(thread))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert requests == [thread]
    assert all("Another." in answer.text for answer in answers)


def crawl(client: FlaskClient) -> dict[str, tuple[int, bytes]]:
    """Every address that links lead to from the front page and the profiles, but for forms: its status and its page."""
    found: dict[str, tuple[int, bytes]] = {}
    queue = ["/", "/@ann", "/search?q=words", "/feed.atom", "/moderation", "/settings", "/drafts", "/notifications"]
    while queue:
        if (path := queue.pop()) in found or path.startswith(("/static/", "/avatars/", *FORMS)):
            continue
        answer = client.get(path)
        found[path] = answer.status_code, answer.data
        if answer.mimetype == "text/html":
            queue += [unescape(link) for link in LINK.findall(answer.text)]
    return found


@pytest.fixture
def lived_in(world: World) -> dict[str, Visitor]:
    """A site with something private of each kind; those who may see it, by their rights."""
    people = {"author": world.person("ann"), "moderator": world.person("quietmod", "moderator"),
              "admin": world.person("quietadmin", "admin")}  # fmt: skip
    id = world.post("ann", "First", "Some #tagged words.")
    removed = world.post("ann", "Erase me not", "Erase me, said the words.")
    world.given(post.RemovePost(post=removed, reason="nobody reads why"), "quietmod")
    world.given(comment.RemoveComment(comment=world.comment("ann", id, "Erase me too.")), "ann")
    world.person("bob")
    world.comment("bob", id, "@ann look")
    for handle in ("ann", "quietmod", "quietadmin"):
        drafts.save(world.generations.control, handle, "/posts/new", {"title": "unfinished business"})
    return people


def test_nothing_private_comes_into_what_strangers_get(world: World, lived_in: dict[str, Visitor]) -> None:
    first = crawl(world.app.test_client(use_cookies=False))
    cache(world).pages.clear()
    seen = {who: crawl(person.client) for who, person in lived_in.items()}
    again = crawl(world.app.test_client(use_cookies=False))
    assert len(first) > 20
    assert again == first
    for secret in SECRETS:
        assert any(secret.encode() in page for pages in seen.values() for _, page in pages.values()), secret
        assert [path for path, (_, page) in first.items() if secret.encode() in page] == []


def test_a_stranger_gets_no_cookie_for_looking(world: World, lived_in: dict[str, Visitor]) -> None:
    stranger = world.app.test_client(use_cookies=False)
    paths = [*crawl(stranger), *FORMS]
    assert [path for path in paths if "Set-Cookie" in stranger.get(path).headers] == [*FORMS]
