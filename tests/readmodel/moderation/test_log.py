"""The moderation log: what staff did to what isn't theirs, for everybody, and nothing else."""

import pytest

from domain import account, comment, leaving, post
from domain.catalogue import ACTS, GROUPS
from domain.messages import Command
from domain.moderation import suspension
from domain.reasons import EraseCommentReasons
from domain.rights import OPERATOR
from readmodel.engine.queries import Moderations
from readmodel.moderation.log import KINDS, MODEL, SUBJECTS
from readmodel.moderation.log_pages import ModerationLog
from tests.people import id_of
from tests.readmodel.moderation.log_world import acts, moderated
from tests.readmodel.site import Site, empty_tables, fold, rows

__all__ = ["moderated"]

HUSH = "quibblewort"
UNTIL = "2026-02-01T00:00:00.000000Z"
LISTED = {
    "PostEdited", "PostLocked", "PostUnlocked", "PostRemoved", "PostRestored", "PostPinned", "PostUnpinned",
    "PostErased",
    "CommentEdited", "CommentRemoved", "CommentRestored", "CommentErased",
    "RoleGranted", "RoleRevoked", "AccountSuspended", "AccountReinstated", "ProfileErased", "ClosureOrdered",
    "RulesPublished", "NewcomerLimitsSet", "BulkRemovalOrdered", "BulkRemovalTakenBack",
}  # fmt: skip
"""What everybody may know of. A new event of moderators is judged here before it is listed."""


def test_what_staff_did_is_listed_newest_first_with_the_reason(moderated: tuple[Site, str, str]) -> None:
    site, id, said = moderated

    assert acts(site) == [
        ("PostRemoved", "bob", "Spam, too"),
        ("AccountSuspended", "root", "Spam"),
        ("RoleGranted", "root", None),
        ("CommentRemoved", "mod", "Rude"),
        ("PostEdited", "mod", "Tone"),
    ]
    removed, suspended, granted, rude, _ = site.ask(ModerationLog(limit=5)).items
    assert (removed.subject, removed.stream, removed.thread, removed.account) == ("post", f"post-{id}", id, None)
    assert (rude.subject, rude.stream, rude.thread) == ("comment", f"comment-{said}", id)
    assert (suspended.subject, suspended.stream, suspended.account, suspended.thread) == (
        "account", "account-ann", "ann", None
    )  # fmt: skip
    assert granted.role == "moderator"
    commit = site.facts[-1].commit
    assert (removed.id, removed.version, removed.rule, removed.erased) == (f"{commit}:3", 3, None, False)


def test_it_has_no_words_of_what_it_is_about(site: Site) -> None:
    id = site.publish("A bad title", "Bad words.")
    site.send(post.EditPost(post=id, version=1, title="A good title", body="Good words.", reason="Tone"), "mod")
    site.send(post.RemovePost(post=id, reason="Spam"), "mod")

    assert all(words not in repr(rows(site.engine)["moderation_log"]) for words in ("title", "words"))


def test_what_somebody_does_to_their_own_things_is_not_listed(site: Site) -> None:
    before = site.ask(ModerationLog()).items
    for who in ("ann", "mod", "root"):
        id = site.publish(by=who)
        said = site.comment(id, by=who)
        own: tuple[Command, ...] = (
            post.EditPost(post=id, version=1, title="Own", body="edit"),
            comment.EditComment(comment=said, version=1, body="edit"),
            comment.RemoveComment(comment=said),
            comment.RestoreComment(comment=said),
            post.RemovePost(post=id),
            post.RestorePost(post=id),
            account.EditProfile(handle=who, name="A", bio="B"),
        )
        for command in own:
            site.send(command, who)
    site.send(post.LockPost(post=id, reason="Enough"), "root")
    site.send(leaving.Leave(handle="ann", words="erase", until=UNTIL), "ann")
    site.send(leaving.EraseAccount(handle=id_of("ann"), now="2026-03-01T00:00:00.000000Z"), id_of("ann"))

    assert site.ask(ModerationLog()).items == before


def test_every_event_that_is_listed_was_judged() -> None:
    """Nothing secret, nothing that only an author or the site itself does, and nothing that nobody thought of."""
    known = {event for group in GROUPS for event in group}
    folded = {event.type for event in known if event in MODEL.folds and event.type in KINDS}

    assert set(KINDS) == folded == LISTED
    assert not any(event.secret for event in MODEL.folds)
    assert {act.event.type for act in ACTS if act.by in ("anyone", "oneself", "nobody")}.isdisjoint(KINDS)
    assert set(KINDS.values()) == set(SUBJECTS)


