"""Comments and likes: as pages without JavaScript, and as the fragments that htmx swaps."""

import pytest

from tests.webapp.conftest import World
from tests.webapp.html_pages import page


def test_a_comment_stands_in_the_thread_and_counts(world: World) -> None:
    world.person("ann")
    bob = world.person("bob")
    post = world.post("ann")
    sent = bob.send(f"/posts/{post}", f"/posts/{post}/comments", body="First!")
    assert sent.status_code == 303
    assert "#comment-" in sent.location
    seen = bob.see(f"/posts/{post}")
    assert "1 comment" in seen.text
    assert "First!" in seen.text


def test_with_htmx_a_comment_is_appended_and_the_form_comes_back_empty(world: World) -> None:
    world.person("ann")
    bob = world.person("bob")
    post = world.post("ann")
    sent = bob.send(f"/posts/{post}", f"/posts/{post}/comments", body="First!", htmx=True)
    assert sent.status_code == 200
    assert "<html" not in sent.text
    assert '<hx-partial hx-target="#thread" hx-swap="beforeend">' in sent.text
    assert page(sent).form(f"/posts/{post}/comments").fields["body"] == ""
    assert sent.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in sent.headers["Vary"]


def test_with_htmx_a_comment_not_shown_yet_is_said_to_be_saved_and_not_faked(world: World) -> None:
    bob = world.person("bob")
    post = world.post("bob")
    world.bus.lags = True
    sent = bob.send(f"/posts/{post}", f"/posts/{post}/comments", body="First!", htmx=True)
    assert "Saved. Lists are catching up." in sent.text
    assert "First!" not in sent.text
    assert "0 comments" in sent.text


