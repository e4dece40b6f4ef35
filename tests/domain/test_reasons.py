"""A reason is text of the event it explains, and an erasure takes it with the other texts of its stream."""

import msgspec
import pytest

from domain import account, comment, post, webhook
from domain.catalogue import ACTS
from domain.errors import KeyReused
from domain.messages import Command, Event
from domain.moderation import bulk, standing, suspension
from eventstore.chain import faults
from eventstore.codec import EventCodec
from eventstore.erasures import Erasures
from tests.domain.case import COMMENT, POST, Case, added, people, published
from tests.people import id_of

HUSH = "Hush, a reason"
EXPLAINED = [(act.command, act.event) for act in ACTS if "reason" in act.command.__struct_fields__]
HOOK = "0192abcd-0000-7000-8000-000000000005"


def held(case: Case) -> bytes:
    return b"".join(bytes(event.data) for commit in case.store.read(0, 1_000) for event in commit.events)


def verified(case: Case) -> bool:
    """Chain, digests and erasures."""
    erasures, commits = Erasures(), case.store.read(0, 1_000)
    for one in commits:
        erasures.see(one)
    return [*faults(commits), *erasures.unexplained()] == []


@pytest.mark.parametrize(("command", "event"), [*EXPLAINED, (webhook.PauseWebhook, webhook.WebhookPaused)])
def test_what_takes_a_reason_gives_an_event_that_holds_it_and_can_lose_it(command: type[Command], event: type[Event]):
    assert "reason" in event.__struct_fields__
    assert "reason" in event.erasable


def test_nothing_else_has_a_reason():
    with_reason = (
        {event for _, event in EXPLAINED} | {webhook.WebhookPaused} | set(standing.OfStanding.__subclasses__())
    )
    events = {*post.EVENTS, *comment.EVENTS, *account.EVENTS, *webhook.EVENTS, *bulk.EVENTS}
    assert {event for event in events if "reason" in event.__struct_fields__} == with_reason


def moderated() -> Case:
    case = people().given(published())
    for command in (
        post.EditPost(post=POST, version=1, title="Calmer", body="words", reason=HUSH),
        post.LockPost(post=POST, reason=HUSH),
        post.UnlockPost(post=POST),
        post.RemovePost(post=POST, reason=HUSH),
    ):
        case.when(command, by="mod")
    return case


def test_erasing_a_post_takes_why_it_was_edited_locked_and_removed():
    case = moderated().when(post.ErasePost(post=POST, reason="first"), by="root")
    case.then(post.PostErased(post=POST, erased=(1, 2, 3, 5), reason="first"))
    assert HUSH.encode() not in held(case)
    assert verified(case)


def test_an_erasure_keeps_its_own_reason_and_the_next_one_takes_it():
    case = moderated().when(post.ErasePost(post=POST, reason=HUSH), by="root")
    assert HUSH.encode() in held(case)
    case.when(post.ErasePost(post=POST, reason="second"), by="root")
    case.then(post.PostErased(post=POST, erased=(6,), reason="second"))
    assert HUSH.encode() not in held(case)
    assert verified(case)
    erased, _ = case.store.load(f"post-{POST}")[-2:]
    assert (erased.events[0].erased, erased.events[0].salt) == (True, None)


def test_what_an_erased_erasure_says_it_erased_is_held_by_the_one_that_took_its_reason():
    case = moderated().when(post.ErasePost(post=POST, reason=HUSH), by="root")
    case.when(post.ErasePost(post=POST, reason="second"), by="root")
    erasures = Erasures()
    for commit in case.store.read(0, 1_000):
        (event,) = commit.events
        if event.type == "PostErased" and event.erased:
            raw = msgspec.Raw(bytes(event.data).replace(b"[1,2,3,5]", b"[1,2,3,4]"))
            commit = msgspec.structs.replace(commit, events=(msgspec.structs.replace(event, data=raw),))
        erasures.see(commit)
    assert any("isn't what its erasure left" in fault for fault in erasures.unexplained())


def test_erasing_again_for_the_same_reason_stores_nothing_until_something_is_written():
    case = moderated().when(post.ErasePost(post=POST, reason="asked"), by="root")
    case.when(post.ErasePost(post=POST, reason=" asked "), by="root").then()
    case.when(post.RestorePost(post=POST, reason=HUSH), by="mod")
    case.when(post.ErasePost(post=POST, reason="asked"), by="root")
    case.then(post.PostErased(post=POST, erased=(6, 7), reason="asked"))
    assert HUSH.encode() not in held(case)
    assert verified(case)


def test_erasing_a_comment_takes_why_it_was_edited_and_removed():
    case = people().given(published(), added())
    case.when(comment.EditComment(comment=COMMENT, version=1, body="Milder", reason=HUSH), by="mod")
    case.when(comment.RemoveComment(comment=COMMENT, reason=HUSH), by="mod")
    case.when(comment.RestoreComment(comment=COMMENT, reason=HUSH), by="mod")
    case.when(comment.EraseComment(comment=COMMENT, reason="asked"), by="root")
    case.then(comment.CommentErased(comment=COMMENT, erased=(1, 2, 3, 4), reason="asked"))
    assert HUSH.encode() not in held(case)
    assert verified(case)


def test_erasing_a_profile_takes_suspensions_also_where_nothing_else_is_left():
    case = people().when(account.EraseProfile(handle="bob", reason="asked"), by="root")
    case.when(suspension.SuspendAccount(handle="bob", reason=HUSH), by="mod")
    case.when(suspension.ReinstateAccount(handle="bob", reason=HUSH), by="mod")
    case.when(account.EraseProfile(handle="bob", reason="asked"), by="root")
    case.then(account.ProfileErased(account=id_of("bob"), erased=(3, 4, 5), reason="asked"))
    assert HUSH.encode() not in held(case)
    assert verified(case)


def test_removing_a_webhook_takes_why_it_was_paused():
    of_ada = {"handle": "ada", "webhook": HOOK}
    case = people().when(webhook.AddWebhook(**of_ada, url="https://example.org/"))
    case.when(webhook.PauseWebhook(**of_ada, reason=HUSH)).when(webhook.ResumeWebhook(**of_ada))
    case.when(webhook.PauseWebhook(**of_ada)).when(webhook.RemoveWebhook(**of_ada))
    case.then(webhook.WebhookErased(account=id_of("ada"), webhook=HOOK, erased=(1, 2)))
    assert HUSH.encode() not in held(case)
    assert verified(case)


def test_an_erased_reason_is_none_and_a_missing_one_is_empty():
    case = moderated().when(post.ErasePost(post=POST, reason="asked"), by="root")
    decoded = [EventCodec().decode(event, one) for one in case.store.load(f"post-{POST}") for event in one.events]
    assert [getattr(event, "reason", "absent") for event in decoded] == ["absent", None, None, "", None, "asked"]


def test_what_an_erasure_took_the_reason_of_cant_be_compared_with_a_repeat():
    case = people().given(published()).when(post.RemovePost(post=POST, reason=HUSH), by="mod", command_id="k")
    case.when(post.ErasePost(post=POST, reason="asked"), by="root")
    case.when(post.RemovePost(post=POST, reason=HUSH), by="mod", command_id="k").refused(KeyReused, "erased since")
