"""Comments as rows, and threads in reading order."""

from typing import Any

import pytest

from domain import comment
from domain.comment import MAX_DEPTH
from readmodel import threads
from readmodel.engine.queries import (
    AccountByHandle,
    CommentById,
    CommentsBy,
    CommentsOf,
    PostById,
    RemovedComments,
    ThreadOf,
)
from readmodel.threads import AuthorsOf
from tests.readmodel.site import Site, empty_tables, fold


def bodies(page: Any) -> list[str]:
    return [item.body for item in page.items]


@pytest.fixture
def thread(site: Site) -> dict[str, str]:
    """a(a1(a11), a2), b(b1), c; b1 is the first reply."""
    ids = {"post": site.publish()}
    for name, parent in (("a", ""), ("b", ""), ("c", ""), ("b1", "b"), ("a1", "a"), ("a2", "a"), ("a11", "a1")):
        ids[name] = site.comment(ids["post"], name, parent=ids.get(parent))
    return ids


def test_a_thread_reads_depth_first(site: Site, thread: dict[str, str]) -> None:
    page = site.ask(ThreadOf(post=thread["post"]))

    assert bodies(page) == ["a", "a1", "a11", "a2", "b", "b1", "c"]
    assert [item.depth for item in page.items] == [0, 1, 2, 1, 0, 1, 0]
    assert page.next is None


def test_a_page_of_a_thread_holds_whole_branches(site: Site, thread: dict[str, str]) -> None:
    first = site.ask(ThreadOf(post=thread["post"], limit=2))
    assert bodies(first) == ["a", "a1", "a11", "a2", "b", "b1"]

    second = site.ask(ThreadOf(post=thread["post"], limit=2, after=first.next))
    assert bodies(second) == ["c"]
    assert second.next is None


def test_a_page_ends_early_before_a_branch_that_would_make_it_too_long(
    site: Site, thread: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 4)
    first = site.ask(ThreadOf(post=thread["post"]))
    assert bodies(first) == ["a", "a1", "a11", "a2"]
    assert not first.ends_within_branch
    assert bodies(site.ask(ThreadOf(post=thread["post"], after=first.next))) == ["b", "b1", "c"]


@pytest.mark.parametrize("limit", ["MAX_COMMENTS", "MAX_CHARS"])
@pytest.mark.parametrize("room", range(1, 10))
def test_every_comment_is_on_one_page_of_the_thread_and_pages_are_bounded(
    site: Site, thread: dict[str, str], monkeypatch: pytest.MonkeyPatch, limit: str, room: int
) -> None:
    for name in ("a3", "a4", "a5"):
        site.comment(thread["post"], name, parent=thread["a"])
    monkeypatch.setattr(threads, limit, room)
    pages = _pages(site, thread["post"])

    assert sorted(body for page in pages for body in page) == sorted(
        ["a", "a1", "a11", "a2", "a3", "a4", "a5", "b", "b1", "c"]
    )
    assert all(len(page) == 1 or len("".join(page) if limit == "MAX_CHARS" else page) <= room for page in pages)


def _pages(site: Site, post: str) -> list[list[str]]:
    page = site.ask(ThreadOf(post=post))
    found = [bodies(page)]
    while page.next:
        page = site.ask(ThreadOf(post=post, after=page.next))
        found.append(bodies(page))
        assert len(found) < 20
    return found


def test_a_branch_that_is_too_long_goes_on_over_pages_and_can_be_passed_over(
    site: Site, thread: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 3)
    cut = site.ask(ThreadOf(post=thread["post"]))
    assert bodies(cut) == ["a", "a1", "a2"]
    assert cut.ends_within_branch
    assert bodies(site.ask(ThreadOf(post=thread["post"], after=cut.next))) == ["a11", "b", "b1"]
    passed = site.ask(ThreadOf(post=thread["post"], after=cut.next_branch))
    assert bodies(passed) == ["b", "b1", "c"]
    assert passed.next_branch is None


def test_whom_a_reply_answers_is_known_unless_that_was_removed(site: Site, thread: dict[str, str]) -> None:
    site.send(comment.RemoveComment(comment=thread["a1"], reason="Rude"), "mod")

    assert site.ask(AuthorsOf(comments=(thread["a"], thread["a1"]))) == {thread["a"]: "bob"}
    assert site.ask(AuthorsOf(comments=())) == {}


