"""Search finds the texts that have every word, and nothing that is gone, with bounded work."""

import random
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from domain.comment import EditComment, EraseComment, RemoveComment, RestoreComment
from domain.errors import Invalid
from domain.post import EditPost, ErasePost, RemovePost, RestorePost
from readmodel import prefixes, search
from readmodel.search import SearchComments, SearchPosts
from readmodel.tokenizer import words_in
from tests.readmodel.engine.test_tsql import tsql
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained, pages

WORDS = ("red", "redder", "reddish", "green", "blue", "bluest", "the", "o'neil", "日本語")


def titles(site: Site, q: str, **more: Any) -> list[str]:
    return [item.title for item in pages(site, SearchPosts(q=q, **more))]


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


@pytest.mark.parametrize("common", [search.COMMON, 3])
@pytest.mark.parametrize("lazily", [True, False])
@pytest.mark.parametrize("steps", [search.STEPS, (1, 2), (4,)])
def test_pages_are_what_reading_everything_gives(
    site: Site, monkeypatch: pytest.MonkeyPatch, common: int, lazily: bool, steps: tuple[int, ...]
) -> None:
    """Merged as on SQLite, and as on SQL Server."""
    merging = search._merging
    monkeypatch.setattr(search, "_merging", lambda ways, step, _: merging(ways, step, lazily))
    monkeypatch.setattr(search, "COMMON", common)
    monkeypatch.setattr(search, "STEPS", steps)
    dice = random.Random(7)
    posts = [
        (site.publish(" ".join(dice.choices(WORDS, k=2)), " ".join(dice.choices(WORDS, k=4))), number)
        for number in range(40)
    ]
    everything = {id: site.ask(search_by_id(id)) for id, _ in posts}

    for q in ("red", "the red", "blue green", "re", "the the blue", "o'neil 日本", "green redd", "b"):
        assert [item.id for item in pages_until_the_end(site, SearchPosts(q=q))] == expected(everything, q), q


def search_by_id(id: str) -> Any:
    from readmodel.engine.queries import PostById

    return PostById(post=id)


def expected(everything: dict[str, Any], q: str) -> list[str]:
    """The slow and plain way."""
    *whole, last = list(words_in(q)) or [""]
    if not last:
        return []

    def has(text: dict[str, None]) -> bool:
        return all(word in text for word in whole) and any(word.startswith(last) for word in text)

    ranked = [
        (has(words_in(post.title)), id) for id, post in everything.items() if has(words_in(post.title, post.body))
    ]
    return [id for _, id in sorted(ranked, reverse=True)]


def pages_until_the_end(site: Site, query: SearchPosts) -> list[Any]:
    """Like pages, where pages may be empty and yet have a next one."""
    items, after = [], None
    for _ in range(300):
        page = site.ask(msgspec.structs.replace(query, after=after, limit=2))
        assert len(page.items) <= 2
        items += page.items
        after = page.next
        if after is None:
            return items
    raise AssertionError("pages never end")


def test_a_page_of_words_that_never_meet_looks_at_no_more_than_it_may(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COMMON", 10)
    monkeypatch.setattr(search, "STEPS", (4,))
    for number in range(30):
        site.publish(("Left", "Right")[number % 2])

    page = site.ask(SearchPosts(q="left right"))

    assert page.items == []
    assert page.next is not None
    assert pages_until_the_end(site, SearchPosts(q="left right")) == []


@pytest.mark.parametrize(
    "after", [(), (1,), ("x", "y"), (7, "0192abcd-0000-7000-8000-000000000001"), (1, "x"), (-1, "")]
)
def test_a_broken_page_key_is_refused(site: Site, after: Any) -> None:
    for query in (SearchPosts(q="x1", after=after), SearchComments(q="x1", after=after)):
        with pytest.raises(Invalid):
            site.ask(query)


def test_a_page_of_many_words_merges_their_ranges_and_sorts_nothing(site: Site) -> None:
    """What it reads is what it shows, however many posts have these words."""
    for ways in (1, 2, 60):
        plan = explained(site.engine, search._merging(ways, 120, True))
        assert sum("SEARCH words USING PRIMARY KEY" in step for step in plan) == ways
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan


def test_on_sql_server_no_range_gives_more_than_a_page(site: Site) -> None:
    said = tsql(search._merging(3, 120, False))
    assert said.count("SELECT TOP") == 4
    assert "LIMIT" not in said


def test_every_statement_seeks_in_the_index_and_scans_nothing(site: Site) -> None:
    statements = (search._merging(3, 120, False), prefixes._FROM, prefixes._BEYOND)
    plans = [explained(site.engine, statement) for statement in statements]
    with site.engine.connect() as connection:
        leaps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prefixes._LEAPING}", (0, "a", "b", 30))
        plans.append([row.detail for row in leaps])
    for plan in plans:
        assert any("SEARCH words USING PRIMARY KEY" in step for step in plan), plan
        assert not any(step.startswith("SCAN words") for step in plan), plan


def test_looking_for_the_other_words_seeks_by_word_and_text(site: Site) -> None:
    site.publish("Left right")
    seen: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda _c, _cur, statement, *_: seen.append(statement))
    site.ask(SearchPosts(q="left right"))
    holding = next(statement for statement in seen if "words.subject IN" in statement)
    with site.engine.connect() as connection:
        marks = (0,) * holding.count("?")
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {holding}", marks)]
    assert plan == ["SEARCH words USING PRIMARY KEY (scope=? AND word=? AND subject=?)"]


def test_a_text_without_blanks_is_found_by_any_part_of_it(site: Site) -> None:
    site.publish("東京都の天気", "short text")
    for q in ("東京", "京都", "天気", "気", "東京都", "東京都 short", "短"):
        assert titles(site, q) == (["東京都の天気"] if q != "短" else []), q


@pytest.mark.parametrize("common", [2_000, 3])
def test_words_are_found_the_same_by_seeking_and_by_reading_between(
    site: Site, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    """Also where there are too many rows between the first text and the last."""
    for number in range(12):
        site.publish(
            f"Left {'rightful' if number % 3 else 'wrong'} {number}", "right there" if number % 2 else "nothing"
        )
    sought = [titles(site, q) for q in ("left ri", "left right", "ri left wrong")]
    monkeypatch.setattr(search, "SEEKS", 0)
    monkeypatch.setattr(search, "COMMON", common)
    read = search._BETWEEN.limit(common)
    monkeypatch.setattr(search, "_BETWEEN", read)
    found = [pages_until_the_end(site, SearchPosts(q=q)) for q in ("left ri", "left right", "ri left wrong")]
    assert [sorted(post.title for post in posts) for posts in found] == [sorted(one) for one in sought]