def test_a_reply_hangs_below_its_comment(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    post = world.post("ann")
    above = world.comment("bob", post)
    sent = ann.send(f"/comments/{above}/reply", body="Indeed.")
    assert sent.status_code == 303
    below = bob.get(f"/posts/{post}").text.partition(f'id="replies-{above}"')[2]
    assert "Indeed." in below


def test_with_htmx_a_reply_is_appended_below_its_comment(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    above = world.comment("ann", post)
    opened = ann.get(f"/comments/{above}/reply", headers={"HX-Request": "true"})
    assert "<html" not in opened.text
    fields = page(opened).form(f"/comments/{above}/reply").fields | {"body": "Indeed."}
    sent = ann.post(f"/comments/{above}/reply", fields, htmx=True)
    assert f'<hx-partial hx-target="li:has(> #comment-{above})" hx-swap="beforeend">' in sent.text
    assert f'id="replies-{above}"' in sent.text


def test_an_empty_comment_comes_back_with_a_sentence(world: World) -> None:
    bob = world.person("bob")
    post = world.post("bob")
    sent = bob.send(f"/posts/{post}", f"/posts/{post}/comments", body=" \n ")
    assert sent.status_code == 422
    assert "Comment can't be empty." in page(sent).text


def test_with_htmx_a_comment_is_edited_in_place(world: World) -> None:
    bob = world.person("bob")
    comment = world.comment("bob", world.post("bob"))
    opened = bob.get(f"/comments/{comment}/edit", headers={"HX-Request": "true"})
    fields = page(opened).form(f"/comments/{comment}/edit").fields
    assert fields["body"] == "Well said."
    sent = bob.post(f"/comments/{comment}/edit", fields | {"body": "Better said."}, htmx=True)
    assert f'id="comment-{comment}"' in sent.text
    assert "Better said." in sent.text
    assert "<html" not in sent.text


def test_the_second_of_two_edits_of_a_comment_gets_both_texts(world: World) -> None:
    bob, mod = world.person("bob"), world.person("mod", "moderator")
    comment = world.comment("bob", world.post("bob"))
    edit = f"/comments/{comment}/edit"
    opened = bob.fields(edit)
    mod.send(edit, body="Said milder.", reason="Tone.")
    late = bob.post(edit, opened | {"body": "Said louder."}, htmx=True)
    assert late.status_code == 409
    assert "Said milder." in page(late).text
    assert page(late).form(edit).fields["body"] == "Said louder."
    assert bob.post(edit, page(late).form(edit).fields).status_code == 303


def test_a_removed_comment_leaves_a_tombstone_with_its_replies_in_place(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    post = world.post("ann")
    above = world.comment("bob", post, body="Regretted.")
    world.comment("ann", post, body="A reply.", parent=above)
    sent = bob.send(f"/posts/{post}", f"/comments/{above}/remove", htmx=True)
    assert "Removed by its author" in page(sent).text
    seen = ann.see(f"/posts/{post}").text
    assert "Regretted." not in seen
    assert "A reply." in seen
    bob.send(f"/posts/{post}", f"/comments/{above}/restore")
    assert "Regretted." in ann.see(f"/posts/{post}").text


def test_a_moderator_removes_a_comment_with_a_reason_that_its_author_sees(world: World) -> None:
    bob, mod = world.person("bob"), world.person("mod", "moderator")
    post = world.post("bob")
    comment = world.comment("bob", post)
    without = mod.send(f"/comments/{comment}/remove")
    assert without.status_code == 422
    assert "Reason can't be empty." in page(without).text
    mod.send(f"/comments/{comment}/remove", reason="Insult.")
    seen = bob.see(f"/posts/{post}")
    assert "Removed by mod. Reason: Insult." in seen.text
    assert "Removed by a moderator. Reason: Insult." in world.visitor().see(f"/posts/{post}").text
    assert not [form for form in seen.forms if form.action == f"/comments/{comment}/restore"]


def test_a_like_counts_once_and_swaps_its_own_button(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    post = world.post("ann")
    sent = bob.send(f"/posts/{post}", f"/posts/{post}/like", htmx=True)
    assert page(sent).form(f"/posts/{post}/unlike").buttons == ["Unlike"]
    assert "1 like" in page(sent).text
    bob.send(f"/posts/{post}", f"/posts/{post}/unlike")
    ann.send(f"/posts/{post}", f"/posts/{post}/like")
    assert "1 like" in bob.see(f"/posts/{post}").text


def test_a_comment_is_liked_without_javascript(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    comment = world.comment("ann", post)
    sent = ann.send(f"/posts/{post}", f"/comments/{comment}/like")
    assert sent.location.endswith(f"#comment-{comment}")
    assert page(ann.get(f"/posts/{post}")).form(f"/comments/{comment}/unlike").buttons == ["Unlike"]


def test_every_button_has_its_bare_name_and_no_article_has_one_twice(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    comment = world.comment("ann", post)
    forms = ann.see(f"/posts/{post}").forms
    for of, own in (
        (f"/posts/{post}/", ["Like", "Edit", "Remove"]),
        (f"/comments/{comment}/", ["Like", "Reply", "Edit", "Remove"]),
    ):
        assert [
            name
            for form in forms
            if form.action.startswith(of)
            for name in form.buttons
            if name not in ("Add comment", "Save draft")
        ] == own


def test_ids_are_unique_on_a_page_with_open_forms(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    comment = world.comment("ann", post)
    ids = ann.see(f"/posts/{post}").ids
    for path in (f"/comments/{comment}/reply",):
        ids += page(ann.get(path, headers={"HX-Request": "true"})).ids
    assert len(ids) == len(set(ids))


def test_a_comments_own_address_leads_to_the_page_of_the_thread_that_it_is_on(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    comments = [world.comment("ann", post, body=f"Number {n}.") for n in range(52)]
    assert ann.get(f"/comments/{comments[0]}").location == f"/posts/{post}#comment-{comments[0]}"
    further = ann.get(f"/comments/{comments[51]}").location
    assert f'id="comment-{comments[51]}"' in ann.get(further).text
    assert "From the beginning of the thread" in ann.see(further).text


@pytest.mark.parametrize("how", [{"HX-History-Restore-Request": "true"}, {"HX-Request": "true", "HX-Boosted": "true"}])
def test_a_restored_or_boosted_page_is_whole(world: World, how: dict[str, str]) -> None:
    ann = world.person("ann")
    whole = ann.get(f"/posts/{world.post('ann')}", headers=how | {"HX-Request-Type": "full"})
    assert "<html" in whole.text


def test_a_removed_posts_comments_are_gone_with_it(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    post = world.post("ann")
    comment = world.comment("ann", post)
    ann.send(f"/posts/{post}", f"/posts/{post}/remove")
    for headers in ({}, {"HX-Request": "true"}):
        gone = bob.get(f"/comments/{comment}", headers=headers)
        assert gone.status_code == 410
        assert "Well said." not in gone.text
