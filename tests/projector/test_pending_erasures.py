"""An erasure that the read model does not show yet: nothing is repaired or blamed meanwhile, and then all is right.

The store loses the texts at once; the relay and the projector stand still until the test says so.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from domain import account, comment, ids, post, rights, webhook
from eventstore.erasures import Erasures
from projector.comparison import differences
from projector.pending_erasures import comparable
from readmodel.generations import repairs
from readmodel.generations.scratch import scratch
from tests.people import id_of
from tests.projector.conftest import Backend

WORD = "zyxomma"


def erase_post(either: Backend) -> Callable[[], Any]:
    id = ids.uuid7()
    either.send(post.NewPost(post=id, title=f"#{WORD} for @bob", body=f"{WORD} and #other", url="https://x.example/"))
    return lambda: either.send(post.ErasePost(post=id, reason="Asked for."), "root")


def erase_comment(either: Backend) -> Callable[[], Any]:
    on, id = either.publish(), ids.uuid7()
    either.send(comment.AddComment(comment=id, post=on, body=f"{WORD} says @root"), "bob")
    either.send(comment.EditComment(comment=id, version=1, body=f"{WORD} says @root again"), "bob")
    return lambda: either.send(comment.EraseComment(comment=id, reason="Asked for."), "root")


def erase_profile(either: Backend) -> Callable[[], Any]:
    either.send(account.EditProfile(handle="bob", name=WORD, bio=f"I am {WORD}."), "bob")
    return lambda: either.send(account.EraseProfile(handle="bob", reason="Asked for."), "root")


def remove_webhook(either: Backend) -> Callable[[], Any]:
    kept, gone = ids.uuid7(), ids.uuid7()
    for id in (kept, gone):
        either.send(webhook.AddWebhook(handle="ann", webhook=id, url=f"https://example.com/{WORD}"))
    return lambda: either.send(webhook.RemoveWebhook(handle="ann", webhook=gone))


ERASING = (erase_post, erase_comment, erase_profile, remove_webhook)


def begin(either: Backend, make: Callable[[Backend], Callable[[], Any]]) -> Callable[[], Any]:
    either.register("ann", "bob", "root")
    either.send(account.GrantRole(handle="root", role="admin"), rights.OPERATOR)
    erase = make(either)
    either.project()
    return erase


def look(either: Backend) -> None:
    """The verifier looks at every stream that has a position."""
    verifier = either.verifier()
    for commit in either.store.read(0, 1_000):
        verifier.check_with_related(either.generations.live(), commit)


@pytest.mark.parametrize("make", ERASING)
def test_the_verifier_leaves_a_stream_alone_until_its_erasure_is_shown(
    either: Backend, make: Callable[[Backend], Callable[[], Any]]
) -> None:
    erase = begin(either, make)
    erase()
    look(either)
    either.number()
    look(either)
    assert repairs.newest(either.generations.control) == []

    either.project()
    look(either)
    assert repairs.newest(either.generations.control) == []
    assert either.rebuilder().verify(lambda _progress: None).same
    with either.generations.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM tag_counts WHERE posts = 0")).scalar_one() == 0
        assert connection.execute(text(f"SELECT count(*) FROM words WHERE word = '{WORD}'")).scalar_one() == 0


@pytest.mark.parametrize("make", ERASING)
def test_a_fold_of_the_store_isnt_compared_where_an_erasure_isnt_shown_yet(
    either: Backend, make: Callable[[Backend], Callable[[], Any]]
) -> None:
    erase = begin(either, make)
    with either.generations.connect() as connection:
        shown = max(position for _, position in connection.execute(text("SELECT 1, position FROM checkpoints")))
    erase()
    with scratch() as fresh, either.generations.live().snapshot() as before:
        seen = Erasures()
        commits = either.store.read(0, shown)
        for commit in commits:
            seen.see(commit)
        with fresh.write() as connection:
            either.folder_of.fold(connection, commits)
        with fresh.snapshot() as after:
            streams = frozenset(stream for stream, _ in seen.unannounced)
            assert len(streams) == 1
            assert list(differences(before, after)) != []
            assert list(comparable(before, after, streams)) == []


@pytest.mark.parametrize("make", ERASING)
def test_verify_and_rebuild_leave_out_what_the_live_one_hasnt_erased_yet(
    either: Backend, make: Callable[[Backend], Callable[[], Any]]
) -> None:
    erase = begin(either, make)
    erase()
    for numbered in (False, True):
        if numbered:
            either.number()
        comparison = either.rebuilder().verify(lambda _progress: None)
        assert (comparison.same, comparison.differences, len(comparison.erasure_pending)) == (True, [], 1)
        fresh, compared = either.rebuilder().fill(lambda _progress: None)
        assert compared is not None
        assert compared.same
        either.rebuilder().discard(fresh)

    with either.generations.live().write() as connection:
        connection.execute(text("UPDATE accounts SET name = 'Forged' WHERE handle = 'root'"))
    comparison = either.rebuilder().verify(lambda _progress: None)
    assert not comparison.same
    assert [one.key for one in comparison.differences] == [(id_of("root"),)]


def test_what_is_wrong_elsewhere_is_found_while_an_erasure_isnt_shown(either: Backend) -> None:
    erase = begin(either, erase_post)
    with either.generations.live().write() as connection:
        connection.execute(text("UPDATE accounts SET name = 'Forged' WHERE handle = 'bob'"))
    erase()
    look(either)
    assert [one["stream"] for one in repairs.newest(either.generations.control)] == [account.stream(id_of("bob"))]


def test_rows_of_a_stream_of_which_the_store_has_less_are_left_alone(either: Backend) -> None:
    begin(either, erase_comment)
    with either.generations.live().write() as connection:
        connection.execute(text("UPDATE streams SET version = version + 1 WHERE stream LIKE 'comment-%'"))
        connection.execute(text("UPDATE comments SET body = 'What the store has lost.', version = version + 1"))
    look(either)
    assert repairs.newest(either.generations.control) == []
