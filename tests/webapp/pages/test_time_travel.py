"""Threads as they were: what was there then, and only what may be seen today."""

import pytest

from domain import comment, ids, post
from tests.webapp.conftest import World


def edit(world: World, id: str, version: int, body: str) -> str:
    """Edits the post, and gives a moment just before that."""
    moment = ids.now()
    world.given(post.EditPost(post=id, version=version, title=f"Title {version + 1}", body=body), "ada")
    return moment


@pytest.fixture
def thread(world: World) -> dict[str, str]:
    """First words, a comment, second words, another comment, and the first one edited."""
    world.person("ada")
    id = world.post("ada", "Title 1", "First words.")
    early = world.comment("ada", id, "Early bird.")
    between = edit(world, id, 1, "Second words.")
    late = world.comment("ada", id, "Late owl.")
    world.given(comment.EditComment(comment=early, version=1, body="Early, edited."), "ada")
    return {"id": id, "early": early, "late": late, "between": between}


def test_a_version_is_shown_with_what_was_said_about_it(world: World, thread: dict[str, str]) -> None:
    then = world.visitor().see(f"/posts/{thread['id']}?version=1").text
    assert "First words." in then
    assert "Early bird." in then
    assert "Late owl." not in then
    assert "Early, edited." not in then
    assert "version 1 of 2" in then
    now = world.visitor().see(f"/posts/{thread['id']}?version=2").text
    assert "Second words." in now
    assert "Late owl." in now
    assert "Early, edited." in now


def test_a_moment_is_shown(world: World, thread: dict[str, str]) -> None:
    then = world.visitor().see(f"/posts/{thread['id']}?at={thread['between']}")
    assert "First words." in then.text
    assert "Early bird." in then.text
    assert "Late owl." not in then.text


def test_the_past_can_only_be_read(world: World, thread: dict[str, str]) -> None:
    html = world.logged_in("ada").get(f"/posts/{thread['id']}?version=1").text
    main = html[html.index("<main") : html.index("</main>")]
    assert "<form" not in main
    assert "<button" not in main
    assert f'href="/posts/{thread["id"]}"' in main
    assert '<meta name="robots" content="noindex">' in html


def test_what_is_removed_today_was_never_there_for_others(world: World, thread: dict[str, str]) -> None:
    world.given(comment.RemoveComment(comment=thread["early"]), "ada")
    for path in (f"/posts/{thread['id']}?version=1", f"/posts/{thread['id']}?at={thread['between']}"):
        assert "Early" not in world.visitor().see(path).text
        assert "Early bird." in world.logged_in("ada").get(path).text
    world.given(post.RemovePost(post=thread["id"]), "ada")
    assert world.visitor().get(f"/posts/{thread['id']}?version=1").status_code == 410
    assert world.logged_in("ada").get(f"/posts/{thread['id']}?version=1").status_code == 200


def test_what_is_erased_today_is_gone_from_then(world: World, thread: dict[str, str]) -> None:
    world.person("root", "admin")
    world.given(comment.EraseComment(comment=thread["early"], reason="Asked for"), "root")
    world.given(post.ErasePost(post=thread["id"], reason="Asked for"), "root")
    for version in (1, 2):
        page = world.logged_in("ada").get(f"/posts/{thread['id']}?version={version}").text
        assert "erased for good" in page
        for words in ("First words", "Second words", "Early", "Title 1", "Title 2"):
            assert words not in page


