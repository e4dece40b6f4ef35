"""Taking a decision back: by whoever made it or has power over them, once, and what it answered waits again."""

import pytest

from domain import account
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.moderation.case import LeaveReport
from domain.moderation.decision import DecisionReversed, DecisionTakenBack, RecordReversed
from domain.moderation.report import WithdrawReport
from domain.rights import OPERATOR
from tests.domain.case import AT, NOBODY
from tests.domain.moderation.desk import (
    APPEAL,
    BOB,
    DECISION,
    OTHER,
    REPORT,
    ROOT,
    TARGET,
    after,
    claim,
    decided,
    deciding,
    filed,
    joined,
    reported,
    state,
    statement,
    taking_back,
)

TAKEN_BACK = DecisionTakenBack(target=TARGET, decision=DECISION, reason="A mistake.")


def reversing(**fields: str) -> RecordReversed:
    return RecordReversed(target=TARGET, decision=DECISION, done=("remove",), skipped=(), **fields)


def test_whoever_decided_takes_it_back():
    story = decided().when(taking_back(), by="mod").then(TAKEN_BACK)
    assert state(story).decisions[DECISION].taken_back
    assert not state(story).decided


@pytest.mark.parametrize("by", ["root", OPERATOR])
def test_an_admin_takes_it_back(by: str):
    decided().when(taking_back(), by=by).then(TAKEN_BACK)


def test_another_moderator_doesnt():
    decided().when(taking_back(), by="sue").refused(Forbidden)
    decided(by="root").when(taking_back(), by="mod").refused(Forbidden)


def test_of_one_who_is_no_moderator_any_more_another_one_takes_it_back():
    story = decided().when(account.RevokeRole(handle="mod", role="moderator"), by="root")
    story.when(taking_back(), by="mod").refused(Forbidden)
    story.when(taking_back(), by="sue").then(TAKEN_BACK)


def test_twice_is_a_conflict():
    story = (
        decided().when(taking_back(), by="mod").when(taking_back(), by="mod").refused(Conflict, "taken back already")
    )
    story.when(reversing(), by=OPERATOR).when(taking_back(), by="root").refused(Conflict)


def test_the_same_command_twice_is_once():
    story = decided().when(taking_back(), by="mod", command_id="k").when(taking_back(), by="mod", command_id="k")
    story.then()


def test_it_takes_a_reason_and_a_decision():
    decided().when(taking_back(reason=" "), by="mod").refused(Invalid)
    decided().when(taking_back(decision=OTHER), by="mod").refused(NotFound)
    decided().when(taking_back(decision="1"), by="mod").refused(NotFound)
    reported().when(taking_back(), by="mod").refused(NotFound)


def test_whose_the_thing_is_takes_nothing_back():
    target = f"account-{ROOT}"
    story = joined(reported().when(filed(target=target), by="bob"), target=target)
    story.when(account.GrantRole(handle="sue", role="admin"), by="root")
    story.when(claim(target=target), by="sue").when(deciding("warn", target=target), by="sue")
    story.when(taking_back(target=target), by="root").refused(Forbidden, "what is yours")


def test_reports_that_it_answered_wait_for_the_next_decision():
    story = joined(decided("none").when(filed(report=OTHER), by="root"), OTHER, by="root")
    story.when(taking_back(), by="mod")
    assert dict(state(story).reports) == {REPORT: BOB, OTHER: ROOT}
    assert dict(state(story).answered) == {}
    story.when(filed(report=NOBODY), by="bob").then()
    story.when(claim(), by="mod")
    assert statement(story.when(deciding(decision=NOBODY), by="mod")).reports == (REPORT, OTHER)


def test_a_decision_that_was_followed_by_another_gives_back_nothing_of_that_one():
    story = joined(decided("none").when(filed(report=OTHER), by="root"), OTHER, by="root").when(claim(), by="mod")
    story.when(deciding("none", decision=NOBODY), by="mod").when(taking_back(), by="mod")
    assert dict(state(story).reports) == {REPORT: BOB}
    assert dict(state(story).answered) == {OTHER: NOBODY}


def test_a_report_that_was_withdrawn_first_doesnt_come_back():
    story = joined(reported().when(filed(report=OTHER), by="root"), OTHER, by="root")
    story.when(WithdrawReport(target=TARGET), by="root")
    story.when(LeaveReport(target=TARGET, report=OTHER, now=AT), by=OPERATOR)
    story.when(claim(), by="mod").when(deciding("none"), by="mod").when(taking_back(), by="mod")
    assert dict(state(story).reports) == {REPORT: BOB}
    joined(story, OTHER, by="root").then()


def test_what_it_restricted_is_lifted_once():
    story = decided().when(taking_back(), by="mod").when(reversing(), by=OPERATOR)
    story.then(DecisionReversed(target=TARGET, decision=DECISION, done=("remove",), skipped=()))
    story.when(reversing(), by=OPERATOR).then()


def test_overturning_one_that_restricts_nobody_opens_the_case_again():
    """A reporter was right to appeal, so somebody has to decide anew."""
    story = decided("none").when(reversing(appeal=APPEAL), by=OPERATOR)
    assert (state(story).decided, dict(state(story).reports)) == (False, {REPORT: BOB})
    story = decided("remove").when(reversing(appeal=APPEAL), by=OPERATOR)
    assert (state(story).decided, dict(state(story).reports)) == (True, {})


def test_a_claim_that_is_live_is_renewed_by_it():
    story = joined(decided("none").when(filed(report=OTHER), by="root"), OTHER, by="root").when(claim(), by="mod")
    story.when(taking_back(now=after(minutes=5)), by="mod")
    story.then(
        DecisionTakenBack(target=TARGET, decision=DECISION, reason="A mistake.", claimed_until=after(minutes=20))
    )
