"""The newest comments of a thread, without what is gone and without sorting."""

from domain.comment import RemoveComment
from readmodel import newest
from readmodel.newest import NewestComments
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained


def test_the_newest_come_first_without_removed_ones(site: Site) -> None:
    post = site.publish()
    first, gone, last = (site.comment(post) for _ in range(3))
    site.comment(site.publish())
    site.send(RemoveComment(comment=gone), "bob")

    assert [comment.id for comment in site.ask(NewestComments(post=post))] == [last, first]
    assert [comment.id for comment in site.ask(NewestComments(post=post, limit=1))] == [last]


def test_it_walks_an_index_and_sorts_nothing(site: Site) -> None:
    plan = explained(site.engine, newest._NEWEST.limit(50))
    assert plan == ["SEARCH comments USING INDEX comments_of_post (post=?)"]
