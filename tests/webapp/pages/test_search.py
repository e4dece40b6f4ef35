"""The search page: finds, marks, and answers anything typed into it with a page."""

import pytest

from tests.webapp.conftest import World
from tests.webapp.html_pages import page

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_found_words_are_marked_in_title_and_body(world: World) -> None:
    world.person("ann")
    world.post("ann", "The <b>Octopus</b>", "x " * 300 + "An *octopus* has three hearts")
    html = world.visitor().get("/search?q=octop").text
    assert "The &lt;b&gt;<mark>Octopus</mark>&lt;/b&gt;" in html
    assert "An <mark>octopus</mark> has three hearts" in html


def test_comments_are_found_with_the_title_of_their_post(world: World) -> None:
    world.person("ann")
    said = world.comment("ann", world.post("ann", "About hearts"), "An octopus has three")
    html = world.visitor().get("/search?q=octopus&kind=comments").text
    assert f'href="/comments/{said}"' in html
    assert "ann on About hearts" in html
    assert "<mark>octopus</mark>" in html


@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_what_is_found_can_be_liked_and_leads_back_to_what_was_found(world: World, kind: str) -> None:
    ann = world.person("ann")
    post = world.post("ann", "Ein Blütenmeer", "Café")
    found = {"posts": post, "comments": world.comment("ann", post, "Noch ein Blütenmeer")}[kind]
    here = "/search?q=bl%C3%BCtenmeer" + ("&kind=comments" if kind == "comments" else "")
    form = ann.see(here).form(f"/{kind}/{found}/like")
    assert "/like" not in world.visitor().get(here).text
    answer = ann.post(f"/{kind}/{found}/like", form.fields)
    assert answer.location == here
    again = ann.see(here)
    assert "1 like" in again.text
    assert again.form(f"/{kind}/{found}/unlike").buttons == ["Unlike"]


def test_what_is_removed_is_not_found_by_anyone(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann", "Octopus")
    ann.send(f"/posts/{post}", f"/posts/{post}/remove")
    assert "No post has all of these words" in ann.see("/search?q=octopus").text


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("", "Type words"),
        ("%20%20", "Type words"),
        ("%00", "Type words"),
        ("%22", "no word in that"),
        ("%25", "no word in that"),
        ("a", "no word in that"),
        ("c%2B%2B", "No post has all"),
        ("o'neil", "No post has all"),
        ("%27%20OR%201=1;--", "No post has all"),
        ("https://example.com/" + "x" * 1_980, "No post has all"),
        ("https://example.com/" + "x" * 1_981, "only its first 2,000"),
        ("word%20" * 2_000, "only its first 2,000"),
        ("<script>alert(1)</script>", "No post has all"),
        ("nothing", "Look among comments"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_anything_typed_is_answered_with_a_sentence(
    world: World, q: str, sentence: str, headers: dict[str, str]
) -> None:
    answer = world.visitor().get(f"/search?q={q}", headers=headers)
    assert answer.status_code == 200
    assert sentence in page(answer).text
    assert "<script>alert" not in answer.text
    assert "\0" not in answer.text


@pytest.mark.parametrize("more", ["after=x", "after=" + "y" * 2_000])
def test_a_forged_next_link_is_refused(world: World, more: str) -> None:
    world.person("ann")
    answer = world.visitor().get(f"/search?q=words&{more}")
    assert answer.status_code == 400
    assert "Start at its first page" in answer.text


def test_results_go_on_behind_a_real_link(world: World) -> None:
    world.person("ann")
    for number in range(31):
        world.post("ann", f"Octopus {number}")
    visitor = world.visitor()
    first = visitor.get("/search?q=octopus").text
    assert first.count("<article") == 30
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert visitor.get(following).text.count("<article") == 1
    assert visitor.get(following, headers=HTMX).text.startswith("<li>")


def test_with_htmx_results_come_alone_and_are_said(world: World) -> None:
    world.person("ann")
    world.post("ann", "Octopus")
    part = world.visitor().get("/search?q=octopus", headers=HTMX).text
    assert "<html" not in part
    assert "1 found." in part


def test_every_page_has_a_search_box_that_needs_no_javascript(world: World) -> None:
    form = next(form for form in world.visitor().see("/").forms if form.action == "/search")
    assert (form.method, list(form.fields), form.buttons) == ("get", ["q"], ["Search"])


def test_bytes_that_are_no_text_are_refused_in_words(world: World) -> None:
    answer = world.visitor().get("/search?q=%ff%fe")
    assert answer.status_code == 400
    assert page(answer).text
