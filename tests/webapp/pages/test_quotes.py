"""Quotations: somebody's words at the head of an answer, under a link to where they stand; never what is removed."""

import pytest

from domain import comment, post
from domain.ids import uuid7
from tests.webapp.conftest import World


def test_without_scripts_a_link_fills_the_form(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    id = world.post("ann", "A title", "One.\n\nTwo.")
    said = world.comment("bob", id, "> quoted before\n\nMy own words.\nMore.")
    place = f"/comments/{said}/reply"
    assert f'href="{place}?quote={said}"' in ann.get(f"/posts/{id}").text
    quoted = f"[@bob](/comments/{said}):\n\n> My own words.\n> More.\n\n"
    assert ann.see(f"{place}?quote={said}").form(place).fields["body"] == quoted
    assert ann.get(f"/quote/{said}").text == quoted
    form = ann.see(f"/posts/{id}?quote={id}").form(f"/posts/{id}/comments")
    assert form.fields["body"] == f"[@ann](/posts/{id}):\n\n> One.\n>\n> Two.\n\n"
    assert ann.post(f"/posts/{id}/comments", form.fields).status_code == 303
    assert f'<a href="/posts/{id}"' in ann.get(f"/posts/{id}").text


def test_a_long_text_is_shortened_and_a_title_stands_for_none(world: World) -> None:
    ann = world.person("ann")
    long, bare = world.post("ann", body="word " * 500), world.post("ann", "Only a title", "> all quoted")
    assert len(ann.get(f"/quote/{long}").text) < 700
    assert ann.get(f"/quote/{long}").text.endswith(" …\n\n")
    assert "> Only a title" in ann.get(f"/quote/{bare}").text


def test_a_quotation_comes_below_a_draft_and_once(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    place = f"/posts/{id}/comments"
    typed = ann.fields(f"/posts/{id}", place) | {"place": place, "body": "Begun."}
    ann.post("/drafts/save", typed)
    first = ann.fields(f"/posts/{id}?quote={id}", place)["body"]
    assert first.startswith("Begun.\n\n[@ann]")
    ann.post("/drafts/save", typed | {"body": first})
    assert ann.fields(f"/posts/{id}?quote={id}", place)["body"] == first


def test_what_is_removed_elsewhere_or_nowhere_isnt_quoted(world: World) -> None:
    ann = world.person("ann")
    id, other = world.post("ann"), world.post("ann")
    mine = world.comment("ann", id)
    gone = world.comment("ann", id)
    world.given(comment.RemoveComment(comment=gone), "ann")
    for path in (f"/posts/{id}?quote={gone}", f"/comments/{mine}/reply?quote={gone}", f"/quote/{gone}"):
        assert ann.get(path).status_code == 410
    for path in (f"/posts/{id}?quote={other}", f"/posts/{other}?quote={mine}", f"/comments/{mine}/reply?quote={other}"):
        assert ann.get(path).status_code == 404
    for bad in ("x", uuid7(), "", "%00", "%27", "9" * 400):
        assert ann.get(f"/posts/{id}?quote={bad}").status_code == 404
        assert ann.get(f"/quote/{bad}").status_code == 404
    world.given(post.RemovePost(post=id), "ann")
    assert ann.get(f"/quote/{mine}").status_code in (200, 410)
    assert world.person("bob").get(f"/quote/{mine}").status_code == 410
    assert world.visitor().get(f"/quote/{other}").status_code in (302, 303)


@pytest.mark.parametrize("body", ["<script>alert(1)</script>", "](javascript:alert(1))", "</textarea><img src=x>"])
def test_a_quotation_is_text(world: World, body: str) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", body)
    assert body not in ann.get(f"/posts/{id}?quote={id}").text.partition("<textarea")[2].partition("<template")[0] or (
        "<" not in body
    )
    assert ann.get(f"/quote/{id}").mimetype == "text/plain"


def test_the_sheet_of_keys_is_a_page_for_everyone(world: World) -> None:
    seen = world.visitor().see("/keyboard")
    assert "Next, previous post or comment" in seen.text
