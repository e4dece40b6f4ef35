"""What changed in threads since somebody was there, counted with bounded work."""

import pytest

from domain.comment import EditComment, RemoveComment, RestoreComment
from readmodel import unread_counts
from readmodel.engine.queries import CommentById
from readmodel.unread_counts import CommentsRemovedSince, NewComments
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained


def test_new_are_standing_comments_of_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = site.publish(), site.publish()
    seen = site.ask(CommentById(comment=site.comment(one))).created_at
    site.comment(one, by="ann")
    gone = site.comment(one)
    site.send(RemoveComment(comment=gone), "bob")
    site.comment(one)
    site.comment(one, by="mod")

    assert site.ask(NewComments(since={one: seen, two: seen}, viewer="ann")) == {one: 2}
    assert site.ask(NewComments(since={}, viewer="ann")) == {}


def test_removed_since_are_those_removed_after_the_moment(site: Site) -> None:
    post = site.publish()
    early, late, back, edited = (site.comment(post) for _ in range(4))
    site.send(RemoveComment(comment=early), "bob")
    moment = site.facts[-1].at
    for id in (late, back):
        site.send(RemoveComment(comment=id), "bob")
    site.send(RestoreComment(comment=back), "bob")
    site.send(EditComment(comment=edited, version=1, body="Other"), "bob")

    assert site.ask(CommentsRemovedSince(comments=(early, late, edited), since=moment)) == {late}
    assert site.ask(CommentsRemovedSince(comments=(), since=moment)) == frozenset()


def test_counting_walks_the_index_of_each_thread(site: Site) -> None:
    plan = explained(site.engine, unread_counts.counting_statement(2))
    assert plan.count("SEARCH comments USING INDEX comments_of_post (post=? AND created_at>?)") == 2, plan
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN comments") for step in plan), plan