def test_a_comment_whose_parent_or_branch_is_parked_is_still_shown(
    site: Site, thread: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = empty_tables()
    parked = {f"comment-{thread['a1']}", f"comment-{thread['b']}"}
    fold(engine, [fact for fact in site.facts if fact.stream not in parked])
    site.engine = engine

    assert bodies(site.ask(ThreadOf(post=thread["post"]))) == ["a", "a2", "a11", "c", "b1"]
    monkeypatch.setattr(threads, "MAX_COMMENTS", 1)
    assert [name for page in _pages(site, thread["post"]) for name in page] == ["a", "a2", "a11", "c", "b1"]


def test_replies_at_the_deepest_stay_in_their_branch(site: Site) -> None:
    on = site.publish()
    last = site.comment(on, "0")
    for n in range(1, MAX_DEPTH + 3):
        last = site.comment(on, str(n), parent=last)

    page = site.ask(ThreadOf(post=on))

    assert bodies(page) == [str(n) for n in range(MAX_DEPTH + 3)]
    assert max(item.depth for item in page.items) == MAX_DEPTH


def test_comments_of_a_post_come_oldest_first_in_pages(site: Site, thread: dict[str, str]) -> None:
    first = site.ask(CommentsOf(post=thread["post"], limit=4))
    rest = site.ask(CommentsOf(post=thread["post"], limit=4, after=first.next))

    assert bodies(first) + bodies(rest) == ["a", "b", "c", "b1", "a1", "a2", "a11"]
    assert rest.next is None


def test_a_removed_comment_keeps_its_place_and_says_why(site: Site, thread: dict[str, str]) -> None:
    site.send(comment.RemoveComment(comment=thread["a1"], reason="Rude"), "mod")

    shown = site.ask(CommentById(comment=thread["a1"]))
    assert (shown.removed, shown.removed_by, shown.removed_reason, shown.body) == (True, "mod", "Rude", "a1")
    assert bodies(site.ask(ThreadOf(post=thread["post"])))[:3] == ["a", "a1", "a11"]
    assert bodies(site.ask(RemovedComments())) == ["a1"]
    assert "a1" not in bodies(site.ask(CommentsBy(author="bob")))
    assert site.ask(PostById(post=thread["post"])).comments == 6
    assert site.ask(AccountByHandle(handle="bob")).comments == 6

    site.send(comment.RestoreComment(comment=thread["a1"]), "mod")

    assert site.ask(CommentById(comment=thread["a1"])).removed_reason is None
    assert site.ask(RemovedComments()).items == []
    assert site.ask(PostById(post=thread["post"])).comments == 7


def test_an_authors_comments_come_newest_first(site: Site, thread: dict[str, str]) -> None:
    page = site.ask(CommentsBy(author="@Bob", limit=3))

    assert bodies(page) == ["a11", "a2", "a1"]
    assert bodies(site.ask(CommentsBy(author="bob", limit=9, after=page.next))) == ["b1", "c", "b", "a"]


def test_an_edited_comment_says_who_and_why(site: Site, thread: dict[str, str]) -> None:
    site.send(comment.EditComment(comment=thread["a"], version=1, body="a, calmer", reason="Tone"), "mod")

    shown = site.ask(CommentById(comment=thread["a"]))
    assert (shown.body, shown.edited_by, shown.edit_reason, shown.text_version) == ("a, calmer", "mod", "Tone", 2)


def test_a_viewers_likes_show_in_the_thread(site: Site, thread: dict[str, str]) -> None:
    site.like(f"comment-{thread['b1']}", "ann")

    page = site.ask(ThreadOf(post=thread["post"], viewer="ann"))

    assert [item.body for item in page.items if item.liked] == ["b1"]
    assert [item.likes for item in page.items if item.body == "b1"] == [1]


def test_an_unknown_comment_is_none_and_an_unknown_post_has_no_thread(site: Site) -> None:
    assert site.ask(CommentById(comment="x")) is None
    assert site.ask(ThreadOf(post="x")).items == []
