"""Notifications and marks of what is new: for each person their own, and gone when they were seen."""

from typing import Any

import pytest
from markupsafe import Markup

from domain.catalogue import ACTS
from domain.catalogue.act import Act
from domain.comment import EditComment, RemoveComment
from domain.moderation import suspension
from domain.post import ErasePost, LockPost, PostErased, RemovePost
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from webapp.text import activity


def _count(visitor: Visitor, path: str = "/login") -> str:
    """What the header says beside Notifications."""
    text = visitor.see(path).text
    return text.partition("Notifications")[2].partition("Menu")[0].strip()


def test_the_header_counts_what_is_new_until_it_is_read(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    assert _count(ann) == ""
    world.comment("bob", post)
    world.comment("bob", post)
    assert _count(ann) == "2 new"
    ann.send("/notifications", "/notifications/read")
    assert _count(ann) == ""
    world.comment("bob", post)
    assert _count(ann) == "1 new"


def test_the_page_says_who_did_what_and_where(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    world.person("mod", "moderator")
    post = world.post("ann", "About cats")
    said = world.comment("ann", post, "First")
    reply = world.comment("bob", post, "Second", said)
    world.post("bob", "Dear @ann", "Look, @ann")
    world.given(RemoveComment(comment=said, reason="Rude"), "mod")
    world.given(RemovePost(post=post, reason="Spam"), "mod")
    world.given(suspension.SuspendAccount(handle="ann", reason="Both"), "mod")
    text = ann.see("/notifications").text
    for sentence in (
        "bob mentioned you in Dear @ann",
        "mod removed your comment on About cats",
        "Reason: Rude",
        "mod removed your post About cats",
        "mod suspended your account",
    ):
        assert sentence in text, text
    assert "answered" not in text
    assert "your profile" not in text
    assert reply not in text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("act", [act for act in ACTS if act.told and act.told.owner], ids=lambda act: act.event.type)
def test_every_sentence_to_an_owner_has_one_link_within_it(world: World, act: Act, language: str) -> None:
    """The link is the title, or words of the sentence: nothing is named twice."""
    with world.app.test_request_context(headers={"Accept-Language": language}):
        thing = Markup('<a class="strong" href="/thing">A title</a>')
        said = activity.to_owner(act.event.type, Markup("mod"), thing, "/thing")
    text = said.striptags()
    assert said.count("<a ") == said.count("</a>") == 1
    assert "[" not in text
    assert (act.subject == "account") is ("A title" not in text) or act.event is PostErased
    assert not text.endswith("your account A title")


def test_an_erased_post_isnt_called_a_post_twice(world: World) -> None:
    ann = world.person("ann")
    world.person("root", "admin")
    post = world.post("ann", "Number 555")
    world.given(LockPost(post=post), "root")
    world.given(ErasePost(post=post, reason="A court said so"), "root")
    text = ann.see("/notifications").text
    assert "root erased every text of your post for good" in text
    assert "root locked the thread of your post (erased)" in text
    assert "erased post" not in text


def test_a_stranger_logs_in_first_and_sees_no_count(world: World) -> None:
    stranger = world.visitor()
    assert "/login" in stranger.get("/notifications").headers["Location"]
    assert "Notifications" not in stranger.see("/").text


@pytest.mark.parametrize("until", ["", "now", "9999-99-99T00:00:00.000000Z", "2026-01-01", "\0"])
def test_a_forged_moment_is_refused(world: World, until: str) -> None:
    ann = world.person("ann")
    world.person("bob")
    world.comment("bob", world.post("ann"))
    fields = ann.fields("/notifications", "/notifications/read") | {"until": until}
    answer = ann.post("/notifications/read", fields)
    assert answer.status_code == 400
    assert _count(ann) == "1 new"


def test_an_empty_page_says_what_will_come(world: World) -> None:
    assert "Nothing yet." in world.person("ann").see("/notifications").text


def test_more_than_a_page_goes_on_behind_a_link(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    for number in range(32):
        world.comment("bob", post, f"Number {number}.")
    first = ann.get("/notifications").text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Number 31." in first
    assert "Number 1." in ann.get(following).text
    assert ann.get("/notifications?after=x").status_code == 400


def test_a_thread_marks_what_is_new_since_the_last_visit(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    edited, removed = world.comment("bob", post, "Old one"), world.comment("bob", post, "Old two")
    assert _marks(ann, post) == []
    world.comment("bob", post, "Fresh")
    world.comment("ann", post, "My own")
    world.given(EditComment(comment=edited, version=1, body="Old but changed"), "bob")
    world.given(RemoveComment(comment=removed), "bob")
    assert _marks(ann, post) == ["edited since your visit", "removed since your visit", "new"]
    assert _marks(ann, post) == []
    assert _marks(world.visitor(), post) == []


def _marks(visitor: Visitor, post: str) -> list[str]:
    text = visitor.get(f"/posts/{post}").text
    parts: list[Any] = [part.partition("</span>")[0].partition(">")[2] for part in text.split('class="badge')[1:]]
    return [part for part in parts if part == "new" or part.endswith("visit")]


def test_a_part_of_a_thread_is_no_visit(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    ann.see(f"/posts/{post}")
    world.comment("bob", post)
    part = ann.get(f"/posts/{post}", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.status_code == 200
    assert _marks(ann, post) == ["new"]


def test_the_feed_counts_what_is_new_in_threads_somebody_knows(world: World) -> None:
    ann = world.person("ann")
    world.person("bob")
    known, unknown = world.post("bob", "Known"), world.post("bob", "Unknown")
    ann.see(f"/posts/{known}")
    for post in (known, known, unknown):
        world.comment("bob", post)
    html = ann.get("/").text
    assert page(ann.get("/")).text.count("2 new") == 1
    assert f'href="/posts/{known}#comments">2 new</a>' in html
    assert " new</a>" not in world.visitor().get("/").text


def test_the_bells_count_is_asked_for_alone_and_only_told_where_it_changed(world: World) -> None:
    ann, post = world.person("ann"), world.post("ann")
    world.person("bob")
    headers = {"HX-Request": "true"}
    none = ann.get("/notifications/count", headers=headers)
    assert (none.status_code, none.text.strip()) == (200, "")
    world.comment("bob", post)
    one = ann.get("/notifications/count", headers=headers | {"HX-PTag": none.headers["HX-PTag"]})
    assert page(one).text == "1 new"
    assert ann.get("/notifications/count", headers=headers | {"HX-PTag": one.headers["HX-PTag"]}).status_code == 304
    assert ann.get("/notifications/count").location == "/notifications"
    assert "HX-Redirect" in world.visitor().get("/notifications/count", headers=headers).headers
