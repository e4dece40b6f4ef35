"""What whoever wants to leave is shown: all that they wrote, what others wrote to them, and for admins who leaves."""

import pytest

from domain.comment import RemoveComment
from domain.errors import Invalid
from domain.handle import ChangeHandle
from domain.leaving import Leave, Return
from domain.post import RemovePost
from readmodel import newest
from readmodel.handles import LeavingAccounts
from readmodel.inbox import WrittenToThem, WrittenToThemCount
from readmodel.newest import WritingCounts, WritingsOf, WrittenBy
from tests.people import id_of
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained

NOW, LATER = "2026-06-01T00:00:00.000000Z", "2027-06-01T00:00:00.000000Z"


def test_all_that_somebody_wrote_comes_newest_first_by_pages(site: Site) -> None:
    streams = []
    for _ in range(3):
        post = site.publish()
        streams += [f"post-{post}", f"comment-{site.comment(post, by='ann')}"]
        site.comment(post, by="bob")
    site.send(RemovePost(post=streams[0].removeprefix("post-")), "ann")
    site.send(RemoveComment(comment=streams[3].removeprefix("comment-")), "ann")
    for limit in (1, 2, 3, 5, 6, 7):
        seen, after = [], None
        while True:
            page = site.ask(WritingsOf(author="ann", after=after, limit=limit))
            assert len(page.items) <= limit
            seen += [(one.stream, one.removed) for one in page.items]
            if (after := page.next) is None:
                break
            assert page.items
        assert seen == [(stream, stream in (streams[0], streams[3])) for stream in reversed(streams)]
    with pytest.raises(Invalid):
        site.ask(WritingsOf(author="ann", after=("x", 1)))


def test_they_are_counted_and_told_from_others(site: Site) -> None:
    post, theirs = site.publish(), site.publish(by="bob")
    answer = site.comment(theirs, by="ann")
    assert site.ask(WritingCounts(author="ann")) == {"post": 1, "comment": 1}
    asked = (f"post-{post}", f"post-{theirs}", f"comment-{answer}", "comment-nonsense")
    assert site.ask(WrittenBy(author="ann", streams=asked)) == {"post": {asked[0]}, "comment": {asked[2]}}
    assert site.ask(WritingCounts(author="nobody")) == {"post": 0, "comment": 0}


@pytest.mark.parametrize(("kind", "listing"), newest._WRITINGS)
def test_they_are_read_by_an_index(site: Site, kind: str, listing: newest.Keyset) -> None:
    for statement in listing[:3]:
        (step,) = explained(site.engine, statement.limit(50))
        assert step.startswith(f"SEARCH {kind}s USING INDEX {kind}s_of_author")


def test_what_others_wrote_to_somebody_is_counted_and_the_newest_is_shown(site: Site) -> None:
    post = site.publish()
    answers = [site.comment(post) for _ in range(3)]
    site.comment(post, by="ann")
    mention = site.publish(body="for @ann", by="bob")
    site.send(ChangeHandle(handle="ann", new_handle="anna", now=NOW, former_until=LATER), "ann")
    site.publish(body="not for her: @ann", by="bob")
    site.send(RemoveComment(comment=answers[0]), "bob")
    assert site.ask(WrittenToThemCount(account="anna")) == 3
    newest_two = site.ask(WrittenToThem(account="anna", limit=2))
    assert [one.stream for one in newest_two] == [f"post-{mention}", f"comment-{answers[2]}"]
    assert newest_two[0].actor == "bob"


def test_admins_see_who_leaves_by_name_the_first_to_be_closed_first(site: Site) -> None:
    site.people("zoe", "yan", "xia")
    for handle, until in (("zoe", "2026-07-02"), ("yan", "2026-07-01"), ("xia", "2026-07-03")):
        site.send(Leave(handle=handle, words="keep", until=f"{until}T00:00:00.000000Z"), handle)
    site.send(Return(handle=id_of("xia"), now=NOW), id_of("xia"))
    assert [(one.id, one.handle) for one in site.ask(LeavingAccounts())] == [
        (id_of("yan"), "yan"),
        (id_of("zoe"), "zoe"),
    ]
