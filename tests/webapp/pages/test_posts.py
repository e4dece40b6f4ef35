"""Posts through the pages: given a site, when somebody sends a form, then this is what they see and what is stored."""

import pytest

from domain.post import ErasePost
from tests.webapp.conftest import World
from tests.webapp.html_pages import page


def test_a_published_post_is_on_its_page_and_in_the_feed(world: World) -> None:
    ann = world.person("ann")
    sent = ann.send("/posts/new", title="A title", body="Some *words* #tag")
    assert sent.status_code == 303
    assert "Some words" in ann.see(sent.location).text
    assert "A title" in world.visitor().see("/?tag=tag").text


def test_a_post_without_body_but_with_a_link_leads_there(world: World) -> None:
    ann = world.person("ann")
    sent = ann.send("/posts/new", title="Elsewhere", url="https://example.org/x")
    assert 'href="https://example.org/x"' in ann.get(sent.location).text


def test_a_form_sent_twice_publishes_once(world: World) -> None:
    ann = world.person("ann")
    fields = ann.fields("/posts/new") | {"title": "Once", "body": "words"}
    first, second = ann.post("/posts/new", fields), ann.post("/posts/new", fields)
    assert first.location == second.location
    assert ann.see("/").text.count("Once") == 1


def test_a_form_sent_again_with_other_words_comes_back_with_them_and_a_new_number(world: World) -> None:
    ann = world.person("ann")
    fields = ann.fields("/posts/new") | {"title": "Once", "body": "words"}
    ann.post("/posts/new", fields)
    again = ann.post("/posts/new", fields | {"body": "other words"})
    form = page(again).form("/posts/new")
    assert again.status_code == 409
    assert "sent before with other content" in page(again).text
    assert form.fields["body"] == "other words"
    assert form.fields["command_id"] != fields["command_id"]
    assert ann.post("/posts/new", form.fields).status_code == 303


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "has been erased since"), ("de", "ist seitdem gelöscht worden")]
)
def test_a_form_whose_words_were_erased_meanwhile_comes_back_with_them(
    world: World, language: str, sentence: str
) -> None:
    ann = world.person("ann")
    world.person("root", "admin")
    fields = ann.fields("/posts/new") | {"title": "Once", "body": "words"}
    id = ann.post("/posts/new", fields).location.rpartition("/")[2]
    world.given(ErasePost(post=id, reason="r"), "root")
    again = ann.client.post("/posts/new", data=fields | {"body": "other"}, headers={"Accept-Language": language})
    form = page(again).form("/posts/new")
    assert again.status_code == 409
    assert sentence in page(again).text
    assert form.fields["body"] == "other"
    assert ann.post("/posts/new", form.fields).status_code == 303


def test_what_is_wrong_is_said_at_each_field_with_the_text_kept(world: World) -> None:
    ann = world.person("ann")
    sent = ann.send("/posts/new", title="t" * 301, body="words", url="nowhere")
    form = page(sent).form("/posts/new")
    assert sent.status_code == 422
    assert form.fields["title"] == "t" * 301
    assert form.described["title"]["aria-invalid"] == "true"
    assert form.described["title"]["aria-describedby"] in " ".join(page(sent).ids)
    assert "301 characters long; 300 is the most" in page(sent).text
    assert "Link must be a whole address" in page(sent).text


def test_text_that_begins_with_an_empty_line_comes_back_with_it(world: World) -> None:
    ann = world.person("ann")
    sent = ann.send("/posts/new", title="", body="\r\n\r\nwords")
    assert page(sent).form("/posts/new").fields["body"] == "\r\n\r\nwords"


