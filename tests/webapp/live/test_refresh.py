"""Parts of live pages, asked for again: they cost little when nothing has changed."""

from typing import Any

import pytest

from domain import comment, post
from webapp.live.routes import MAX_NEW_POSTS

HTMX = {"HX-Request": "true"}


def test_an_unchanged_thread_costs_a_304(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    visitor = world.visitor()
    first = visitor.get(f"/posts/{id}/thread", headers=HTMX)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-store"
    for header in ("If-None-Match", "HX-PTag"):
        tag = first.headers["ETag"] if header == "If-None-Match" else first.headers["HX-PTag"]
        again = visitor.get(f"/posts/{id}/thread", headers=HTMX | {header: tag})
        assert (again.status_code, again.text) == (304, "")
    said = world.comment("ada", id)
    for act in (
        lambda: None,
        lambda: world.like("ada", f"comment-{said}"),
        lambda: world.given(comment.EditComment(comment=said, version=1, body="Otherwise."), "ada"),
    ):
        act()
        other = visitor.get(f"/posts/{id}/thread", headers=HTMX | {"HX-PTag": first.headers["HX-PTag"]})
        assert other.status_code == 200
        assert other.headers["HX-PTag"] != first.headers["HX-PTag"]
        first = other


def test_the_page_knows_its_own_version_and_whose_it_is(world: Any) -> None:
    ada = world.person("ada")
    id = world.post("ada")
    tag = world.visitor().get(f"/posts/{id}/thread", headers=HTMX).headers["HX-PTag"]
    assert f'hx-ptag="{tag}"' in world.visitor().get(f"/posts/{id}").text
    assert ada.get(f"/posts/{id}/thread", headers=HTMX | {"HX-PTag": tag}).status_code == 200


def test_a_thread_is_refreshed_as_far_as_the_page_holds_it(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    for number in range(52):
        world.comment("ada", id, f"Number {number}.")
    visitor = world.visitor()
    assert "Number 51." not in visitor.get(f"/posts/{id}/thread", headers=HTMX).text
    both = visitor.get(f"/posts/{id}/thread?more=1", headers=HTMX).text
    assert "Number 0." in both
    assert "Number 51." in both
    assert both.count("refresh-field") == 1
    assert visitor.get(f"/posts/{id}/thread?" + "more=1&" * 11, headers=HTMX).status_code == 204


def test_what_one_said_beyond_the_pages_held_stays_and_only_that(world: Any) -> None:
    ada = world.person("ada")
    id, elsewhere = world.post("ada"), world.post("ada")
    for number in range(52):
        world.comment("ada", id, f"Number {number}.")
    mine, other = world.comment("ada", id, "Mine, at the end."), world.comment("ada", elsewhere, "Elsewhere.")
    answer = world.comment("ada", id, "An answer to mine.", mine)
    asked = "&".join(f"own={own}" for own in (mine, mine, other, answer, "nonsense", "0" * 36))
    part = ada.get(f"/posts/{id}/thread?{asked}", headers=HTMX).text
    assert part.count("Mine, at the end.") == part.count("An answer to mine.") == part.count('name="own"') == 1
    assert "Number 51." not in part
    assert "Elsewhere." not in part
    whole = ada.get(f"/posts/{id}/thread?{asked}&more=1", headers=HTMX).text
    assert whole.count("Mine, at the end.") == 1
    assert 'name="own"' not in whole


def test_that_a_thread_was_locked_is_told_and_that_it_is_open_again(world: Any) -> None:
    ada, _mod = world.person("ada"), world.person("mod", "moderator")
    id = world.post("ada")
    note = "A moderator locked this thread"

    def standing(visitor: Any) -> str:
        text: str = visitor.get(f"/posts/{id}/thread", headers=HTMX).text
        return text[text.index('hx-target="#thread-status"') : text.index('hx-target="#thread"')]

    assert note not in standing(ada)
    world.given(post.LockPost(post=id, reason="Enough"), "mod")
    assert note in standing(ada)
    assert note in standing(world.visitor())
    assert note not in standing(world.logged_in("mod"))
    world.given(post.UnlockPost(post=id), "mod")
    assert f'href="/posts/{id}/comments"' in standing(ada)
    assert f"/login?next=/posts/{id}" in standing(world.visitor())


def test_without_htmx_the_part_leads_to_its_page(world: Any) -> None:
    world.person("ada")
    id = world.post("ada")
    response = world.visitor().get(f"/posts/{id}/thread")
    assert (response.status_code, response.location) == (302, f"/posts/{id}")


def test_new_posts_are_counted_and_not_shown(world: Any) -> None:
    world.person("ada")
    first = world.post("ada", "First")
    visitor = world.visitor()
    assert f"/live/new?since={first}" in visitor.get("/").text
    assert visitor.get(f"/live/new?since={first}", headers=HTMX).text.strip() == ""
    world.post("ada", "Second #cats")
    world.post("ada", "Third")
    told = visitor.get(f"/live/new?since={first}", headers=HTMX)
    assert "2 new posts" in told.text
    assert visitor.get(f"/live/new?since={first}", headers=HTMX | {"HX-PTag": "2"}).status_code == 304
    assert (
        '<a class="button" href="/?tag=cats">1 new post<'
        in visitor.get(f"/live/new?since={first}&tag=Cats", headers=HTMX).text
    )


def test_old_posts_that_are_pinned_are_not_news(world: Any) -> None:
    world.person("ada")
    world.person("mod", "moderator")
    ids = [world.post("ada", f"Post {n}") for n in range(4)]
    world.given(post.PinPost(post=ids[0], reason="Read this"), "mod")
    visitor = world.visitor()
    assert f"/live/new?since={ids[3]}" in visitor.get("/").text
    for n in range(MAX_NEW_POSTS):
        world.post("ada", f"News {n}")
        if n == 0:
            assert "1 new post<" in visitor.get(f"/live/new?since={ids[3]}", headers=HTMX).text
    assert "30 or more new posts" in visitor.get(f"/live/new?since={ids[3]}", headers=HTMX).text


@pytest.mark.parametrize("query", ["since=x", f"since={'0' * 35}", "tag=" + "a" * 200, "author=%00"])
def test_a_list_that_cant_be_is_refused(world: Any, query: str) -> None:
    assert world.visitor().get(f"/live/new?{query}").status_code == 400


def test_a_post_that_never_was_has_nothing_after_it(world: Any) -> None:
    world.person("ada")
    world.post("ada")
    assert world.visitor().get("/live/new?since=00000000-0000-7000-8000-000000000000", headers=HTMX).text.strip() == ""
