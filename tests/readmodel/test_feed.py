"""Lists of posts: each filter and sort, read page by page, is the same as sorting everything."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, Select

from domain.errors import Invalid
from domain.post import RemovePost
from readmodel import feed, tags
from readmodel.engine.queries import (
    CommentsBy,
    CommentsOf,
    FindPosts,
    PopularTags,
    RemovedComments,
    ThreadOf,
)
from readmodel.tags import tags_in
from tests.readmodel.site import Site

ID = "0192abcd-0000-7000-8000-000000000001"
AT = "2026-01-01T00:00:00.000000Z"


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Twelve posts of two authors with likes, comments and tags in many mixtures, one of them removed."""
    site = Site(tmp_path_factory.mktemp("lively"))
    site.people("ann", "bob", "cy")
    for n in range(12):
        id = site.publish(f"Post {n}", "#even" if n % 2 == 0 else "#odd", by=("ann", "bob")[n // 3 % 2])
        site.like(f"post-{id}", *("ann", "bob", "cy")[: n % 4])
        for _ in range(n % 3):
            site.comment(id)
    site.send(RemovePost(post=id), "bob")
    yield site
    site.close()


def pages(site: Site, query: Any) -> list[Any]:
    """Every item, two a page."""
    items, after = [], None
    for _ in range(20):
        page = site.ask(msgspec.structs.replace(query, after=after, limit=2))
        items += page.items
        after = page.next
        if after is None:
            return items
    raise AssertionError("pages never end")


SORT_VALUES = {"new": "created_at", "top": "likes", "discussed": "comments"}
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"has": "likes"},
    {"has": "comments"},
    {"min_likes": 2},
    {"has": "comments", "min_likes": 1},
)
WHOSE: tuple[dict[str, Any], ...] = ({}, {"author": "ann"}, {"tag": "Odd"}, {"author": "Bob", "tag": "#even"})


@pytest.mark.parametrize("rare", [feed.MAX_IN_MEMORY_SORT, 0], ids=["few pass", "many pass"])
@pytest.mark.parametrize(("sort", "whose", "filters"), list(product(SORT_VALUES, WHOSE, FILTERS)))
def test_pages_are_what_sorting_everything_gives(
    lively: Site, monkeypatch: pytest.MonkeyPatch, rare: int, sort: Any, whose: Any, filters: Any
) -> None:
    monkeypatch.setattr(feed, "MAX_IN_MEMORY_SORT", rare)
    everything = lively.ask(FindPosts(limit=100)).items
    assert len(everything) == 11

    wanted = [item for item in everything if passes(item, **whose, **filters)]
    wanted.sort(key=lambda item: (getattr(item, SORT_VALUES[sort]), item.id), reverse=True)

    assert pages(lively, FindPosts(sort=sort, **whose, **filters)) == wanted


def passes(item: Any, author: str = "", tag: str = "", has: str = "", min_likes: int = 0) -> bool:
    return (
        (not author or item.author == author.lower())
        and (not tag or tag.lower().removeprefix("#") in item.tags)
        and (not has or getattr(item, has) > 0)
        and item.likes >= min_likes
    )


def test_the_last_page_says_so(lively: Site) -> None:
    assert lively.ask(FindPosts(limit=11)).next is None
    assert lively.ask(FindPosts(limit=10)).next is not None


@pytest.mark.parametrize(
    "after",
    [(), (AT,), (AT, ID, 1), (1, ID), (AT, 1), (AT, "x"), ("yesterday", ID), ("2026-13-01T00:00:00.000000Z", ID)],
)
@pytest.mark.parametrize("ask", [FindPosts, CommentsBy, CommentsOf, RemovedComments, ThreadOf])
def test_a_broken_page_key_is_refused_in_a_sentence(lively: Site, ask: Any, after: Any) -> None:
    whose = {"author": "ann"} if ask is CommentsBy else {"post": ID} if ask in (CommentsOf, ThreadOf) else {}

    with pytest.raises(Invalid) as refusal:
        lively.ask(ask(after=after, **whose))

    assert refusal.value.fields["after"].endswith(".")


@pytest.mark.parametrize("after", [(True, ID), (-1, ID), (2**70, ID), (AT, ID), ("1", ID)])
@pytest.mark.parametrize("more", [{}, {"has": "comments"}])
def test_a_page_key_of_another_sort_is_refused(lively: Site, after: Any, more: Any) -> None:
    with pytest.raises(Invalid):
        lively.ask(FindPosts(sort="top", after=after, **more))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"sort": "oldest"}, "sort"),
        ({"has": "friends"}, "has"),
        ({"min_likes": -1}, "min_likes"),
        ({"min_likes": 2**80}, "min_likes"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(lively: Site, asked: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        lively.ask(FindPosts(**asked))
    assert list(refusal.value.fields) == [field]


def test_the_most_used_tags_come_first_and_ties_by_name(lively: Site) -> None:
    assert lively.ask(PopularTags()) == [("even", 6), ("odd", 5)]
    assert lively.ask(PopularTags(limit=1)) == [("even", 6)]


def test_no_more_than_some_tags_of_a_post_count() -> None:
    many = tuple(f"t{n}" for n in "abcdefghijklmnopqrstuvwxyz")
    assert tags_in("#First", " ".join(f"#{tag}" for tag in many)) == ("first", *many[:19])


def test_a_tag_of_one_post_is_not_popular(site: Site) -> None:
    site.publish(body="#lonely #common")
    site.publish(body="#common")
    assert site.ask(PopularTags()) == [("common", 2)]


def test_what_was_used_lately_is_more_popular_than_what_was_used_often(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        site.publish(body="#old")
    for _ in range(3):
        site.publish(body="#new")
    assert [tag for tag, _ in site.ask(PopularTags())] == ["old", "new"]
    monkeypatch.setattr(tags, "HALF_LIFE_DAYS", 1e-9)
    assert site.ask(PopularTags()) == [("new", 3), ("old", 4)]


def test_popular_tags_walk_an_index(lively: Site) -> None:
    plan = explained(lively.engine, tags._RECENT)
    assert any("USING COVERING INDEX post_tags_recent" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.parametrize("part", ["first", "ties", "beyond"])
@pytest.mark.parametrize("least", [(), ("likes", "comments")])
@pytest.mark.parametrize("tag", [False, True])
@pytest.mark.parametrize("author", [False, True])
@pytest.mark.parametrize("sort", SORT_VALUES)
def test_a_page_walks_an_index_and_sorts_nothing(
    lively: Site, sort: str, author: bool, tag: bool, least: tuple[str, ...], part: str
) -> None:
    listing = feed.listing(feed.Shape(feed.SORTS[sort], author, tag, least))

    plan = explained(lively.engine, getattr(listing, part).limit(30))

    assert any(f"USING INDEX {'post_tags' if tag else 'posts'}" in step or "USING COVERING" in step for step in plan)
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plan), plan


def explained(engine: Engine, statement: Select[Any]) -> list[str]:
    """SQLite's plan for a statement, a line a step; the values don't matter to it."""
    with engine.connect() as connection:
        compiled = statement.compile(dialect=connection.dialect)
        marks = (0,) * len(compiled.positiontup or ())
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", marks)]
