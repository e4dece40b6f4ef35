"""Threads that are too long for a page: each page is bounded, and every comment is on one that a link leads to."""

import re

import pytest

from domain.comment import RemoveComment
from readmodel import threads
from tests.webapp.conftest import Visitor, World

HTMX = {"HX-Request": "true"}
_NEXT = re.compile(r'rel="next" href="([^"]+)"')


def flooded(world: World, replies: int = 6) -> dict[str, str]:
    """A post with two comments, of which many replies hang below the first."""
    ids = {"post": world.post("ann")}
    ids["top"] = world.comment("ann", ids["post"], "The top.")
    ids["other"] = world.comment("ann", ids["post"], "The other.")
    for number in range(replies):
        ids[f"reply {number}"] = world.comment("ann", ids["post"], f"Reply {number}.", ids["top"])
    ids["deep"] = world.comment("ann", ids["post"], "Deep.", ids["reply 0"])
    return ids


def walk(visitor: Visitor, path: str) -> list[str]:
    """The pages of a thread, as far as links lead."""
    found = [visitor.get(path).text]
    while link := _NEXT.search(found[-1]):
        found.append(visitor.get(link[1]).text)
        assert len(found) < 20
    return found


@pytest.fixture
def ids(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 3)
    world.person("ann")
    return flooded(world)


def test_every_comment_of_a_flooded_branch_is_on_a_page(world: World, ids: dict[str, str]) -> None:
    pages = walk(world.visitor(), f"/posts/{ids['post']}")

    shown = [re.findall(r'<article class="comment[^>]*id="comment-([^"]+)"', page) for page in pages]
    assert max(map(len, shown)) <= 3
    everything = {id for name, id in ids.items() if name != "post"}
    assert sorted(id for page in shown for id in page) == sorted(everything)


def test_a_flooded_branch_hides_nobody_else(world: World, ids: dict[str, str]) -> None:
    first = world.visitor().get(f"/posts/{ids['post']}").text
    assert "More replies" in first
    past = re.search(r'href="([^"]+)">On to the next comment', first)
    assert past
    assert "The other." in world.visitor().get(past[1]).text


def test_a_reply_without_its_parent_says_whom_it_answers(world: World, ids: dict[str, str]) -> None:
    last = walk(world.visitor(), f"/posts/{ids['post']}")[-1]
    assert f'<a href="/comments/{ids["top"]}">In reply to ann</a>' in last
    world.given(RemoveComment(comment=ids["top"], reason=""), "ann")
    last = walk(world.visitor(), f"/posts/{ids['post']}")[-1]
    assert "In reply to a removed comment" in last


def test_the_address_of_any_comment_leads_to_a_page_that_holds_it(world: World, ids: dict[str, str]) -> None:
    for id in (id for name, id in ids.items() if name != "post"):
        found = world.visitor().client.get(f"/comments/{id}", follow_redirects=True)
        assert found.status_code == 200
        assert f'id="comment-{id}"' in found.text


def test_a_page_keeps_up_with_the_part_that_it_shows(world: World, ids: dict[str, str]) -> None:
    link = _NEXT.search(world.visitor().get(f"/posts/{ids['post']}").text)
    assert link
    path, _, query = link[1].partition("?")
    world.given(RemoveComment(comment=ids["reply 3"], reason=""), "ann")
    part = world.visitor().get(f"{path}/thread?{query}", headers=HTMX).text
    assert "Reply 2." in part
    assert "Removed by its author." in part
    assert "The top." not in part


def test_ones_own_reply_stays_where_it_was_given_and_only_that(world: World, ids: dict[str, str]) -> None:
    bob = world.person("bob")
    mine = world.comment("bob", ids["post"], "Mine.", ids["top"])
    address = f"/posts/{ids['post']}/thread"
    assert "Mine." not in bob.get(address, headers=HTMX).text
    kept = bob.get(f"{address}?own={mine}", headers=HTMX).text
    assert kept.count("Mine.") == kept.count('name="own"') == 1
    assert "Reply 5." not in kept


def test_a_chain_of_answers_to_answers_fits_a_page(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    world.bus.lags = True
    last = world.comment("ann", post, "0.")
    for number in range(1, threads.MAX_COMMENTS):
        last = world.comment("ann", post, f"{number}.", last)
    world.bus.catch_up()
    assert ann.get(f"/posts/{post}").text.count('<article class="comment') == threads.MAX_COMMENTS
    assert f'id="comment-{last}"' in ann.get(f"/posts/{post}/thread", headers=HTMX).text