def test_who_has_to_leave_is_told_once_it_cannot_be_taken_back(site: Site) -> None:
    before = acts(site)
    for handle in ("ann", "bob"):
        site.send(leaving.Leave(handle=handle, words="keep", until=UNTIL, reason="Sold their account"), "root")
    assert acts(site) == before
    assert [one.type for one in site.ask(Moderations(limit=2)).items] == ["ClosureOrdered"] * 2
    site.send(leaving.Return(handle=id_of("bob"), now="2026-01-20T00:00:00.000000Z"), "root")
    assert acts(site) == before
    site.send(leaving.EraseAccount(handle=id_of("ann"), now="2026-03-01T00:00:00.000000Z"), id_of("ann"))
    (closed,) = site.ask(ModerationLog(kind="ClosureOrdered")).items
    assert closed.account.startswith("gone-")
    assert (closed.reason, closed.erased) == (None, True), "that goes with the account"
    assert acts(site) == [("ClosureOrdered", "root", None), *before]


def test_whoever_left_has_no_name_in_it(moderated: tuple[Site, str, str]) -> None:
    site, _, _ = moderated
    site.send(leaving.Leave(handle="ann", words="keep", until=UNTIL), "ann")
    site.send(leaving.Leave(handle="mod", words="keep", until=UNTIL), "mod")

    items = site.ask(ModerationLog(kind="AccountSuspended")).items + site.ask(ModerationLog(kind="PostEdited")).items
    suspended, edited = items
    assert suspended.account.startswith("gone-")
    assert suspended.stream == f"account-{suspended.account}"
    assert edited.actor.startswith("gone-")
    assert site.ask(ModerationLog(moderator="mod")).items == []


def test_moderators_see_the_same_acts_with_texts(moderated: tuple[Site, str, str]) -> None:
    site, _, _ = moderated

    items = site.ask(Moderations()).items

    assert [(one.type, one.actor, one.reason) for one in items if one.actor != OPERATOR] == acts(site)
    assert (items[4].title, items[4].body, items[2].detail) == ("Calm", "Calm.", {"role": "moderator"})
    first = site.ask(Moderations(limit=2))
    assert site.ask(Moderations(limit=100, after=first.next)).items == items[2:]


def test_an_erasure_takes_the_reasons_and_says_so(site: Site) -> None:
    id = site.publish()
    said = site.comment(id, by="ann")
    site.send(post.EditPost(post=id, version=1, title="Calm", body="Calm.", reason=f"{HUSH} 1"), "mod")
    site.send(post.LockPost(post=id), "mod")
    site.send(comment.RemoveComment(comment=said, reason=f"{HUSH} 2"), "mod")
    site.send(suspension.SuspendAccount(handle="ann", reason=f"{HUSH} 3"), "mod")
    site.send(post.ErasePost(post=id, reason="asked"), "root")
    site.send(comment.EraseComment(comment=said, reason="asked"), "root")
    site.send(account.EraseProfile(handle="ann", reason="asked"), "root")

    assert HUSH not in repr(rows(site.engine))
    assert {(one.type, one.reason, one.erased) for one in site.ask(ModerationLog()).items if one.actor != OPERATOR} == {
        ("PostEdited", None, True), ("PostLocked", None, False), ("CommentRemoved", None, True),
        ("AccountSuspended", None, True), ("PostErased", "asked", False), ("CommentErased", "asked", False),
        ("ProfileErased", "asked", False),
    }  # fmt: skip


def test_reasons_of_a_moderator_who_left_are_gone(moderated: tuple[Site, str, str]) -> None:
    site, _, said = moderated
    site.send(leaving.Leave(handle="mod", words="erase", until=UNTIL), "mod")
    site.send(leaving.EraseAccount(handle=id_of("mod"), now="2026-03-01T00:00:00.000000Z"), id_of("mod"))
    site.send(EraseCommentReasons(comment=said), id_of("mod"))

    (rude,) = site.ask(ModerationLog(kind="CommentRemoved")).items
    assert (rude.reason, rude.erased) == (None, True)
    assert not any(one.type == "CommentReasonsErased" for one in site.ask(ModerationLog()).items)


@pytest.mark.parametrize("batch", [1, 2, 1_000])
def test_the_rows_are_what_a_rebuild_makes(moderated: tuple[Site, str, str], batch: int) -> None:
    site, id, said = moderated
    site.send(post.ErasePost(post=id, reason="asked"), "root")
    site.send(post.ErasePost(post=id, reason="asked again"), "root")
    site.send(comment.EraseComment(comment=said, reason="asked"), "root")
    site.send(leaving.Leave(handle="ann", words="keep", until=UNTIL, reason="asked"), "root")
    for facts in (site.stored(), site.facts):
        fresh = empty_tables()
        fold(fresh, facts, batch=batch)
        assert rows(fresh)["moderation_log"] == rows(site.engine)["moderation_log"]
        fresh.dispose()


def test_a_streams_rows_are_its_own(moderated: tuple[Site, str, str]) -> None:
    site, id, _ = moderated
    ((table, condition),) = MODEL.owned(f"post-{id}")
    with site.engine.connect() as connection:
        owned = connection.execute(table.select().where(condition)).all()
    assert {row.type for row in owned} == {"PostEdited", "PostRemoved"}
    assert list(MODEL.owned(f"like-post-{id}-{id_of('ann')}")) == []
