"""Suspensions: who may, until when, and that a term ends by itself."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import comment, like, post, token, webhook
from domain.account import EditProfile
from domain.errors import Conflict, Forbidden, Invalid, Suspended
from domain.ids import parse_moment, to_iso_utc
from domain.messages import Command, Envelope
from domain.moderation.suspension import AccountReinstated, AccountSuspended, ReinstateAccount, SuspendAccount
from domain.rights import Suspension
from tests.domain.case import AT, COMMENT, NOBODY, POST, Case, added, people, person, published
from tests.people import id_of

BOB = id_of("bob")
BEFORE, SOON, LATER = (f"{day}T06:00:00.000000Z" for day in ("2026-11-23", "2026-11-25", "2026-12-24"))
SUSPEND = SuspendAccount(handle="bob", reason="spam", now=AT)
EDIT = EditProfile(handle="bob", name="B", bio="")


def suspend(until: str = "", now: str = AT, days: int = 0) -> SuspendAccount:
    return SuspendAccount(handle="bob", reason="spam", until=until, now=now, days=days)


def suspended(until: str = "") -> AccountSuspended:
    return AccountSuspended(account=BOB, reason="spam", until=until)


def in_term(until: str) -> Case:
    """bob is suspended until then."""
    return people().given(published(), added(), suspended(until))


def test_a_moderator_suspends_with_a_reason_and_reinstates():
    case = people().when(SuspendAccount(handle="bob", reason=""), by="mod").refused(Invalid, "Reason")
    case.when(SUSPEND, by="mod").then(suspended())
    case.when(SUSPEND, by="mod").then()
    case.when(EDIT, by="bob").refused(Suspended)
    case.when(ReinstateAccount(handle="bob"), by="mod").then(AccountReinstated(account=BOB))
    case.when(ReinstateAccount(handle="bob"), by="mod").then()


def test_only_an_admin_suspends_a_moderator_and_nobody_themselves():
    case = people().given(*person("mod2", "moderator"))
    for until in ("", SOON):
        command = SuspendAccount(handle="mod2", reason="x", until=until, now=AT)
        case.when(command, by="mod").refused(Forbidden)
        case.when(command, by="root").then(AccountSuspended(account=id_of("mod2"), reason="x", until=until))
    case.when(SuspendAccount(handle="root", reason="x"), by="root").refused(Conflict, "yourself")
    case.when(SuspendAccount(handle="root", reason="x"), by="mod").refused(Forbidden)
    case.when(SuspendAccount(handle="bob", reason="x"), by="ada").refused(Forbidden)


def test_a_term_is_stored_as_the_site_writes_moments():
    people().when(suspend("2026-11-25T07:00:00+01:00"), by="mod").then(suspended(SOON))
    people().when(suspend("2026-11-25T06:00Z"), by="mod").then(suspended(SOON))


def test_a_term_of_days_is_counted_from_now():
    people().when(suspend(days=30), by="mod").then(suspended(LATER))
    people().when(suspend(SOON, days=30), by="mod").then(suspended(SOON))


def test_the_same_term_again_changes_nothing_and_another_replaces_it():
    case = in_term(SOON)
    case.when(suspend(SOON), by="mod").then()
    case.when(suspend("2026-11-25T06:00:00Z"), by="mod").then()
    case.when(suspend(LATER), by="mod").then(suspended(LATER))
    case.when(suspend(), by="mod").then(suspended())
    case.when(suspend(SOON), by="mod").then(suspended(SOON))


def test_whoever_is_free_again_can_be_suspended_again():
    case = in_term(SOON)
    case.when(suspend(now=LATER), by="mod").then(suspended())
    in_term(SOON).when(suspend(days=30, now=SOON), by="mod").then(suspended("2026-12-25T06:00:00.000000Z"))


def test_there_is_nothing_to_take_back_once_it_is_over():
    case = in_term(SOON).when(ReinstateAccount(handle="bob", now=SOON), by="mod").then()
    case.when(ReinstateAccount(handle="bob", now=AT), by="mod").then(AccountReinstated(account=BOB))


@pytest.mark.parametrize(
    "until", [BEFORE, AT, "2036-11-24T06:00:00.000001Z", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"]
)
def test_an_end_that_is_past_or_too_far_is_refused(until: str):
    refused = people().when(suspend(until), by="mod").refused(Invalid, "Until must be").outcome
    assert isinstance(refused, Invalid)
    assert list(refused.fields) == ["until"]


@pytest.mark.parametrize("until", ["tomorrow", "2027-05-03", "2027-05-03T12:00:00", "2027-02-30T12:00Z", " ", "\ud800"])
def test_what_is_no_moment_is_refused(until: str):
    refused = people().when(suspend(until), by="mod").refused(Invalid, "a time such as").outcome
    assert isinstance(refused, Invalid)
    assert list(refused.fields) == ["until"]


@pytest.mark.parametrize("days", [-1, 10**4, 10**20])
def test_so_many_days_are_refused(days: int):
    people().when(suspend(days=days), by="mod").refused(Invalid, "Until must be")


def test_ten_years_are_the_most_also_on_a_day_that_not_every_year_has():
    end = "2036-11-24T06:00:00.000000Z"
    people().when(suspend(end), by="mod").then(suspended(end))
    leap, last, over = "2028-02-29T00:00:00.000000Z", "2038-02-28T23:59:59.000000Z", "2038-03-01T00:00:00.000000Z"
    people().when(suspend(last, now=leap), by="mod").then(suspended(last))
    people().when(suspend(over, now=leap), by="mod").refused(Invalid, "10 years")


def test_a_repeat_under_its_id_is_the_same_whenever_it_was_sent():
    case = people().when(suspend(days=7), by="mod", command_id=NOBODY)
    first = case.outcome
    case.when(suspend(days=7, now=SOON), by="mod", command_id=NOBODY).then()
    assert (case.outcome.commit, case.outcome.repeated) == (first.commit, True)


EVERYTHING: list[Command] = [
    EDIT,
    post.NewPost(post=NOBODY, title="t", body="b"),
    comment.AddComment(comment=NOBODY, post=POST, body="b"),
    like.Like(target=f"comment-{COMMENT}"),
    token.IssueToken(token=NOBODY, handle="bob", digest="0" * 64, scopes=("read",), expires_at=AT),
    webhook.AddWebhook(handle="bob", webhook=NOBODY, url="https://a.example/"),
]
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(to_iso_utc)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, MOMENTS, st.sampled_from(EVERYTHING))
def test_a_term_that_ended_never_refuses_and_one_that_has_not_always_does(until: str, at: str, command: Command):
    case = in_term(until)
    envelope = Envelope(actor="bob", at=at)
    if at < until:
        with pytest.raises(Suspended):
            case.bus.send(command, envelope)
    else:
        case.bus.send(command, envelope)
    known = case.bus.aggregates().account_named("bob")
    assert known.suspension == Suspension(until)
    assert (known.is_suspended(at), known.is_active(at)) == (at < until, at >= until)


@given(st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_a_moment_is_read_as_the_same_moment(typed: str):
    """None only at the two ends of the calendar, where UTC has no such day."""
    found = parse_moment(typed)
    assert found is None or datetime.fromisoformat(found) == datetime.fromisoformat(typed)
    assert found is not None or typed[:4] in ("0001", "9999")


@given(st.text())
def test_any_text_is_read_as_a_moment_or_as_none(typed: str):
    found = parse_moment(typed)
    assert found is None or parse_moment(found) == found