def test_an_author_edits_and_everyone_reads_the_new_words(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    sent = ann.send(f"/posts/{post}/edit", body="New words.")
    assert sent.location == f"/posts/{post}"
    assert "New words." in world.visitor().see(sent.location).text


def test_a_moderator_says_why_and_the_author_sees_it(world: World) -> None:
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    post = world.post("ann")
    without = mod.send(f"/posts/{post}/edit", body="Milder words.")
    assert without.status_code == 422
    assert page(without).form(f"/posts/{post}/edit").fields["body"] == "Milder words."
    mod.post(f"/posts/{post}/edit", page(without).form(f"/posts/{post}/edit").fields | {"reason": "Too harsh."})
    assert "Edited by mod. Reason: Too harsh." in ann.see(f"/posts/{post}").text


def test_the_second_of_two_edits_gets_both_texts_and_may_overwrite_knowingly(world: World) -> None:
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    post = world.post("ann", body="The first words.")
    edit = f"/posts/{post}/edit"
    opened = ann.fields(edit)
    mod.send(edit, body="The moderated words.", reason="Tone.")
    late = ann.post(edit, opened | {"body": "The author's words."})
    form = page(late).form(edit)
    assert late.status_code == 409
    assert "Someone changed this while you were editing" in page(late).text
    assert "The moderated words." in page(late).text
    assert "<ins>" in late.text
    assert "<del>" in late.text
    assert form.fields["body"] == "The author's words."
    assert ann.post(edit, form.fields).status_code == 303
    assert "The author's words." in ann.see(f"/posts/{post}").text


def test_a_removed_post_is_gone_for_others_and_its_author_brings_it_back(world: World) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    post = world.post("ann", title="Regretted")
    ann.send(f"/posts/{post}", f"/posts/{post}/remove")
    gone = bob.get(f"/posts/{post}")
    assert gone.status_code == 410
    assert "Regretted" not in gone.text
    assert "Removed by its author" in ann.see(f"/posts/{post}").text
    ann.send(f"/posts/{post}", f"/posts/{post}/restore")
    assert "Regretted" in bob.see(f"/posts/{post}").text


def test_a_moderators_removal_owes_a_reason_that_the_author_sees_without_a_restore_button(world: World) -> None:
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    post = world.post("ann")
    remove = f"/posts/{post}/remove"
    without = mod.send(remove)
    assert without.status_code == 422
    assert "Reason can't be empty." in page(without).text
    mod.post(remove, page(without).form(remove).fields | {"reason": "Spam."})
    seen = ann.see(f"/posts/{post}")
    assert "Removed by mod. Reason: Spam." in seen.text
    assert not [form for form in seen.forms if form.action.endswith("/restore")]
    assert mod.send(f"/posts/{post}/restore").status_code == 303


def test_a_locked_thread_offers_no_form_and_refuses_with_the_text_kept(world: World) -> None:
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    post = world.post("ann")
    comments = f"/posts/{post}/comments"
    opened = ann.fields(f"/posts/{post}", comments)
    mod.send(f"/posts/{post}", f"/posts/{post}/lock")
    late = ann.post(comments, opened | {"body": "Too late?"})
    assert late.status_code == 409
    assert "locked this thread" in page(late).text
    assert "Too late?" in late.text
    mod.send(f"/posts/{post}", f"/posts/{post}/unlock")
    assert ann.post(comments, opened | {"body": "Not late."}).status_code == 303


def test_a_stranger_sees_no_edit_page_of_anothers_post(world: World) -> None:
    world.person("ann")
    bob = world.person("bob")
    assert bob.get(f"/posts/{world.post('ann')}/edit").status_code == 403


def test_a_preview_shows_markdown_and_stores_nothing(world: World) -> None:
    ann = world.person("ann")
    before = world.head()
    fields = ann.fields("/posts/new") | {"title": "", "body": "*loud* <script>alert(1)</script>"}
    shown = ann.post("/preview", fields, htmx=True)
    assert "<em>loud</em>" in shown.text
    assert "<script" not in shown.text
    assert "<html" not in shown.text
    assert world.head() == before


def test_a_post_that_no_page_shows_yet_is_said_to_be_saved(world: World) -> None:
    ann = world.person("ann")
    world.bus.lags = True
    sent = ann.send("/posts/new", title="Ahead", body="words")
    waiting = ann.get(sent.location)
    assert waiting.status_code == 202
    assert "Your post is stored" in page(waiting).text
    assert world.visitor().get(sent.location).status_code == 404
    world.bus.catch_up()
    assert "Ahead" in ann.see(sent.location).text


def test_an_edit_that_no_page_shows_yet_is_said_to_be_saved(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    world.bus.lags = True
    ann.send(f"/posts/{post}/edit", body="Newer")
    seen = ann.see(f"/posts/{post}")
    assert "Saved. Lists are catching up." in seen.text
    assert "Newer" not in seen.text
