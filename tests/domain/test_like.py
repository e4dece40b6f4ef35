"""Likes: one small stream for each person and thing, and repeating one changes nothing."""

import pytest

from domain.comment import CommentRemoved
from domain.errors import Forbidden, NotFound, Removed, Suspended
from domain.like import Like, Liked, Unlike, Unliked
from domain.post import PostLocked, PostRemoved
from tests.domain.case import COMMENT, NOBODY, POST, added, people, published
from tests.people import id_of

TARGET = f"post-{POST}"


def test_a_post_is_liked_and_unliked():
    case = people().given(published()).when(Like(target=TARGET), by="bob")
    case.then(Liked(target=TARGET, thread=POST, account=id_of("bob")))
    case.when(Unlike(target=TARGET), by="bob").then(Unliked(target=TARGET, thread=POST, account=id_of("bob")))
    case.when(Like(target=TARGET), by="bob").then(Liked(target=TARGET, thread=POST, account=id_of("bob")))


def test_a_comment_is_liked_in_its_thread():
    target = f"comment-{COMMENT}"
    case = people().given(published(), added()).when(Like(target=target), by="bob")
    case.then(Liked(target=target, thread=POST, account=id_of("bob")))
    assert case.stored[0].key == POST


def test_twice_is_once():
    case = people().given(published()).when(Like(target=TARGET)).when(Like(target=TARGET)).then()
    case.when(Unlike(target=TARGET)).when(Unlike(target=TARGET)).then()


def test_what_is_removed_takes_no_likes_but_lets_go_of_them():
    case = people().given(published(), Liked(target=TARGET, thread=POST, account=id_of("ada")), PostRemoved(post=POST))
    case.when(Like(target=TARGET), by="bob").refused(Removed)
    case.when(Unlike(target=TARGET)).then(Unliked(target=TARGET, thread=POST, account=id_of("ada")))
    case = people().given(published(), added(), CommentRemoved(comment=COMMENT))
    case.when(Like(target=f"comment-{COMMENT}")).refused(Removed)


def test_a_locked_thread_still_takes_likes():
    case = people().given(published(), PostLocked(post=POST)).when(Like(target=TARGET))
    case.then(Liked(target=TARGET, thread=POST, account=id_of("ada")))


@pytest.mark.parametrize(
    "target", ["", "post", "post-", f"post-{NOBODY}", f"comment-{POST}", "account-ada", POST, "post-\ud800", "\0"]
)
def test_there_is_nothing_to_like_there(target: str):
    for command in (Like(target=target), Unlike(target=target)):
        people().given(published()).when(command).refused(NotFound)


def test_the_suspended_and_the_unknown_like_nothing():
    people().given(published()).when(Like(target=TARGET), by="sus").refused(Suspended)
    people().given(published()).when(Like(target=TARGET), by="nobody").refused(Forbidden)
