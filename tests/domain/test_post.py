"""Posts: what may be published, and what may happen to it afterwards."""

import pytest

from domain.errors import Conflict, Forbidden, Invalid, NotFound, Removed, StaleEdit, Suspended
from domain.post import (
    EditPost,
    ErasePost,
    LockPost,
    NewPost,
    PostEdited,
    PostErased,
    PostLocked,
    PostPublished,
    PostRemoved,
    PostRestored,
    RemovePost,
    RestorePost,
    UnlockPost,
)
from tests.domain.case import NOBODY, POST, people, published
from tests.people import id_of

NEW = NewPost(post=POST, title="  Hello \t there ", body="World\r\n", url=" https://example.org/a?b#c ")


def edit(version: int = 1, title: str = "Hello", body: str = "World!", reason: str = "") -> EditPost:
    return EditPost(post=POST, version=version, title=title, body=body, reason=reason)


def test_a_post_is_published_with_its_texts_tidied():
    people().when(NEW).then(
        PostPublished(
            post=POST,
            author=id_of("ada"),
            title="Hello there",
            body="World\n",
            url="https://example.org/a?b#c",
            source="",
        )
    )


def test_a_link_stands_for_a_body():
    case = people().when(NewPost(post=POST, title="Hello", url="http://example.org"))
    case.then(PostPublished(post=POST, author=id_of("ada"), title="Hello", body="", url="http://example.org"))


def test_a_title_alone_is_refused_but_for_imported_posts():
    people().when(NewPost(post=POST, title="Hello")).refused(Invalid, "A post needs a body or a link")
    case = people().when(NewPost(post=POST, title="Hello", source="posts.csv:x"))
    case.then(PostPublished(post=POST, author=id_of("ada"), title="Hello", body="", source="posts.csv:x"))


