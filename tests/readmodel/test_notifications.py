"""People are told of answers, mentions and what moderators did, once each, whatever is folded first."""

from typing import Any

import pytest

from domain import post, rights
from domain.comment import EditComment, EraseComment, RemoveComment, RestoreComment
from domain.moderation import suspension
from domain.post import EditPost, ErasePost, LockPost, RemovePost
from readmodel import inbox, unread_counts
from readmodel.engine.model import Fact
from readmodel.inbox import NotificationsOf
from readmodel.notifications import mentions_in
from readmodel.unread_counts import Unread
from tests.readmodel.site import Site, empty_tables, fold, rows
from tests.readmodel.test_feed import explained, pages
from tests.readmodel.test_order import first_position


def notifications_to(site: Site, handle: str) -> list[tuple[Any, ...]]:
    """Without the roles that the operator gave."""
    shown = pages(site, NotificationsOf(account=handle))
    return [(one.what, one.actor, one.text) for one in shown if one.actor != rights.OPERATOR]


def test_an_author_is_told_of_comments_and_a_commenter_of_replies(site: Site) -> None:
    id = site.publish("A title")
    first = site.comment(id, "Well.", by="bob")
    site.comment(id, "Indeed.", by="ann", parent=first)

    assert notifications_to(site, "ann") == [("answer", "bob", "Well.")]
    assert notifications_to(site, "bob") == [("answer", "ann", "Indeed.")]
    shown = site.ask(NotificationsOf(account="bob")).items[0]
    assert (shown.post, shown.title, shown.to_comment) == (id, "A title", True)


def test_nobody_is_told_of_what_they_did_themselves(site: Site) -> None:
    id = site.publish(body="I, @ann")
    site.comment(id, "@ann again", by="ann")
    site.send(RemovePost(post=id), "ann")

    assert notifications_to(site, "ann") == []


def test_an_answer_that_mentions_whom_it_answers_is_told_once(site: Site) -> None:
    site.comment(site.publish(), "Yes, @ann", by="bob")

    assert notifications_to(site, "ann") == [("answer", "bob", "Yes, @ann")]


def test_an_edit_tells_those_it_mentions_anew_and_takes_back_the_others(site: Site) -> None:
    id = site.publish(body="for @bob")
    site.send(EditPost(post=id, version=1, title="A title", body="for @mod"))
    said = site.comment(id, "ask @root", by="ann")
    site.send(EditComment(comment=said, version=1, body="ask @root and @bob"), "ann")

    assert notifications_to(site, "bob") == [("mention", "ann", "ask @root and @bob")]
    assert notifications_to(site, "mod") == [("mention", "ann", "for @mod")]
    assert notifications_to(site, "root") == [("mention", "ann", "ask @root and @bob")]


def test_what_is_removed_is_told_no_more_until_it_is_restored(site: Site) -> None:
    id = site.publish()
    said = site.comment(id, "spam @mod", by="bob")
    site.send(RemoveComment(comment=said), "bob")
    assert notifications_to(site, "ann") == notifications_to(site, "mod") == []
    assert site.ask(Unread(account="ann", since=None)) == 0
    site.send(RestoreComment(comment=said), "bob")
    assert len(notifications_to(site, "ann")) == len(notifications_to(site, "mod")) == 1
    site.send(RemovePost(post=id), "ann")
    assert notifications_to(site, "ann") == notifications_to(site, "mod") == []


def test_what_is_erased_leaves_no_mention(site: Site) -> None:
    id = site.publish("For @bob", "and @mod")
    said = site.comment(id, "for @root")
    site.send(ErasePost(post=id, reason="asked to"), "root")
    site.send(EraseComment(comment=said, reason="asked to"), "root")

    assert notifications_to(site, "bob")[1:] == notifications_to(site, "mod") == notifications_to(site, "root") == []


def test_moderation_of_somebodys_things_is_told_with_its_reason(site: Site) -> None:
    id = site.publish()
    site.send(LockPost(post=id, reason="Cooling down"), "mod")
    site.send(RemovePost(post=id, reason="Spam"), "mod")
    site.send(suspension.SuspendAccount(handle="ann", reason="Spam"), "mod")

    shown = site.ask(NotificationsOf(account="ann")).items
    assert [(one.type, one.actor, one.reason) for one in shown] == [
        ("AccountSuspended", "mod", "Spam"),
        ("PostRemoved", "mod", "Spam"),
        ("PostLocked", "mod", "Cooling down"),
    ]


def test_unread_are_those_after_a_moment_and_counted_up_to_a_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    id = site.publish()
    for _ in range(3):
        site.comment(id)
    moments = [one.at for one in site.ask(NotificationsOf(account="ann")).items]

    assert site.ask(Unread(account="ann", since=None)) == 3
    assert [site.ask(Unread(account="ann", since=at)) for at in moments] == [0, 1, 2]
    assert site.ask(Unread(account="bob", since=None)) == 0


def test_an_answer_may_come_before_what_it_answers(site: Site) -> None:
    id = site.publish()
    above = site.comment(id, by="bob")
    site.comment(id, "Late", by="ann", parent=above)
    site.comment(id, "Later", by="mod")

    for batch in (1, 2, 100):
        backwards = empty_tables()
        fold(backwards, last_stream_first(site), batch=batch)
        assert rows(backwards) == rows(site.engine)
        backwards.dispose()
    assert rows(site.engine)["awaited"] == []


def last_stream_first(site: Site) -> list[Fact]:
    return sorted(site.facts, key=lambda fact: -first_position(site.facts, fact.stream))


def test_an_answer_to_a_parked_stream_waits(site: Site) -> None:
    id = site.publish()
    said = site.comment(id)
    engine = empty_tables()
    without = [fact for fact in site.facts if fact.stream != post.stream(id)]
    fold(engine, without)
    assert rows(engine)["awaited"] == [(id, said)]
    fold(engine, [fact for fact in site.facts if fact.stream == post.stream(id)])
    assert rows(engine) == rows(site.engine)
    engine.dispose()


def test_the_list_walks_its_index_and_sorts_nothing(site: Site) -> None:
    for statement in (inbox._LIST.first, inbox._LIST.ties, inbox._LIST.beyond, unread_counts._UNREAD):
        plan = explained(site.engine, statement)
        assert any(
            "notifications USING COVERING INDEX notifications_newest" in step
            or "notifications USING INDEX notifications_newest" in step
            for step in plan
        ), plan
        assert not any("TEMP B-TREE" in step or step == "SCAN notifications" for step in plan), plan


def test_no_more_than_some_of_a_text_are_told() -> None:
    assert mentions_in(" ".join(f"@p{n}" for n in range(40)), "For @ann") == ("ann", *(f"p{n}" for n in range(19)))


def test_a_quotation_and_an_address_elsewhere_tell_nobody(site: Site) -> None:
    site.comment(site.publish(), "> I, @mod\n\nYes, @mod@example.social", by="bob")
    assert notifications_to(site, "mod") == []
