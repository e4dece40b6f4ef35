"""Drafts: saved by a button or as one types, found again on the form, gone when sent, and nobody else's business."""

import pytest
from werkzeug.test import TestResponse

from domain import post
from domain.ids import uuid7
from operational import drafts
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page

SAVE = "/drafts/save"


def _save(visitor: Visitor, path: str, action: str | None = None, *, htmx: bool = False, **typed: str) -> TestResponse:
    """Presses "Save draft" in the form that goes to action."""
    fields = visitor.fields(path, action or path)
    return visitor.post(SAVE, fields | typed | {"place": _place(fields, action or path)}, htmx=htmx)


def _place(fields: dict[str, str], action: str = "/posts/new") -> str:
    """Where the draft of a form is kept: of a new post by its own number."""
    return f"{action}/{fields['begun']}" if action == "/posts/new" else action


def _new_post(visitor: Visitor) -> dict[str, str]:
    """What "Save draft" sends in a tab where a new post is begun."""
    fields = visitor.fields("/posts/new")
    return fields | {"place": _place(fields)}


def _places(world: World, post: str, comment: str) -> dict[str, str]:
    """Place → the page that its form is on."""
    return {
        "/posts/new": "/posts/new",
        f"/posts/{post}/edit": f"/posts/{post}/edit",
        f"/posts/{post}/comments": f"/posts/{post}",
        f"/comments/{comment}/reply": f"/comments/{comment}/reply",
        f"/comments/{comment}/edit": f"/comments/{comment}/edit",
    }


