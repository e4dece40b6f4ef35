"""Pinned posts stand first in the feed, three at most."""

import pytest

from domain.post import PinPost, RemovePost, RestorePost, UnpinPost
from readmodel import feed
from readmodel.engine.queries import FindPosts, PostById
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained, pages


@pytest.fixture
def four(site: Site) -> list[str]:
    """Posts 0 to 5, of which 0 to 3 are pinned, in this order."""
    ids = [site.publish(f"{n}", "#tag") for n in range(6)]
    for id in ids[:4]:
        site.send(PinPost(post=id, reason="Read this"), "mod")
    return ids


def titles(site: Site, **query: object) -> str:
    return " ".join(post.title for post in site.ask(FindPosts(**query)).items)


@pytest.mark.parametrize("sort", ["new", "top", "discussed"])
def test_the_three_pinned_last_come_first_and_once(site: Site, four: list[str], sort: str) -> None:
    assert titles(site, sort=sort) == "3 2 1 5 4 0"
    assert [post.title for post in pages(site, FindPosts(sort=sort))] == ["3", "5", "4", "2", "1", "0"]
    assert titles(site, sort=sort, limit=1) == "5", "a page has one post of its own, whose key is the next page's"
    first = site.ask(FindPosts(sort=sort, limit=4))
    assert titles(site, sort=sort, limit=4, after=first.next) == "4 0"


def test_a_post_tells_whether_it_stands_at_the_top(site: Site, four: list[str]) -> None:
    assert [post.pinned for post in site.ask(FindPosts()).items] == [True] * 3 + [False] * 3
    assert [site.ask(PostById(post=id)).pinned for id in four] == [False, True, True, True, False, False]


def test_what_is_unpinned_or_removed_makes_room(site: Site, four: list[str]) -> None:
    site.send(UnpinPost(post=four[3]), "mod")
    assert titles(site) == "2 1 0 5 4 3"
    site.send(RemovePost(post=four[2], reason="No"), "mod")
    assert titles(site) == "1 0 5 4 3"
    assert titles(site, removed=True) == "2"
    site.send(RestorePost(post=four[2]), "mod")
    assert titles(site) == "2 1 0 5 4 3"


def test_pinning_again_brings_back_to_the_top(site: Site, four: list[str]) -> None:
    site.send(PinPost(post=four[0], reason="Again"), "mod")
    assert titles(site) == "0 3 2 5 4 1"


@pytest.mark.parametrize("asked", [{"tag": "tag"}, {"author": "ann"}])
def test_a_filtered_list_is_as_before(site: Site, four: list[str], asked: dict[str, str]) -> None:
    assert titles(site, **asked) == "5 4 3 2 1 0"


def test_the_pinned_are_found_by_their_index(site: Site) -> None:
    plan = explained(site.engine, feed._PINNED)
    assert any("posts_pinned" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plan), plan
