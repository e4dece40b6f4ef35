"""Search finds the texts that have every word, and nothing that is gone, with bounded work."""

from typing import Any

import pytest

from domain import ids, post
from domain.comment import EditComment, EraseComment, RemoveComment, RestoreComment
from domain.post import EditPost, ErasePost, RemovePost, RestorePost
from readmodel.search import SearchComments
from tests.readmodel.search_world import titles
from tests.readmodel.site import Site
from tests.readmodel.test_feed import pages


def bodies(site: Site, q: str, **more: Any) -> list[str]:
    return [item.body for item in pages(site, SearchComments(q=q, **more))]


def test_every_word_must_be_there_and_the_last_may_go_on(site: Site) -> None:
    site.publish("Cats and dogs", "live together")
    site.publish("Dogs", "chase cathedral builders")
    site.publish("Cathedrals", "of stone")

    assert titles(site, "cats") == ["Cats and dogs"]
    assert titles(site, "dogs cat") == ["Cats and dogs", "Dogs"]
    assert titles(site, "DOGS Cathédral") == ["Dogs"]
    assert titles(site, "cat dogs") == []
    assert titles(site, "cathedral cats") == []


def test_titles_come_first_then_the_newest(site: Site) -> None:
    for title, body in (
        ("Owls", "x."),
        ("One", "owls."),
        ("Of owls", "owls."),
        ("Two", "of owls."),
        ("Owlets", "owls."),
    ):
        site.publish(title, body)

    assert titles(site, "owls") == ["Of owls", "Owls", "Owlets", "Two", "One"]
    assert titles(site, "owl") == ["Owlets", "Of owls", "Owls", "Two", "One"]


@pytest.mark.parametrize("q", ["", "  ", '"', "%", "_ _", "\0", "a", "c", "+", "'", "\ud800", "🙂"])
def test_a_query_without_a_word_finds_nothing(site: Site, q: str) -> None:
    site.publish("a c 100% _ + '", '🙂 "')
    assert titles(site, q) == []
    assert bodies(site, q) == []


@pytest.mark.parametrize("q", ["c++", "o'neil", "O’NEIL", "50%", "日本", "語", "日本語", "' OR 1=1 --c++", "x" * 40])
def test_hostile_and_foreign_queries_are_plain_words(site: Site, q: str) -> None:
    site.publish("c++ by O’Neil, 50% off, or 11", "日本語 " + "x" * 60)
    assert len(titles(site, q)) == 1
    assert titles(site, q + " nowhere") == []


def test_what_an_edit_takes_away_is_found_no_more(site: Site) -> None:
    id = site.publish("Old title", "old body stays")
    said = site.comment(id, "old remark stays")

    site.send(EditPost(post=id, version=1, title="New title", body="new body stays"))
    site.send(EditComment(comment=said, version=1, body="new remark stays"), "bob")

    assert titles(site, "old") == bodies(site, "old") == []
    assert titles(site, "new stays") == ["New title"]
    assert bodies(site, "new stays") == ["new remark stays"]


def test_what_is_removed_is_found_no_more_until_it_is_restored(site: Site) -> None:
    id = site.publish("Zebra", "stripes")
    said = site.comment(id, "zebra crossing")

    site.send(RemoveComment(comment=said), "bob")
    assert bodies(site, "zebra") == []
    site.send(RestoreComment(comment=said), "bob")
    assert bodies(site, "zebra") == ["zebra crossing"]

    site.send(RemovePost(post=id))
    assert titles(site, "zebra") == bodies(site, "zebra") == []
    site.send(RestorePost(post=id))
    assert (titles(site, "zebra"), bodies(site, "zebra")) == (["Zebra"], ["zebra crossing"])


def test_what_is_erased_is_found_never_again(site: Site) -> None:
    id = site.publish("Zebra", "stripes")
    said = site.comment(id, "zebra crossing")

    site.send(ErasePost(post=id, reason="asked to"), "root")
    site.send(EraseComment(comment=said, reason="asked to"), "root")

    assert titles(site, "zebra") == bodies(site, "zebra") == titles(site, "stripes") == []


def test_filters_narrow_what_is_found(site: Site) -> None:
    site.publish("Bats by ann", "#fur")
    site.publish("Bats by bob", "#wing", by="bob")
    site.comment(site.publish(), "bats", by="ann")

    assert titles(site, "bats", author="Bob") == ["Bats by bob"]
    assert titles(site, "bats", tag="#Fur") == ["Bats by ann"]
    assert titles(site, "bats", tag="fur", author="bob") == []
    assert bodies(site, "bats", author="ann") == ["bats"]
    assert bodies(site, "bats", author="bob") == []


def test_a_text_without_blanks_is_found_by_any_part_of_it(site: Site) -> None:
    site.publish("東京都の天気", "short text")
    for q in ("東京", "京都", "天気", "気", "東京都", "東京都 short", "短"):
        assert titles(site, q) == (["東京都の天気"] if q != "短" else []), q


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("https://www.example.com/x", ["www.example.com", "example.com", "https://example.com/x", "WWW.Example.com/x"]),
        ("https://example.com/x", ["www.example.com", "http://www.example.com", "www.example.com/x"]),
        ("https://xn--bcher-kva.example/a", ["bücher.example", "https://bücher.example/a", "bucher"]),
        ("https://bücher.example/a", ["xn--bcher-kva.example", "https://xn--bcher-kva.example/a"]),
        ("Hawaiʻi, Qurʾān", ["hawai'i", "Hawaiʻi", "hawaii", "quran", "Qur’an"]),
        ("the U.S.A.’s, l'U.R.S.S. too", ["U.S.A.", "USA too", "U.S.A.'s", "L’U.R.S.S.", "urss too"]),
        ("some M&M's here", ["M&M's", "M&M’s here", "m&m", "m&m some"]),
        ("the U.S.A. today", ["USA", "U.S.A.", "u.s.a", "U.S.A. today"]),
        ("the USA today", ["USA", "U.S.A.", "u.s.a", "U.S.A. today"]),
    ],
)
def test_one_thing_is_found_by_each_spelling_of_it(site: Site, text: str, queries: list[str]) -> None:
    link = text if text.startswith("https://") else ""
    site.send(post.NewPost(post=ids.uuid7(), title="Found", body=text if not link else "", url=link), "ann")
    site.comment(site.publish("Other", "words"), text)
    for q in queries:
        assert (titles(site, q), bodies(site, q)) == (["Found"], [text]), q
