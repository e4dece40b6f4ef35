"""What was just done can be taken back: from the toast, the next page, the history; never over somebody's head."""

import pytest

from domain import comment, post
from domain.ids import uuid7
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page


def _edited(world: World, author: Visitor, id: str, body: str = "New words.") -> None:
    assert author.send(f"/posts/{id}/edit", body=body).status_code == 303


def test_an_edit_is_taken_back_from_the_next_page(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "Old words.")
    _edited(world, ann, id)
    seen = ann.see(f"/posts/{id}")
    assert "Your edit is saved." in seen.text
    assert ann.post(f"/posts/{id}/undo", seen.form(f"/posts/{id}/undo").fields).status_code == 303
    assert "Old words." in ann.see(f"/posts/{id}").text
    assert world.bus.aggregates().post(id).version == 3


def test_the_offer_is_made_once(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    _edited(world, ann, id)
    assert f"/posts/{id}/undo" in ann.get(f"/posts/{id}").text
    assert f"/posts/{id}/undo" not in ann.get(f"/posts/{id}").text


def test_an_edit_that_changes_nothing_offers_nothing(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", body="Same.")
    ann.send(f"/posts/{id}/edit", body="Same.")
    assert f"/posts/{id}/undo" not in ann.get(f"/posts/{id}").text


def test_a_removed_post_is_brought_back_and_that_is_taken_back_too(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    for do, gone in (("remove", True), ("restore", False), ("undo", True), ("undo", False)):
        assert ann.send(f"/posts/{id}", f"/posts/{id}/{do}").status_code == 303
        assert world.bus.aggregates().post(id).removed is gone


@pytest.mark.parametrize("htmx", [True, False])
def test_an_edit_and_a_removal_of_a_comment_are_taken_back(world: World, htmx: bool) -> None:
    ann = world.person("ann")
    on = world.post("ann")
    id = world.comment("ann", on, "Old words.")
    for do, fields in (("edit", {"body": "New words."}), ("remove", {})):
        answer = ann.send(f"/comments/{id}/{do}", htmx=htmx, **fields)
        offered = page(answer) if htmx else ann.see(f"/posts/{on}")
        undone = ann.post(f"/comments/{id}/undo", offered.form(f"/comments/{id}/undo").fields, htmx=htmx)
        assert undone.status_code == (200 if htmx else 303)
        now = world.bus.aggregates().comment(id)
        assert (now.body, now.removed) == ("Old words.", False)
    assert htmx is ("<html" not in undone.text)


def test_a_like_is_taken_back(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    offered = page(ann.send(f"/posts/{id}", f"/posts/{id}/like", htmx=True))
    assert "Your like is counted." in offered.text
    forms = [form for form in offered.forms if form.action == f"/posts/{id}/unlike"]
    assert ann.post(f"/posts/{id}/unlike", forms[-1].fields, htmx=True).status_code == 200
    assert "0 likes" in ann.see(f"/posts/{id}").text


def test_what_somebody_changed_since_is_left_alone(world: World) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    id = world.post("ann", "A title", "Old words.")
    _edited(world, ann, id)
    fields = ann.see(f"/posts/{id}").form(f"/posts/{id}/undo").fields
    edit = post.EditPost(post=id, version=2, title="A title", body="Moderated.", reason="Tone")
    world.given(edit, "mod")
    before = world.head()
    for htmx in (True, False):
        answer = ann.post(f"/posts/{id}/undo", fields, htmx=htmx)
        assert answer.status_code == 409
        assert "changed again since" in page(answer).text
    assert world.head() == before


def test_a_lock_in_between_is_no_change_of_the_words(world: World) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    id = world.post("ann", "A title", "Old words.")
    _edited(world, ann, id)
    fields = ann.see(f"/posts/{id}").form(f"/posts/{id}/undo").fields
    world.given(post.LockPost(post=id), "mod")
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 303
    assert world.bus.aggregates().post(id).body == "Old words."


def test_a_moderators_removal_isnt_the_authors_to_take_back(world: World) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    id = world.post("ann")
    world.given(post.RemovePost(post=id, reason="Spam"), "mod")
    fields = {"csrf_token": ann.fields("/settings")["csrf_token"], "version": "2"}
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 403


def test_a_moderators_undo_gives_its_reason(world: World) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    id = world.post("ann", "A title", "Old words.")
    mod.send(f"/posts/{id}/edit", body="Moderated.", reason="Tone")
    assert mod.send(f"/posts/{id}", f"/posts/{id}/undo").status_code == 303
    assert "Version 2 taken back." in mod.see(f"/posts/{id}/history").text


def test_the_same_undo_twice_has_one_effect(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "Old words.")
    _edited(world, ann, id)
    fields = ann.see(f"/posts/{id}").form(f"/posts/{id}/undo").fields
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 303
    head = world.head()
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 303
    assert world.head() == head


def test_an_old_removal_isnt_taken_back_in_place_of_a_newer_one(world: World) -> None:
    mod = world.person("mod", "moderator")
    id = world.post("mod")
    mod.send(f"/posts/{id}", f"/posts/{id}/remove")
    fields = mod.see(f"/posts/{id}").form(f"/posts/{id}/undo").fields
    world.given(post.RestorePost(post=id), "mod")
    assert mod.post(f"/posts/{id}/undo", fields).status_code == 303
    world.given(post.RemovePost(post=id), "mod")
    assert mod.post(f"/posts/{id}/undo", fields | {"command_id": uuid7()}).status_code == 409


def test_the_history_goes_back_to_a_version(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "First words.")
    _edited(world, ann, id, "Second words.")
    _edited(world, ann, id, "Third words.")
    ann.see(f"/posts/{id}")
    history = ann.see(f"/posts/{id}/history")
    assert "Undo version 3" in [button for form in history.forms for button in form.buttons]
    back = [form for form in history.forms if form.action == f"/posts/{id}/history/back"]
    assert [form.fields["to"] for form in back] == ["2", "1"]
    assert ann.post(f"/posts/{id}/history/back", back[1].fields).status_code == 303
    assert world.bus.aggregates().post(id).body == "First words."
    assert world.visitor().see(f"/posts/{id}/history").forms[0].action != f"/posts/{id}/undo"


def test_a_comments_history_goes_back_with_a_moderators_reason(world: World) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    id = world.comment("ann", world.post("ann"), "First words.")
    world.given(comment.EditComment(comment=id, version=1, body="Second words."), "ann")
    path, back = f"/comments/{id}/history", f"/comments/{id}/history/back"
    assert "Reason" in mod.see(path).text
    assert mod.send(path, back, reason="").status_code == 422
    assert mod.send(path, back, reason="Better before").status_code == 303
    assert world.bus.aggregates().comment(id).body == "First words."


def test_going_back_over_somebodys_newer_words_is_refused(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "First words.")
    _edited(world, ann, id, "Second words.")
    fields = ann.fields(f"/posts/{id}/history", f"/posts/{id}/history/back")
    _edited(world, ann, id, "Third words.")
    answer = ann.post(f"/posts/{id}/history/back", fields)
    assert answer.status_code == 409
    assert "changed again since" in page(answer).text


def test_erased_words_cant_be_gone_back_to(world: World) -> None:
    ann = world.person("ann")
    world.person("root", "admin")
    id = world.post("ann", "A title", "First words.")
    _edited(world, ann, id)
    fields = ann.fields(f"/posts/{id}/history", f"/posts/{id}/history/back")
    world.given(post.ErasePost(post=id, reason="Asked to"), "root")
    assert "history/back" not in ann.get(f"/posts/{id}/history").text
    answer = ann.post(f"/posts/{id}/history/back", fields)
    assert (answer.status_code, "erased for good" in page(answer).text) == (409, True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"version": "x"}, 400), ({"version": ""}, 400), ({"version": "1"}, 404), ({"version": "99"}, 404)],
)
@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_what_no_form_of_ours_sends_is_refused(world: World, kind: str, fields: dict[str, str], status: int) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    id = id if kind == "posts" else world.comment("ann", id)
    token = {"csrf_token": ann.fields("/settings")["csrf_token"]}
    before = world.head()
    assert ann.post(f"/{kind}/{id}/undo", fields | token).status_code == status
    assert (
        ann.post(f"/{kind}/{id}/history/back", fields | {"to": fields["version"]} | token).status_code
        in ({400: (400,), 404: (404, 303)}[status])
    )
    assert ann.post(f"/{kind}/{id}/undo", fields).status_code == 400
    assert ann.post(f"/{kind}/{uuid7()}/undo", {"version": "1"} | token).status_code == 404
    assert world.head() == before


def test_somebody_else_cant(world: World) -> None:
    world.person("ann")
    bob = world.person("bob")
    id = world.post("ann", "A title", "Old words.")
    world.given(post.EditPost(post=id, version=1, title="A title", body="New words."), "ann")
    token = {"csrf_token": bob.fields("/settings")["csrf_token"]}
    assert bob.post(f"/posts/{id}/undo", {"version": "2"} | token).status_code == 403
    assert bob.post(f"/posts/{id}/history/back", {"version": "2", "to": "1"} | token).status_code == 403
    assert f"/posts/{id}/undo" not in bob.get(f"/posts/{id}/history").text


def test_while_lists_lag_nothing_is_guessed(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "Old words.")
    world.bus.lags = True
    _edited(world, ann, id)
    fields = {"csrf_token": ann.fields("/settings")["csrf_token"], "version": "2"}
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 503
    world.bus.catch_up()
    world.bus.lags = False
    assert ann.post(f"/posts/{id}/undo", fields).status_code == 303


def test_a_like_on_the_feed_comes_back_to_it(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    assert ann.send("/", f"/posts/{id}/like").location == "/"
    assert "Unlike" in ann.get("/").text
    token = {"csrf_token": ann.fields("/settings")["csrf_token"]}
    assert ann.post(f"/posts/{id}/like", {"next": "//evil.example"} | token).location == "/"
    assert "Like" not in [b for form in world.visitor().see("/").forms for b in form.buttons]