def test_everything_wrong_is_said_at_once():
    case = people().when(NewPost(post=POST, title=" ", body="b" * 40_001, url="javascript:alert(1)"))
    case.refused(Invalid)
    assert isinstance(case.outcome, Invalid)
    assert set(case.outcome.fields) == {"title", "body", "url"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//example.org", "example", "https://", "http:///x", "a b"])
def test_a_link_that_is_no_whole_address_is_refused(url: str):
    people().when(NewPost(post=POST, title="Hello", url=url)).refused(Invalid, "whole address")


def test_a_link_that_was_stored_before_a_rule_stays_as_it_is():
    old = "https://accounts.google.com@evil.example"
    case = people().given(PostPublished(post=POST, author=id_of("ada"), title="Hello", body="", url=old))
    case.when(EditPost(post=POST, version=1, title="Hello, you", body=""))
    case.then(PostEdited(post=POST, title="Hello, you", body="", url=old))


def test_a_source_is_a_short_line():
    people().when(NewPost(post=POST, title="Hello", source="x" * 201)).refused(Invalid, "Source")
    people().when(NewPost(post=POST, title="Hello", source="\ud800")).refused(Invalid, "Source")


def test_one_id_is_published_once():
    people().given(published()).when(NEW).refused(Conflict, "published already")


@pytest.mark.parametrize("id", ["", "x", POST.upper(), "post-" + POST, POST + "\n", "\ud800", "\0"])
def test_an_id_of_another_shape_is_no_post(id: str):
    people().when(NewPost(post=id, title="Hello", body="World")).refused(NotFound)
    people().when(RemovePost(post=id)).refused(NotFound)


def test_the_author_edits():
    people().given(published()).when(edit()).then(PostEdited(post=POST, title="Hello", body="World!"))


def test_an_edit_without_a_url_leaves_the_link_as_it_is():
    linked = PostPublished(post=POST, author=id_of("ada"), title="Hello", body="", url="https://a.org")
    case = (
        people()
        .given(linked)
        .when(edit())
        .then(PostEdited(post=POST, title="Hello", body="World!", url="https://a.org"))
    )
    case.when(EditPost(post=POST, version=2, title="Hello", body="World!", url=""))
    case.then(PostEdited(post=POST, title="Hello", body="World!", url=""))


def test_an_edit_that_changes_nothing_stores_nothing():
    people().given(published()).when(edit(body="World")).then()


def test_a_stale_edit_is_refused_with_both_texts():
    case = people().given(published(), PostEdited(post=POST, title="Hello", body="You")).when(edit(version=1))
    case.refused(StaleEdit)
    assert isinstance(case.outcome, StaleEdit)
    assert (case.outcome.version, case.outcome.current["body"], case.outcome.yours["body"]) == (2, "You", "World!")


def test_an_edit_from_the_future_is_stale_too():
    people().given(published()).when(edit(version=2)).refused(StaleEdit)
    people().given(published()).when(edit(version=2**70)).refused(StaleEdit)


def test_a_lock_or_a_removal_and_restore_between_doesnt_make_an_edit_stale():
    case = people().given(published(), PostRemoved(post=POST), PostRestored(post=POST), PostLocked(post=POST))
    case.when(edit(version=1)).then(PostEdited(post=POST, title="Hello", body="World!"))


def test_a_removed_post_isnt_edited():
    people().given(published(), PostRemoved(post=POST)).when(edit(version=2)).refused(Removed)


def test_a_moderator_owes_a_reason_to_edit_and_to_remove():
    for command in (edit(), RemovePost(post=POST)):
        people().given(published()).when(command, by="mod").refused(Invalid, "Reason can't be empty")
    case = people().given(published()).when(RemovePost(post=POST, reason=" spam  again "), by="mod")
    case.then(PostRemoved(post=POST, reason="spam again"))


def test_an_author_restores_their_own_removal_but_not_a_moderators():
    case = people().given(published(), PostRemoved(post=POST)).when(RestorePost(post=POST))
    case.then(PostRestored(post=POST))
    case.given(PostRemoved(post=POST), by="mod").when(RestorePost(post=POST)).refused(Forbidden, "moderator removed")
    case.when(RestorePost(post=POST), by="mod").then(PostRestored(post=POST))


def test_what_is_so_already_stores_nothing():
    case = people().given(published())
    case.when(UnlockPost(post=POST), by="mod").then()
    case.when(RestorePost(post=POST)).then()
    case.when(RemovePost(post=POST)).when(RemovePost(post=POST)).then()
    case.when(LockPost(post=POST), by="mod").when(LockPost(post=POST), by="mod").then()


def test_an_admin_erases_every_text_the_post_had():
    case = people().given(published(), PostEdited(post=POST, title="Secret", body="Secret"))
    case.when(ErasePost(post=POST, reason="asked for it"), by="root")
    case.then(PostErased(post=POST, erased=(1, 2), reason="asked for it"))
    texts = [bytes(event.data) for commit in case.store.read(0, 100) for event in commit.events]
    assert not any(b"Secret" in text or b"World" in text for text in texts)
    case.when(ErasePost(post=POST, reason=" asked  for it"), by="root").then()


def test_an_edit_typed_before_an_erasure_doesnt_bring_the_text_back():
    case = people().given(published()).when(ErasePost(post=POST, reason="asked"), by="root")
    case.when(edit(version=1)).refused(StaleEdit)
    case.when(edit(version=2, title="New", body="New")).then(PostEdited(post=POST, title="New", body="New"))
    case.when(ErasePost(post=POST, reason="asked"), by="root")
    case.then(PostErased(post=POST, erased=(2, 3), reason="asked"))


def test_nobody_acts_on_what_isnt_there():
    people().when(RemovePost(post=NOBODY)).refused(NotFound)


def test_the_suspended_and_the_unknown_publish_nothing():
    people().when(NEW, by="sus").refused(Suspended)
    people().when(NEW, by="nobody").refused(Forbidden, "Log in")
    people().when(NEW, by="").refused(Forbidden, "Log in")