def test_what_was_removed_then_and_is_back_today_says_so(world: World, thread: dict[str, str]) -> None:
    world.given(post.RemovePost(post=thread["id"]), "ada")
    world.given(post.RestorePost(post=thread["id"]), "ada")
    assert "removed at that time" in world.visitor().see(f"/posts/{thread['id']}?version=3").text
    assert "removed at that time" not in world.visitor().see(f"/posts/{thread['id']}?version=4").text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("version=0", 404),
        ("version=999999", 404),
        ("version=", 400),
        ("version=-1", 400),
        ("version=1.0", 400),
        ("version=x", 400),
        ("version=%D9%A1", 400),
        ("version=" + "9" * 400, 400),
        ("at=", 400),
        ("at=garbage", 400),
        ("at=2026-13-01T00:00", 400),
        ("at=0000-00-00", 400),
        ("at=0001-01-01T00:00%2B14:00", 400),
        ("at=9999-12-31T23:59-14:00", 400),
        ("at=2999-01-01T00:00", 400),
        ("at=1999-01-01T00:00", 404),
        ("at=1999-01-01", 404),
        ("at=2026-11-24T05:00:00'%20or%201=1", 400),
        ("at=%00", 400),
        ("version=1&after=nonsense", 400),
    ],
)
def test_what_cant_be_asked_is_refused(world: World, thread: dict[str, str], query: str, status: int) -> None:
    response = world.visitor().get(f"/posts/{thread['id']}?{query}")
    assert response.status_code == status
    assert "<main" in response.text


def test_a_post_that_isnt_there_has_no_past(world: World) -> None:
    assert world.visitor().get(f"/posts/{'0' * 36}?version=1").status_code == 404


def test_a_longer_thread_is_turned_over_within_its_moment(world: World) -> None:
    world.person("ada")
    id = world.post("ada")
    for number in range(51):
        world.comment("ada", id, f"Number {number}.")
    edit(world, id, 1, "Second words.")
    for number in range(51, 103):
        world.comment("ada", id, f"Number {number}.")
    first = world.visitor().get(f"/posts/{id}?version=1").text
    assert "Number 49." in first
    assert "Number 50." not in first
    href = first[: first.index(">More of the thread")].rpartition('href="')[2].rstrip('"').replace("&amp;", "&")
    second = world.visitor().get(href).text
    assert "Number 50." in second
    assert "Number 51." not in second
    assert "More of the thread" not in second


def test_the_first_version_of_a_post_with_a_long_history_is_shown(world: World) -> None:
    """The history page lists the newest 500 events; looking back isn't bound to those."""
    world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada", "Title 1", "First words.")
    between = edit(world, id, 1, "Second words.")
    for _ in range(250):
        world.given(post.LockPost(post=id), "mod")
        world.given(post.UnlockPost(post=id), "mod")
    for query in ("version=1", f"at={between}"):
        then = world.visitor().see(f"/posts/{id}?{query}").text
        assert "First words." in then
        assert "version 1 of 502" in then
    assert "Second words." in world.visitor().see(f"/posts/{id}?version=502").text


def test_the_slider_brings_a_version_and_works_as_a_form(world: World, thread: dict[str, str]) -> None:
    html = world.visitor().get(f"/posts/{thread['id']}/history").text
    assert '<input type="range" id="version" name="version" min="1" max="2"' in html
    assert f'href="/posts/{thread["id"]}?version=1"' in html
    part = world.visitor().get(f"/posts/{thread['id']}?version=1", headers={"HX-Request": "true"})
    assert "<main" not in part.text
    assert "First words." in part.text
    assert "Version 1 of 2" in part.text


def test_changes_stand_side_by_side(world: World, thread: dict[str, str]) -> None:
    html = world.visitor().get(f"/posts/{thread['id']}/history?view=split").text
    left = html[html.index('aria-label="Before"') : html.index('aria-label="After"')]
    right = html[html.index('aria-label="After"') :]
    assert "<del>" in left
    assert "<ins>" not in left
    assert "<ins>" in right[: right.index("</li>")]
    assert "<del>" not in right[: right.index("</li>")]
    assert world.visitor().get(f"/posts/{thread['id']}/history?view=diagonal").status_code == 400


def test_words_of_the_past_are_words(world: World) -> None:
    world.person("ada")
    id = world.post("ada", "<b>x</b>", "<script>alert(1)</script>")
    edit(world, id, 1, "Fine.")
    assert "<script>alert" not in world.visitor().get(f"/posts/{id}?version=1").text
    assert "<b>x</b>" not in world.visitor().get(f"/posts/{id}?version=1").text
