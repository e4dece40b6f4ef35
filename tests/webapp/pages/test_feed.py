"""The front page: sorted, by tag, a page at a time, and never behind what the read model shows."""

import re

import pytest

from tests.webapp.conftest import Visitor, World


def _titles(visitor: Visitor, path: str = "/") -> list[str]:
    text = visitor.see(path).text
    return sorted((title for title in ("First", "Second", "Third") if title in text), key=text.index)


def test_an_empty_site_says_what_to_do(world: World) -> None:
    assert "Write the first post" in world.visitor().see("/").text
    assert "Nobody has written about #x yet." in world.visitor().see("/?tag=x").text


def test_posts_stand_in_the_order_that_was_asked_for(world: World) -> None:
    ann = world.person("ann")
    first, second, _ = (world.post("ann", title) for title in ("First", "Second", "Third"))
    world.like("ann", f"post-{first}")
    world.comment("ann", second)
    assert _titles(ann) == ["Third", "Second", "First"]
    assert _titles(ann, "/?sort=top") == ["First", "Third", "Second"]
    assert _titles(ann, "/?sort=discussed") == ["Second", "Third", "First"]


def test_a_tag_shows_its_posts_alone(world: World) -> None:
    world.person("ann")
    world.post("ann", "First", "about #Octopus")
    world.post("ann", "Second", "about #nothing")
    assert _titles(world.visitor(), "/?tag=Octopus") == ["First"]


def test_a_stranger_sees_each_change_at_once_though_the_page_is_remembered(world: World) -> None:
    ann, stranger = world.person("ann"), world.visitor()
    first = world.post("ann", "First")
    assert _titles(stranger) == ["First"]
    world.post("ann", "Second")
    assert _titles(stranger) == ["Second", "First"]
    ann.send(f"/posts/{first}", f"/posts/{first}/remove")
    assert _titles(stranger) == ["Second"]
    world.like("ann", f"post-{world.post('ann', 'Third')}")
    assert "1 like" in stranger.see("/").text


def test_a_stranger_gets_no_cookie_for_reading(world: World) -> None:
    answer = world.visitor().get("/")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_with_htmx_the_next_items_come_alone(world: World) -> None:
    world.person("ann")
    world.post("ann", "First")
    part = world.visitor().get("/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.text.startswith("<li>")
    assert part.headers["Cache-Control"] == "no-store"
    whole = world.visitor().get("/", headers={"HX-Request": "true", "HX-Request-Type": "full"})
    assert "<html" in whole.text


def test_an_author_shows_their_posts_alone_also_within_a_tag(world: World) -> None:
    for handle in ("ann", "bob"):
        world.person(handle)
    world.post("ann", "First", "#cats")
    world.post("bob", "Second", "#cats")
    world.post("bob", "Third")
    visitor = world.visitor()
    assert _titles(visitor, "/?author=@Bob") == ["Third", "Second"]
    assert _titles(visitor, "/?author=bob&tag=cats") == ["Second"]
    assert "There is no post by eve" in visitor.see("/?author=eve").text
    assert visitor.get(f"/?author={'x' * 500}").status_code == 400
    assert visitor.get("/?author=%07").status_code == 400


def test_the_most_used_tags_stand_beside_the_posts(world: World) -> None:
    world.person("ann")
    world.post("ann", "First", "#cats")
    world.post("ann", "Second", "#cats #dogs")
    text = world.visitor().see("/").text
    assert "#cats in 2 posts" in text
    assert "#dogs in" not in text, "one post makes nothing popular"


def test_further_pages_come_by_scrolling_a_few_times_and_then_by_a_press(world: World) -> None:
    world.person("ann")
    for number in range(31):
        world.post("ann", f"Post {number}")
    visitor = world.visitor()
    first = visitor.get("/").text
    assert "intersect once" in first
    assert 'rel="next" href="/?after=' in first
    for tampered in ("5", "99", "-1", "x", "1" * 50):
        assert "intersect once" not in visitor.get(f"/?scrolled={tampered}").text
    assert "scrolled=3" in visitor.get("/?scrolled=2").text


def test_a_link_shows_its_host_and_cannot_be_made_to_show_another(world: World) -> None:
    ann = world.person("ann")
    ann.send("/posts/new", title="Typed\u202e by hand", url="www.example.com/x")
    ann.send("/posts/new", title="Forged", url="https://paywww.pal.com/")
    feed = ann.get("/").get_data(as_text=True)
    assert ">example.com</bdi>" in feed
    assert 'href="https://www.example.com/x"' in feed
    assert ">paywww.pal.com</bdi>" in feed
    assert "Typed by hand" in feed


def test_a_link_that_names_a_user_comes_back_with_what_was_typed(world: World) -> None:
    answer = world.person("ann").send("/posts/new", title="A bank", url="https://accounts.google.com@evil.example")
    assert answer.status_code == 422
    assert "take out what is before the @" in answer.text
    assert 'value="https://accounts.google.com@evil.example"' in answer.text


@pytest.mark.parametrize("tag", ["می\u200cخواهم", "ශ්\u200dරී"])
def test_a_tag_with_a_joiner_has_a_page(world: World, tag: str) -> None:
    world.person("ann")
    id = world.post("ann", "First", f"about #{tag}")
    link = re.search(r'href="(/\?tag=[^"]+)"', world.visitor().get(f"/posts/{id}").text)
    assert link
    assert _titles(world.visitor(), link[1]) == ["First"]
