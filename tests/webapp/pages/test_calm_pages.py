"""What pages show at first sight, and in which order."""

import re

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


def test_an_earlier_version_shows_where_it_led(world: World) -> None:
    world.person("ann")
    id = world.given(post.NewPost(post=ids.uuid7(), title="A paper", body="", url=LINK), "ann").subject
    world.given(post.EditPost(post=id, version=1, title="A text", body="Words.", url=""), "ann")
    visitor = world.visitor()
    for path in (f"/posts/{id}?version=1", f"/posts/{id}/history?version=1"):
        assert "example.org" in visitor.see(path).text, path
    assert "example.org" not in visitor.see(f"/posts/{id}?version=2").text


def test_a_comment_shows_like_and_reply_and_keeps_the_rest_in_a_menu(world: World) -> None:
    ann, bob, mod = world.person("ann"), world.person("bob"), world.person("mod", "moderator")
    on = world.post("ann")
    world.comment("ann", on)
    for who, behind in ((ann, ["Edit", "Remove"]), (bob, ["Report"]), (mod, ["Edit", "Remove", "Report"])):
        comment = who.get(f"/posts/{on}").text.partition('<article class="comment')[2].partition("</article>")[0]
        line, _, rest = comment.partition('<details class="more-actions"')
        assert re.findall("<button[^>]*>([^<]+)<", line) == ["♡ 0", "Reply"]
        menu = rest.partition("</details>")[0]
        assert re.findall("<button[^>]*>([^<]+)<", menu) == behind
        assert ">Quote</a>" in menu
    shown = world.visitor().get(f"/posts/{on}").text.partition("<main")[2].partition("</main>")[0]
    assert shown.count("<details") == 1
    assert re.findall("<button[^>]*>([^<]+)<", shown.partition("<details")[2]) == ["Report"]


def test_a_moderator_sees_no_field_before_they_open_its_form(world: World) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    on = world.post("ann")
    comment = world.comment("ann", on)
    for path in (f"/posts/{on}", f"/comments/{comment}"):
        assert 'name="reason"' not in mod.get(f"/posts/{on}").text
        assert mod.send(f"{path}/remove", reason="Off topic").status_code == 303
        assert 'name="reason"' not in mod.get(f"/posts/{on}").text
        assert "May be left empty." in mod.get(f"{path}/restore").text
        assert mod.send(f"{path}/restore").status_code == 303


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
