"""Comments: replies in a thread, at most so deep, none where the thread is closed."""

import pytest

from domain.comment import (
    MAX_DEPTH,
    AddComment,
    CommentAdded,
    CommentEdited,
    CommentErased,
    CommentRemoved,
    CommentRestored,
    EditComment,
    EraseComment,
    RemoveComment,
    RestoreComment,
)
from domain.errors import Conflict, Forbidden, Invalid, Locked, NotFound, Removed, StaleEdit
from domain.post import PostLocked, PostRemoved
from tests.domain.case import COMMENT, NOBODY, POST, REPLY, added, people, published
from tests.people import id_of

ADD = AddComment(comment=COMMENT, post=POST, body="Indeed")
ANSWER = AddComment(comment=REPLY, post=POST, body="Why?", parent=COMMENT)


def edit(body: str = "Or not", version: int = 1, reason: str = "") -> EditComment:
    return EditComment(comment=COMMENT, version=version, body=body, reason=reason)


def test_a_comment_on_a_post_is_the_root_of_its_branch():
    people().given(published()).when(ADD).then(added())


def test_an_answer_hangs_under_its_parent_and_keeps_the_root():
    case = people().given(published(), added()).when(ANSWER, by="bob")
    case.then(
        CommentAdded(comment=REPLY, post=POST, parent=COMMENT, root=COMMENT, depth=1, author=id_of("bob"), body="Why?")
    )


def test_an_answer_to_the_deepest_stands_beside_it():
    case = people().given(published(), added(NOBODY), added(COMMENT, parent=NOBODY, depth=MAX_DEPTH)).when(ANSWER)
    case.then(
        CommentAdded(
            comment=REPLY, post=POST, parent=NOBODY, root=COMMENT, depth=MAX_DEPTH, author=id_of("ada"), body="Why?"
        )
    )


def test_one_id_is_added_once():
    people().given(published(), added()).when(ADD).refused(Conflict, "added already")


@pytest.mark.parametrize("parent", ["", "x", NOBODY, POST, "\ud800"])
def test_an_answer_to_nothing_in_this_thread_is_refused(parent: str):
    answer = AddComment(comment=REPLY, post=POST, body="Why?", parent=parent)
    people().given(published()).when(answer).refused(NotFound)


def test_an_answer_to_another_threads_comment_is_refused():
    answer = AddComment(comment=REPLY, post=NOBODY, body="Why?", parent=COMMENT)
    people().given(published(), published(NOBODY), added()).when(answer).refused(NotFound, "not in this thread")


def test_an_answer_to_a_removed_comment_is_refused():
    people().given(published(), added(), CommentRemoved(comment=COMMENT)).when(ANSWER).refused(Conflict, "removed")


def test_a_removed_post_closes_its_thread_for_all():
    for by in ("ada", "mod"):
        people().given(published(), PostRemoved(post=POST)).when(ADD, by=by).refused(Removed)


def test_a_locked_thread_takes_comments_and_edits_of_moderators_alone():
    case = people().given(published(), added(), PostLocked(post=POST))
    case.when(ANSWER).refused(Locked)
    case.when(edit()).refused(Locked)
    case.when(ANSWER, by="mod").then(
        CommentAdded(comment=REPLY, post=POST, parent=COMMENT, root=COMMENT, depth=1, author=id_of("mod"), body="Why?")
    )
    case.when(RemoveComment(comment=COMMENT)).then(CommentRemoved(comment=COMMENT))


def test_a_thread_without_a_post_is_refused():
    people().when(ADD).refused(NotFound)


@pytest.mark.parametrize(
    "body", ["", " \n\t ", "\u200b\u2060\ufeff", "\u3164", "x" * 10_001, "a\0b", "\x1b[31m", "\udfff"]
)
def test_a_comment_needs_fit_words(body: str):
    people().given(published()).when(AddComment(comment=COMMENT, post=POST, body=body)).refused(Invalid)
    people().given(published(), added()).when(edit(body)).refused(Invalid)


def test_its_author_edits_a_comment_and_a_moderator_with_a_reason():
    case = people().given(published(), added()).when(edit()).then(CommentEdited(comment=COMMENT, body="Or not"))
    case.when(edit("Or so", version=2), by="mod").refused(Invalid, "Reason")
    case.when(edit("Or so", version=2, reason="typo"), by="mod")
    case.then(CommentEdited(comment=COMMENT, body="Or so", reason="typo"))
    case.when(edit("No!", version=3), by="bob").refused(Forbidden)


def test_a_stale_edit_is_refused_with_both_texts():
    case = people().given(published(), added(), CommentEdited(comment=COMMENT, body="Later")).when(edit())
    case.refused(StaleEdit)
    assert isinstance(case.outcome, StaleEdit)
    assert (case.outcome.current, case.outcome.yours) == ({"body": "Later"}, {"body": "Or not"})


def test_a_removed_comment_isnt_edited_and_comes_back_by_who_removed_it():
    case = people().given(published(), added()).when(RemoveComment(comment=COMMENT))
    case.then(CommentRemoved(comment=COMMENT)).when(edit()).refused(Removed)
    case.when(RestoreComment(comment=COMMENT), by="bob").refused(Forbidden)
    case.when(RestoreComment(comment=COMMENT)).then(CommentRestored(comment=COMMENT))
    case.when(RemoveComment(comment=COMMENT, reason="rude"), by="mod")
    case.then(CommentRemoved(comment=COMMENT, reason="rude"))
    case.when(RestoreComment(comment=COMMENT)).refused(Forbidden, "moderator")


def test_what_is_so_already_stores_nothing():
    case = people().given(published(), added())
    case.when(edit("Indeed")).then()
    case.when(RestoreComment(comment=COMMENT)).then()
    case.when(RemoveComment(comment=COMMENT)).when(RemoveComment(comment=COMMENT)).then()


def test_an_admin_erases_every_text_and_an_older_edit_doesnt_bring_it_back():
    case = people().given(published(), added(), CommentEdited(comment=COMMENT, body="More"))
    case.when(EraseComment(comment=COMMENT, reason="asked"), by="root")
    case.then(CommentErased(comment=COMMENT, erased=(1, 2), reason="asked"))
    case.when(edit(version=2)).refused(StaleEdit)
    case.when(EraseComment(comment=COMMENT, reason="asked"), by="root").then()
