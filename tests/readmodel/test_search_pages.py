"""Search finds the texts that have every word, and nothing that is gone, with bounded work."""

import random
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from domain.errors import Invalid
from readmodel import prefixes, search, word_lookup
from readmodel.search import SearchComments, SearchPosts
from readmodel.tokenizer import words_in
from tests.readmodel.engine.test_tsql import tsql
from tests.readmodel.search_world import titles
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained

WORDS = ("red", "redder", "reddish", "green", "blue", "bluest", "the", "o'neil", "日本語")


@pytest.mark.parametrize("common", [word_lookup.MAX_LOOKED_AT, 3])
@pytest.mark.parametrize("lazily", [True, False])
@pytest.mark.parametrize("steps", [search.READ_SIZES_ROWS, (1, 2), (4,)])
def test_pages_are_what_reading_everything_gives(
    site: Site, monkeypatch: pytest.MonkeyPatch, common: int, lazily: bool, steps: tuple[int, ...]
) -> None:
    """Merged as on SQLite, and as on SQL Server."""
    merging = word_lookup.merged_ranges
    monkeypatch.setattr(word_lookup, "merged_ranges", lambda ways, step, _: merging(ways, step, lazily))
    monkeypatch.setattr(word_lookup, "MAX_LOOKED_AT", common)
    monkeypatch.setattr(search, "READ_SIZES_ROWS", steps)
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
    monkeypatch.setattr(word_lookup, "MAX_LOOKED_AT", 10)
    monkeypatch.setattr(search, "READ_SIZES_ROWS", (4,))
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
        plan = explained(site.engine, word_lookup.merged_ranges(ways, 120, True))
        assert sum("SEARCH words USING PRIMARY KEY" in step for step in plan) == ways
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan


def test_on_sql_server_no_range_gives_more_than_a_page(site: Site) -> None:
    said = tsql(word_lookup.merged_ranges(3, 120, False))
    assert said.count("SELECT TOP") == 4
    assert "LIMIT" not in said


def test_every_statement_seeks_in_the_index_and_scans_nothing(site: Site) -> None:
    statements = (word_lookup.merged_ranges(3, 120, False), prefixes.SAMPLE_FROM, prefixes.SAMPLE_AFTER)
    plans = [explained(site.engine, statement) for statement in statements]
    with site.engine.connect() as connection:
        leaps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prefixes.SKIP_SCAN}", (0, "a", "b", 30))
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
    monkeypatch.setattr(word_lookup, "MAX_SEEKS", 0)
    monkeypatch.setattr(word_lookup, "MAX_LOOKED_AT", common)
    read = word_lookup.BETWEEN.limit(common)
    monkeypatch.setattr(word_lookup, "BETWEEN", read)
    found = [pages_until_the_end(site, SearchPosts(q=q)) for q in ("left ri", "left right", "ri left wrong")]
    assert [sorted(post.title for post in posts) for posts in found] == [sorted(one) for one in sought]
