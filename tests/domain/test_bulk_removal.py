"""Bulk removals: who orders one about whom and which period, what is a part of it, and what takes it back."""

from datetime import timedelta
from typing import Any

import pytest

from domain import comment, post
from domain.errors import Claimed, Conflict, Forbidden, Invalid, NotClaimed, NotFound, Suspended
from domain.moderation import bulk, case
from domain.moderation.terms import days_after, later
from domain.rights import OPERATOR
from tests.domain.case import AT, COMMENT, POST, Case, added, people, person, published
from tests.people import id_of

BATCH = "0192abcd-0000-7000-8000-0000000000b1"
OTHER = "0192abcd-0000-7000-8000-0000000000b2"
FIELDS: dict[str, Any] = {"batch": BATCH, "handle": "ada", "reason": "Spam", "previewed": 7, "now": AT}
ORDERED = bulk.BulkRemovalOrdered(
    batch=BATCH, account=id_of("ada"), since=bulk.BEGINNING, until=AT, suspends=False, suspended_until="", previewed=7,
    reason="Spam",
)  # fmt: skip


def target_of(handle: str) -> str:
    return f"account-{id_of(handle)}"


def claimed(by: str = "mod", handle: str = "ada") -> Case:
    started = people().given(*person("may", "moderator"), *person("boss", "admin"), published(), added())
    return started.when(case.OpenCase(target=target_of(handle), now=AT), by=by)


def order(**fields: Any) -> bulk.OrderBulkRemoval:
    return bulk.OrderBulkRemoval(**FIELDS | fields)


def ordered(**fields: Any) -> Case:
    return claimed().when(order(**fields), by="mod")


def only_event(story: Case) -> Any:
    [event] = [story.codec.decode(event, commit) for commit in story.stored for event in commit.events]
    return event


def test_whoever_claimed_the_case_about_an_account_orders_it():
    ordered().then(ORDERED)


def test_it_may_suspend_too():
    until = days_after(AT, 7)
    event = only_event(ordered(suspends=True, suspended_until=until))
    assert (event.suspends, event.suspended_until) == (True, until)
    forever = only_event(ordered(suspends=True))
    assert (forever.suspends, forever.suspended_until) == (True, "")


def test_without_a_live_claim_of_ones_own_nothing_is_ordered():
    people().when(order(), by="mod").refused(NotClaimed, "Claim this case first")
    claimed(by="may").when(order(), by="mod").refused(Claimed)
    claimed().when(order(now=days_after(AT, 1)), by="mod").refused(NotClaimed, "ran out")
    claimed().when(case.Release(target=target_of("ada"), now=AT), by="mod").when(order(), by="mod").refused(NotClaimed)


def test_rights_are_those_of_single_acts():
    for by, refusal in (("ada", Forbidden), ("bob", Forbidden), ("nobody", Forbidden), ("sus", Suspended)):
        claimed().when(order(), by=by).refused(refusal)
    claimed().when(order(handle="mod"), by="mod").refused(Invalid, "your own")
    claimed().when(order(handle="may"), by="mod").refused(Forbidden, "only an admin")
    claimed(by="root").when(order(handle="boss"), by="root").refused(Forbidden, "admin")
    claimed().when(order(handle="root"), by="mod").refused(Forbidden)
    assert only_event(claimed(by="root", handle="may").when(order(handle="may"), by="root")).account == id_of("may")
    claimed().when(order(handle="nobody"), by="mod").refused(NotFound)
    claimed().when(order(handle=OPERATOR), by="mod").refused(Conflict)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01T00:00:00Z"}, "until"),
        ({"since": "2026-11-24"}, "since"),
        ({"since": days_after(AT, 1)}, "since"),
        ({"since": days_after(AT, -1), "until": days_after(AT, -2)}, "until"),
        ({"suspends": True, "suspended_until": days_after(AT, -1)}, "suspended_until"),
        ({"suspends": True, "suspended_until": days_after(AT, 4_000)}, "suspended_until"),
        ({"suspends": True, "suspended_until": "<b>"}, "suspended_until"),
    ],
)
def test_what_is_wrong_names_its_field(fields: dict[str, Any], field: str):
    case = ordered(**fields).refused(Invalid)
    assert isinstance(case.outcome, Invalid)
    assert list(case.outcome.fields) == [field]


