"""What pages show at first sight, and in which order."""

import pytest

from domain import ids, post
from tests.webapp.conftest import World
from tests.webapp.html_pages import page

LINK = "https://www.example.org/a/paper"


@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_a_like_is_a_heart_with_its_count_and_a_whole_name(world: World, kind: str) -> None:
    ann = world.person("ann")
    on = world.post("ann")
    thing = on if kind == "posts" else world.comment("ann", on)
    seen = ann.get(f"/posts/{on}").text
    assert ">♡ 0</button>" in seen
    assert page(ann.get(f"/posts/{on}")).form(f"/{kind}/{thing}/like").buttons == ["Like"]
    world.like("ann", f"{kind.removesuffix('s')}-{thing}")
    seen = ann.get(f"/posts/{on}").text
    assert ">♥ 1</button>" in seen
    assert '<span class="visually-hidden">1 like</span>' in seen
    assert page(ann.get(f"/posts/{on}")).form(f"/{kind}/{thing}/unlike").buttons == ["Unlike"]
    stranger = world.visitor().get(f"/posts/{on}").text
    assert '<span aria-hidden="true">♡ 1</span><span class="visually-hidden">1 like</span>' in stranger


def test_a_link_post_shows_where_it_leads(world: World) -> None:
    world.person("ann")
    linked = world.given(post.NewPost(post=ids.uuid7(), title="A paper", body="", url=LINK), "ann")
    seen = world.visitor().see(f"/posts/{linked.subject}")
    assert "example.org" in seen.text


def test_a_list_says_first_how_much_was_said(world: World) -> None:
    world.person("ann")
    world.comment("ann", world.post("ann"))
    seen = world.visitor().get("/").text
    meta = seen.partition('<div class="meta">')[2]
    assert meta.index("1 comment") < meta.index('href="/@ann"')


def test_a_stranger_is_told_what_this_is_and_others_are_not(world: World) -> None:
    ann = world.person("ann")
    world.post("ann", body="#tagged")
    sentence = "every edit has a history that everyone can read."
    assert sentence in world.visitor().see("/").text
    assert sentence not in world.visitor().see("/?tag=tagged").text
    assert sentence not in ann.see("/").text


def test_a_reply_form_says_whom_it_answers_once(world: World) -> None:
    ann = world.person("ann")
    comment = world.comment("ann", world.post("ann"))
    opened = ann.get(f"/comments/{comment}/reply", headers={"HX-Request": "true"})
    assert "Reply to ann" in page(opened).text
    main = ann.get(f"/comments/{comment}/reply").text.partition("<main")[2]
    assert main.count(">Reply to ann<") == 1


def test_the_form_of_a_post_asks_for_the_link_before_the_text(world: World) -> None:
    ann = world.person("ann")
    form = page(ann.get("/posts/new")).form("/posts/new")
    assert list(form.fields).index("url") < list(form.fields).index("body")
    assert '<h2 id="preview-title">Preview</h2>' in ann.get("/posts/new").text


def test_a_history_shows_its_latest_change_before_the_slider(world: World) -> None:
    world.person("ann")
    id = world.post("ann")
    world.given(post.EditPost(post=id, version=1, title="A title", body="Other words."), "ann")
    seen = world.visitor().get(f"/posts/{id}/history").text
    assert seen.index('id="v2"') < seen.index('<input type="range"')
