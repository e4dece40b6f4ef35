"""The queue: each order and filter, read page by page, is the same as sorting everything; and it walks indexes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.errors import Invalid
from domain.moderation import case
from domain.moderation.terms import later
from readmodel.moderation import case_queue
from readmodel.moderation.queries import FindCases
from tests.readmodel.moderation.desk import NOW, Desk
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained

SORTS = ("score", "oldest", "newest")
FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"state": "open"}, {"state": "claimed"}, {"state": "escalated"}, {"state": "decided"}, {"state": "appealed"},
    {"kind": "comment"}, {"category": "illegal"}, {"author": "bob"}, {"claimed_by": "mod"}, {"q": "apples"},
    {"q": "@bob"}, {"q": "common", "kind": "post"}, {"q": "bob"}, {"q": "nothinghasit"},
    {"state": "decided", "category": "spam"},
)  # fmt: skip


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """Cases in every state, and the time at which two of them are claimed."""
    site = Site(tmp_path_factory.mktemp("queue"))
    site.people("ann", "bob", "cid", "dan")
    site.staff()
    desk = Desk(site)
    targets = []
    for number in range(14):
        by, fruit = ("ann", "bob")[number % 2], ("apples", "pears")[number // 2 % 2]
        post = site.publish(f"Case {number}", f"common {fruit}", by=by)
        targets.append(f"comment-{site.comment(post, f'common {fruit}', by)}" if number % 3 == 0 else f"post-{post}")
        desk.report(targets[-1], "cid", ("spam", "illegal", "other")[number % 3])
        if number % 4 == 0:
            desk.report(targets[-1], "dan")
    for target in targets[:3]:
        desk.claim(target)
    site.send(case.Escalate(target=targets[2], reason="Hard.", now=desk.now), "mod")
    for target in targets[10:]:
        made = desk.decide(target, "note", note="Mind.")
    desk.appeal(targets[13], made, "bob")
    yield site, desk.now
    site.close()


def pages(site: Site, query: FindCases, limit: int) -> list[Any]:
    items, after = [], None
    for _ in range(40):
        page = site.ask(msgspec.structs.replace(query, after=after, limit=limit))
        items += page.items
        after = page.next
        if after is None:
            return items
    raise AssertionError("pages never end")


def passes(row: Any, **asked: Any) -> bool:
    decided = row.state in ("decided", "appealed")
    fruits = {"apples": "apples", "common": "common", "nothinghasit": "?"}
    q = asked.get("q", "")
    return (
        (row.state == asked["state"] if "state" in asked else not decided)
        and asked.get("kind") in (None, row.kind)
        and (asked.get("category") is None or asked["category"] in row.categories)
        and asked.get("author") in (None, row.author)
        and asked.get("claimed_by") in (None, row.claimed_by)
        and (not q or (row.author == "bob" if q in ("@bob", "bob") else fruits[q] in row.excerpt))
    )


@pytest.mark.parametrize("few", [True, False], ids=["rare words", "common words"])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("sort", SORTS)
def test_pages_are_what_sorting_everything_gives(
    busy: tuple[Site, str], monkeypatch: pytest.MonkeyPatch, sort: Any, filters: Any, few: bool
) -> None:
    site, now = busy
    if not few:
        monkeypatch.setattr(case_queue, "rare_subjects", lambda *_: None)
        monkeypatch.setattr(case_queue, "STEP_ROWS", 2)
    states: tuple[Any, ...] = (None, "decided", "appealed")
    everything = [row for state in states for row in site.ask(FindCases(now=now, state=state)).items]
    assert len(everything) == 14
    wanted = [row for row in everything if passes(row, **filters)]
    found = pages(site, FindCases(now=now, sort=sort, **filters), 3)
    assert sorted(row.id for row in found) == sorted(row.id for row in wanted)
    if sort != "score":
        ages = [(row.opened_at, row.id) for row in found]
        assert ages == sorted(ages, reverse=sort == "newest")


def test_states_depend_on_the_time(busy: tuple[Site, str]) -> None:
    site, now = busy
    assert [len(site.ask(FindCases(now=now, state=state)).items) for state in ("open", "claimed")] == [7, 2]
    assert [len(site.ask(FindCases(now=NOW, state=state)).items) for state in ("open", "claimed")] == [9, 0]


def test_the_worst_comes_first_and_among_equals_who_was_right_before(desk: Desk) -> None:
    good, bad = (f"post-{desk.site.publish()}" for _ in range(2))
    desk.report(good, "bob")
    desk.report(bad, "cid")
    desk.decide(good, "note", note="Mind.")
    desk.decide(bad, "none", reason="")
    spam, same, worse, many = (f"post-{desk.site.publish()}" for _ in range(4))
    desk.report(spam, "cid", "spam")
    desk.report(same, "bob", "spam")
    desk.report(worse, "root", "illegal", "Against the law.")
    desk.report(many, "root", "other", "Odd.")
    desk.report(many, "mod", "other", "Odd.")
    found = desk.site.ask(FindCases(now=NOW)).items
    assert [row.id for row in found] == [worse, same, spam, many]
    assert [row.score for row in found] == [400, 310, 290, 120]
    desk.site.like(many, "ann", "bob", "cid")
    assert desk.site.ask(FindCases(now=NOW)).items[-1].score == 123


@pytest.mark.parametrize(
    "wrong",
    [{"sort": "odd"}, {"state": "odd"}, {"kind": "like"}, {"category": "odd"}, {"limit": 0}, {"after": ("x", "y")}],
    ids=str,
)
def test_what_cannot_be_asked(site: Site, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        site.ask(FindCases(now=NOW, **wrong))


@pytest.mark.parametrize("part", ["first", "ties", "beyond"])
@pytest.mark.parametrize("stored", ["open", "escalated", "decided"])
@pytest.mark.parametrize("of_category", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_walks_a_covering_index_and_sorts_nothing(
    site: Site, sort: str, of_category: bool, stored: str, part: str
) -> None:
    plan = explained(site.engine, getattr(case_queue.listing(sort, stored, of_category), part).limit(31))
    index = ("cases_by_category_and_" if of_category else "cases_by_") + ("score" if sort == "score" else "age")
    assert len(plan) == 1
    assert plan[0].startswith(f"SEARCH cases USING COVERING INDEX {index} (state=?"), plan


def test_what_is_read_whole_is_found_by_an_index(site: Site) -> None:
    for statement, index in (
        (case_queue._LIVE_CLAIMS, "cases_claimed"),
        (case_queue._OF_AUTHOR, "cases_of_author"),
        (case_queue._APPEALED, "appeals_oldest"),
    ):
        plan = explained(site.engine, statement)
        assert any(index in step and step.startswith("SEARCH") for step in plan), plan
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan


def test_a_claim_that_ended_is_over_without_an_event(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    desk.report(target)
    desk.claim(target)
    (row,) = desk.site.ask(FindCases(now=desk.now)).items
    assert (row.state, row.claimed_by) == ("claimed", "mod")
    (row,) = desk.site.ask(FindCases(now=later(row.claimed_until, timedelta(seconds=1)))).items
    assert (row.state, row.claimed_by, row.claimed_until) == ("open", None, None)


@pytest.mark.parametrize("key", [(1, "nothing"), (1, "post-1"), (1, 2), ("x", "post-1")])
def test_a_page_cannot_begin_behind_what_is_no_case(site: Site, key: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        site.ask(FindCases(now=NOW, after=key))