def test_a_period_never_reaches_into_the_future():
    event = only_event(ordered(since="2026-11-01T02:00:00+02:00", until=days_after(AT, 30)))
    assert (event.since, event.until) == ("2026-11-01T00:00:00.000000Z", AT)


def test_a_batch_is_ordered_once_and_by_an_id():
    ordered().when(order(), by="mod").refused(Conflict)
    claimed().when(order(batch="x"), by="mod").refused(Conflict)


def test_texts_are_removed_and_restored_as_its_parts():
    started = ordered()
    started.when(post.RemovePost(post=POST, reason="Spam", batch=BATCH), by="mod")
    started.then(post.PostRemoved(post=POST, reason="Spam", batch=BATCH))
    started.when(comment.RemoveComment(comment=COMMENT, reason="Spam", batch=BATCH), by="mod")
    started.then(comment.CommentRemoved(comment=COMMENT, reason="Spam", batch=BATCH))
    started.when(post.RestorePost(post=POST, batch=BATCH), by="mod").refused(Conflict)
    started.when(bulk.TakeBackBulkRemoval(batch=BATCH, reason="Wrong"), by="mod")
    started.then(bulk.BulkRemovalTakenBack(batch=BATCH, account=id_of("ada"), reason="Wrong"))
    started.when(post.RestorePost(post=POST, reason="Wrong", batch=BATCH), by="mod")
    started.then(post.PostRestored(post=POST, reason="Wrong", batch=BATCH))
    started.when(post.RemovePost(post=POST, reason="Spam", batch=BATCH), by="mod").refused(Conflict)


def test_no_text_is_a_part_of_what_it_cannot_belong_to():
    started = ordered().given(published(OTHER, author="bob"))
    started.when(post.RemovePost(post=OTHER, reason="r", batch=BATCH), by="mod").refused(Conflict)
    for batch in (OTHER, "x", "../.."):
        started.when(post.RemovePost(post=POST, reason="r", batch=batch), by="mod").refused(Conflict)


def test_it_is_taken_back_by_whoever_may():
    take_back = bulk.TakeBackBulkRemoval(batch=BATCH, reason="Wrong")
    ordered().when(take_back, by="may").refused(Forbidden)
    assert only_event(ordered().when(take_back, by="root")).batch == BATCH
    ordered().when(take_back, by="bob").refused(Forbidden)
    ordered().when(take_back, by="ada").refused(Forbidden)
    ordered().when(bulk.TakeBackBulkRemoval(batch=BATCH, reason=""), by="mod").refused(Invalid)
    ordered().when(take_back, by="mod").when(take_back, by="mod").refused(Conflict)
    for batch in (OTHER, "x"):
        ordered().when(bulk.TakeBackBulkRemoval(batch=batch, reason="r"), by="mod").refused(NotFound)


def test_what_came_of_it_is_recorded_once_and_by_the_site_alone():
    removal = bulk.RecordBulkRemoval(batch=BATCH, removed=2, remaining=1)
    restoration = bulk.RecordBulkRestoration(batch=BATCH, restored=1, remaining=1)
    ordered().when(removal, by="mod").refused(Forbidden)
    ordered().when(restoration, by=OPERATOR).then()
    started = ordered().when(removal, by=OPERATOR)
    started.then(bulk.BulkRemovalFinished(batch=BATCH, removed=2, remaining=1))
    started.when(removal, by=OPERATOR).then()
    started.when(bulk.TakeBackBulkRemoval(batch=BATCH, reason="Wrong"), by="mod")
    started.when(restoration, by=OPERATOR).then(bulk.BulkRemovalReversed(batch=BATCH, restored=1, remaining=1))
    started.when(restoration, by=OPERATOR).then()


def test_reasons_go_with_whoever_gave_them():
    ordered().when(bulk.EraseBatchReasons(batch=BATCH), by="mod").refused(Forbidden)
    erased = bulk.BatchReasonsErased(batch=BATCH, account=id_of("ada"), erased=(1,))
    started = ordered().when(bulk.EraseBatchReasons(batch=BATCH, versions=(1, 9)), by=OPERATOR)
    started.then(erased)
    started.when(bulk.EraseBatchReasons(batch=BATCH, versions=(1,)), by=OPERATOR).then()


def test_a_claim_is_looked_at_when_it_is_ordered():
    at = later(AT, timedelta(minutes=14))
    assert only_event(claimed().when(order(now=at), by="mod")).until == at
