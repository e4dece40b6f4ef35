"""/log.atom: valid whatever a reason says, under the page's filters, with ids that stay."""

from xml.etree import ElementTree

import pytest

from domain import post
from domain.moderation import suspension
from tests.webapp.conftest import World
from tests.webapp.pages.test_atom import ATOM, HOSTILE, _feed, _titles

NEEDED = ("id", "title", "updated", "published", "author", "content")


@pytest.fixture
def story(world: World) -> str:
    world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada", "Quibblewort")
    world.given(post.RemovePost(post=id, reason=HOSTILE), "mod")
    world.given(suspension.SuspendAccount(handle="ada", reason="Spam"), "mod")
    return id


def test_it_has_what_the_page_has_newest_first(world: World, story: str) -> None:
    feed = _feed(world.visitor(), "/log.atom")
    assert _titles(feed) == ["mod suspended @ada", "mod removed a post", "the operator gave a role to @mod (moderator)"]
    assert _titles(_feed(world.visitor(), "/log.atom?kind=PostRemoved")) == ["mod removed a post"]
    assert _titles(_feed(world.visitor(), "/log.atom?moderator=verbatim")) == [_titles(feed)[-1]]


def test_each_entry_is_whole_and_leads_to_the_thing(world: World, story: str) -> None:
    feed = _feed(world.visitor(), "/log.atom")
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == 3
    for entry in feed.findall(f"{ATOM}entry"):
        assert all(entry.find(f"{ATOM}{name}") is not None for name in NEEDED)
    links = [link.get("href") for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
    assert links == ["/@ada", f"/posts/{story}", "/@mod"]
    authors = feed.findall(f"{ATOM}entry/{ATOM}author")
    assert [author.findtext(f"{ATOM}uri") for author in authors] == ["/@mod", "/@mod", None]
    assert ids == [one.findtext(f"{ATOM}id") for one in _feed(world.visitor(), "/log.atom").findall(f"{ATOM}entry")]


def test_a_hostile_reason_is_text(world: World, story: str) -> None:
    removed = _feed(world.visitor(), "/log.atom?kind=PostRemoved").find(f"{ATOM}entry/{ATOM}content")
    assert removed is not None
    content = ElementTree.fromstring(f"<div>{removed.text}</div>")
    assert [element.tag for element in content.iter()] == ["div", "p", "a", "p"]
    assert "<b>&amp;</b>" in (content[1].text or "")


def test_it_says_where_it_and_its_page_are_under_these_filters(world: World, story: str) -> None:
    feed = _feed(world.visitor(), "/log.atom?subject=post&from=2020-01-01&kind=")
    query = "?subject=post&from=2020-01-01"
    assert [link.get("href") for link in feed.findall(f"{ATOM}link")] == [f"/log.atom{query}", f"/log{query}"]
    assert feed.findtext(f"{ATOM}id") == f"urn:verbatim:log{query}"
    assert _feed(world.visitor(), "/log.atom?from=2999-01-01").findall(f"{ATOM}entry") == []


def test_it_is_in_english_whoever_reads(world: World, story: str) -> None:
    answer = world.visitor().get("/log.atom", headers={"Accept-Language": "de"})
    assert "mod suspended @ada" in answer.text
