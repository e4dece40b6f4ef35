"""Strangers' pages from memory are nobody's in particular."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from domain import comment, post
from operational import drafts
from tests.webapp.conftest import Visitor, World
from tests.webapp.server.page_cache_world import cache

LINK = re.compile(r'href="(/[^"#]*)')


SECRETS = ("data-handle", "csrf_token", "quietmod", "quietadmin", "unfinished business", "Erase me", "nobody reads why")

"""Of those who are logged in: who they are, their tokens, a draft, what was removed, and the moderator's reason."""


FORMS = ("/login", "/register")

"""What a stranger opens in order to send it: its token needs a session."""

LOG = "/log"
TOLD_IN_LOG = frozenset({"quietmod", "quietadmin", "nobody reads why"})
"""What the moderation log alone tells everybody, so that links from it aren't followed: who the moderators are, and why
something was removed."""


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


def crawl(client: FlaskClient) -> dict[str, tuple[int, bytes]]:
    """Every address that links lead to from the front page and the profiles, but for forms: its status and its page."""
    found: dict[str, tuple[int, bytes]] = {}
    queue = ["/", "/@ann", "/search?q=words", "/feed.atom", "/moderation", "/settings", "/drafts", "/notifications"]
    while queue:
        if (path := queue.pop()) in found or path.startswith(("/static/", "/avatars/", LOG, *FORMS)):
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
        drafts.save(world.generations.control, world.id(handle), "/posts/new", {"title": "unfinished business"})
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
    told = world.app.test_client(use_cookies=False).get(LOG).text
    assert {secret for secret in SECRETS if secret in told} == TOLD_IN_LOG


def test_a_stranger_gets_no_cookie_for_looking(world: World, lived_in: dict[str, Visitor]) -> None:
    stranger = world.app.test_client(use_cookies=False)
    paths = [*crawl(stranger), *FORMS]
    assert [path for path in paths if "Set-Cookie" in stranger.get(path).headers] == [*FORMS]