def test_every_form_keeps_its_draft_until_it_is_sent(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann")
    for place, path in _places(world, id, world.comment("ann", id)).items():
        before = world.head()
        answer = _save(ann, path, place, body=f"Half of {place}.", **({"title": "T"} if "posts/new" in place else {}))
        assert answer.status_code == 303
        assert world.head() == before, "a draft is no event"
        seen = ann.see(answer.location.partition("#")[0])
        assert "Draft saved." in seen.text
        assert "Your draft is in the form" in seen.text
        assert seen.form(place).fields["body"] == f"Half of {place}."
        assert ann.post(place, seen.form(place).fields).status_code == 303
        assert drafts.all_of(world.generations.control, world.id("ann")) == []
        assert "Your draft is in the form" not in ann.see(path).text


def test_as_one_types_a_part_says_so_and_its_version(world: World) -> None:
    ann = world.person("ann")
    fields = _new_post(ann) | {"body": "one"}
    first = ann.post(SAVE, fields, htmx=True)
    assert 'data-draft-version="1"' in first.text
    assert page(first).text == "Draft saved"
    again = ann.post(SAVE, fields | {"draft": "1", "body": "two"}, htmx=True)
    assert ('data-draft-version="2"' in again.text, page(again).text) == (True, "Draft saved")


def test_of_two_tabs_the_later_save_wins_and_says_so(world: World) -> None:
    ann = world.person("ann")
    fields = _new_post(ann)
    ann.post(SAVE, fields | {"body": "this tab"}, htmx=True)
    answer = ann.post(SAVE, fields | {"body": "that tab"}, htmx=True)
    assert "Another tab had changed it" in page(answer).text
    assert ann.see(fields["place"]).form("/posts/new").fields["body"] == "that tab"


def test_two_new_posts_are_two_drafts_and_publishing_one_leaves_the_other(world: World) -> None:
    ann = world.person("ann")
    here, there = _new_post(ann), _new_post(ann)
    for fields, body in ((here, "One post."), (there, "Another post.")):
        ann.post(SAVE, fields | {"title": "", "body": body})
    fresh = ann.get("/posts/new")
    assert page(fresh).form("/posts/new").fields["body"] == ""
    for fields, body in ((here, "One post."), (there, "Another post.")):
        assert f'<a href="{fields["place"]}">{body}</a>' in fresh.text
    assert ann.see(here["place"]).form("/posts/new").fields["body"] == "One post."
    assert ann.post("/posts/new", here | {"title": "T", "body": "One post."}).status_code == 303
    assert [draft.place for draft in drafts.all_of(world.generations.control, world.id("ann"))] == [there["place"]]


def test_a_refused_new_post_comes_back_with_the_draft_it_had(world: World) -> None:
    ann = world.person("ann")
    fields = _new_post(ann) | {"title": "", "body": "No title."}
    ann.post(SAVE, fields)
    again = ann.post("/posts/new", fields)
    assert again.status_code == 422
    assert page(again).form("/posts/new").fields["begun"] == fields["begun"]
    assert ann.post("/posts/new", page(again).form("/posts/new").fields | {"title": "T"}).status_code == 303
    assert drafts.all_of(world.generations.control, world.id("ann")) == []


@pytest.mark.parametrize("begun", ["", "x", "../settings", "\0", "0" * 400])
def test_a_new_post_whose_draft_has_a_broken_number_is_published_all_the_same(world: World, begun: str) -> None:
    ann = world.person("ann")
    fields = ann.fields("/posts/new") | {"title": "T", "body": "b", "begun": begun}
    assert ann.post("/posts/new", fields).status_code == 303
    refused = ann.post("/posts/new", fields | {"title": ""})
    assert page(refused).form("/posts/new").fields["body"] == "b"


def test_somebody_elses_draft_is_an_empty_form(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    fields = _new_post(ann)
    ann.post(SAVE, fields | {"body": "ann's own"})
    assert bob.see(fields["place"]).form("/posts/new").fields["body"] == ""
    assert "ann's own" not in bob.see("/posts/new").text


def test_an_emptied_form_has_no_draft(world: World) -> None:
    ann = world.person("ann")
    _save(ann, "/posts/new", body="something")
    draft = drafts.all_of(world.generations.control, world.id("ann"))[0]
    emptied = ann.fields(draft.place, "/posts/new") | {"place": draft.place, "body": " \n"}
    assert 'data-draft-version="0"' in ann.post(SAVE, emptied, htmx=True).text
    assert drafts.all_of(world.generations.control, world.id("ann")) == []


def test_a_draft_of_an_edit_meets_what_changed_meanwhile(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", "A title", "Old words.")
    path = f"/posts/{id}/edit"
    _save(ann, path, body="My words.")
    world.given(post.EditPost(post=id, version=1, title="A title", body="Their words."), "ann")
    answer = ann.post(path, ann.fields(path))
    assert answer.status_code == 409
    assert page(answer).form(path).fields["body"] == "My words."


def test_their_page_lists_them_and_lets_go_of_them(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    _save(ann, "/posts/new", title="A begun one", body="Half a thought.")
    seen = ann.see("/drafts")
    assert "A begun one" in seen.text
    assert "Half a thought." in seen.text
    assert "A begun one" not in bob.see("/drafts").text
    discard = next(form for form in seen.forms if form.action.endswith("/discard"))
    assert bob.post(discard.action, {"csrf_token": bob.fields("/settings")["csrf_token"]}).status_code == 404
    assert "A begun one" in ann.see("/drafts").text
    assert ann.post(discard.action, discard.fields).location == "/drafts"
    assert "You have no drafts." in ann.see("/drafts").text


def test_discarded_on_the_form_it_leaves_the_form_as_it_was(world: World) -> None:
    ann = world.person("ann")
    id = world.post("ann", body="Stored words.")
    path = f"/posts/{id}/edit"
    _save(ann, path, body="Begun words.")
    draft = drafts.all_of(world.generations.control, world.id("ann"))[0]
    answer = ann.post(f"/drafts/{draft.id}/discard", ann.fields(path) | {"back": path})
    assert answer.location == path
    assert ann.see(path).form(path).fields["body"] == "Stored words."
    evil = ann.post(f"/drafts/{draft.id}/discard", ann.fields(path) | {"back": "//evil.example"})
    assert evil.status_code == 404


def test_too_long_a_draft_is_refused_with_its_text(world: World) -> None:
    ann = world.person("ann")
    for htmx in (True, False):
        answer = _save(ann, "/posts/new", htmx=htmx, body="x" * 100_001)
        assert answer.status_code == 422
        assert "A draft may have 100,000 characters" in page(answer).text
    assert page(answer).form("/posts/new").fields["body"] == "x" * 100_001
    assert drafts.all_of(world.generations.control, world.id("ann")) == []


def test_one_too_many_is_refused_with_its_text(world: World) -> None:
    ann = world.person("ann")
    for number in range(drafts.MAX_DRAFTS):
        drafts.save(world.generations.control, world.id("ann"), f"/{number}", {"body": "x"})
    answer = _save(ann, "/posts/new", body="kept words")
    assert answer.status_code == 409
    assert "Discard one" in page(answer).text
    assert page(answer).form("/posts/new").fields["body"] == "kept words"


@pytest.mark.parametrize(
    "place",
    [
        "",
        "/",
        "/posts/new",
        "/settings",
        "//evil.example",
        "/posts/new/",
        "/posts/x/edit",
        "/posts/\u0660/edit",
        "x" * 900,
        "\0",
    ],
)
def test_what_is_no_form_of_ours_keeps_no_draft(world: World, place: str) -> None:
    ann = world.person("ann")
    answer = ann.post(SAVE, ann.fields("/posts/new") | {"place": place, "body": "kept words"})
    assert answer.status_code == 400
    assert "kept words" in answer.text
    assert drafts.all_of(world.generations.control, world.id("ann")) == []


@pytest.mark.parametrize("version", ["x", "-1", "9" * 400, "\u0661", ""])
def test_a_broken_version_only_counts_as_none(world: World, version: str) -> None:
    ann = world.person("ann")
    answer = ann.post(SAVE, _new_post(ann) | {"body": "b", "draft": version}, htmx=True)
    assert answer.status_code == 200


def test_without_a_token_or_a_session_nothing_is_kept(world: World) -> None:
    ann = world.person("ann")
    assert ann.post(SAVE, {"place": f"/posts/new/{uuid7()}", "body": "b"}).status_code == 400
    assert ann.post(f"/drafts/{uuid7()}/discard", {}).status_code == 400
    assert ann.post("/drafts/x/discard", ann.fields("/posts/new")).status_code == 404
    assert world.visitor().get("/drafts").status_code == 302 or "login" in world.visitor().get("/drafts").location
    fields = _new_post(ann) | {"body": "kept words"}
    world.sessions.close_all(world.id("ann"))
    assert "data-draft-version" not in ann.post(SAVE, fields, htmx=True).text
    assert drafts.all_of(world.generations.control, world.id("ann")) == []


def test_the_text_of_a_page_that_broke_can_be_sent_again_from_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = world.person("ann")
    fields = ann.fields("/posts/new") | {"title": "kept title", "body": "kept words"}

    def broken(*_: object) -> None:
        raise RuntimeError

    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patch:
        patch.setattr(drafts, "delete_at", broken)
        answer = ann.post("/posts/new", fields)
    assert answer.status_code == 500
    form = page(answer).form("/posts/new")
    assert (form.fields["title"], form.fields["body"], form.buttons) == ("kept title", "kept words", ["Try again"])
    head = world.head()
    assert ann.post("/posts/new", form.fields).status_code == 303
    assert world.head() == head, "it was stored the first time"
