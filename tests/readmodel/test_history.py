"""Who did what to a post, a comment or an account, and what moderators did to others' things."""

import pytest

from domain import account, comment, post
from domain.errors import Invalid
from domain.moderation import suspension
from readmodel.engine.queries import HistoryOf, Moderations
from tests.people import id_of
from tests.readmodel.site import Site


def test_a_posts_history_holds_every_text_and_reason(site: Site) -> None:
    id = site.publish("One", "first")
    site.send(post.EditPost(post=id, version=1, title="Two", body="second"), "ann")
    site.send(post.RemovePost(post=id, reason="Off topic"), "mod")

    items = site.ask(HistoryOf(stream=f"post-{id}"))

    assert [(item.version, item.type, item.actor, item.reason) for item in items] == [
        (1, "PostPublished", "ann", None),
        (2, "PostEdited", "ann", None),
        (3, "PostRemoved", "mod", "Off topic"),
    ]
    assert [(item.title, item.body, item.url) for item in items] == [
        ("One", "first", ""),
        ("Two", "second", ""),
        (None, None, None),
    ]


def test_erased_texts_are_gone_from_history_and_the_rest_stays(site: Site) -> None:
    id = site.comment(site.publish(), "secret")
    site.send(comment.EditComment(comment=id, version=1, body="secret too"), "bob")
    site.send(comment.EraseComment(comment=id, reason="Asked to"), "root")

    items = site.ask(HistoryOf(stream=f"comment-{id}"))

    assert [(item.body, item.erased) for item in items] == [(None, True), (None, True), (None, False)]
    assert items[-1].detail == {"erased": [1, 2]}
    assert items[-1].reason == "Asked to"


def test_at_most_limit_of_the_newest_are_given(site: Site) -> None:
    id = site.publish()
    site.send(post.LockPost(post=id), "mod")
    site.send(post.UnlockPost(post=id), "mod")

    assert [item.version for item in site.ask(HistoryOf(stream=f"post-{id}", limit=2))] == [2, 3]
    with pytest.raises(Invalid):
        site.ask(HistoryOf(stream=f"post-{id}", limit=501))


def test_secret_events_are_in_no_history(site: Site) -> None:
    site.send(account.RegisterAccount(account=id_of("cy"), handle="cy", password_hash="$argon2"), "cy")

    assert [item.type for item in site.ask(HistoryOf(stream=f"account-{id_of('cy')}"))] == ["AccountRegistered"]


def test_moderations_are_what_was_done_to_others_newest_first(site: Site) -> None:
    before = len(site.ask(Moderations()).items)
    id = site.publish()
    said = site.comment(id)
    site.send(post.EditPost(post=id, version=1, title="Own", body="edit"), "ann")
    site.send(post.EditPost(post=id, version=2, title="Their", body="edit", reason="Tone"), "mod")
    site.send(comment.RemoveComment(comment=said, reason="Rude"), "mod")
    site.send(account.GrantRole(handle="bob", role="moderator"), "root")
    site.send(suspension.SuspendAccount(handle="bob", reason="Spam"), "root")

    items = site.ask(Moderations()).items

    assert [(item.type, item.actor, item.reason) for item in items[: len(items) - before]] == [
        ("AccountSuspended", "root", "Spam"),
        ("RoleGranted", "root", None),
        ("CommentRemoved", "mod", "Rude"),
        ("PostEdited", "mod", "Tone"),
    ]
    assert items[1].detail == {"role": "moderator"}
    first = site.ask(Moderations(limit=2))
    assert site.ask(Moderations(limit=100, after=first.next)).items == items[2:]
