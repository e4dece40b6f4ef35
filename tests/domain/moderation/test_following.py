"""What the follower tells cases: nobody else may, and telling it again changes nothing."""

import pytest

from domain import leaving, post
from domain.errors import Forbidden, NotFound
from domain.messages import Command
from domain.moderation.case import (
    CaseOpened,
    CaseTextChanged,
    JoinReport,
    LeaveReport,
    NoticeText,
    ReportJoined,
    ReportLeft,
)
from domain.moderation.decision import DecisionCarriedOut, RecordCarriedOut, RecordReversed
from domain.rights import OPERATOR
from tests.domain.case import AT, NOBODY, POST
from tests.domain.moderation.desk import (
    ADA,
    BOB,
    DECISION,
    OTHER,
    REPORT,
    TARGET,
    after,
    claim,
    decided,
    deciding,
    desk,
    filed,
    joined,
    reported,
    state,
)

JOIN = JoinReport(target=TARGET, report=REPORT, reporter=BOB, version=1, now=AT)
LEAVE = LeaveReport(target=TARGET, report=REPORT, now=AT)
NOTICE = NoticeText(target=TARGET, now=AT)
CARRIED_OUT = RecordCarriedOut(target=TARGET, decision=DECISION, done=("warn", "remove"), skipped=("lock", "ban"))
REVERSED = RecordReversed(target=TARGET, decision=DECISION, done=(), skipped=())


@pytest.mark.parametrize("by", ["ada", "bob", "mod", "root", "sus", "ghost"])
@pytest.mark.parametrize("command", [JOIN, LEAVE, NOTICE, CARRIED_OUT, REVERSED], ids=lambda one: type(one).__name__)
def test_only_the_site_itself_does_that(command: Command, by: str):
    decided().when(command, by=by).refused(Forbidden)


def test_the_first_report_opens_a_case_and_the_next_joins_it():
    story = desk().when(JOIN, by=OPERATOR)
    story.then(
        CaseOpened(target=TARGET, author=ADA, thread=POST, text_version=1),
        ReportJoined(target=TARGET, report=REPORT, reporter=BOB, version=1, text_version=1),
    )
    assert {commit.key for commit in story.stored} == {POST}
    story.when(JOIN, by=OPERATOR).then()
    joined(story, OTHER, by="root").then(
        ReportJoined(target=TARGET, report=OTHER, reporter=state(story).reports[OTHER], version=1, text_version=1)
    )


def test_a_report_that_was_answered_joins_nothing_again():
    decided("none").when(JOIN, by=OPERATOR).then()


def test_a_report_leaves_once_and_doesnt_come_back():
    story = reported().when(LEAVE, by=OPERATOR).then(ReportLeft(target=TARGET, report=REPORT))
    story.when(LEAVE, by=OPERATOR).then().when(JOIN, by=OPERATOR).then()
    assert dict(state(story).reports) == {}
    decided("none").when(LEAVE, by=OPERATOR).then()


def test_what_is_about_nothing_is_not_found():
    nothing = JoinReport(target=f"post-{NOBODY}", report=REPORT, reporter=BOB, version=1, now=AT)
    desk().when(nothing, by=OPERATOR).refused(NotFound)
    for report, reporter in (("", BOB), (REPORT, ""), ("one", BOB), (REPORT, "bob")):
        twisted = JoinReport(target=TARGET, report=report, reporter=reporter, version=1, now=AT)
        desk().when(twisted, by=OPERATOR).refused(NotFound)


def test_a_case_about_an_account_that_is_closed_can_still_be_decided():
    target = f"account-{ADA}"
    story = desk().when(filed(target=target), by="bob").when(leaving.Leave(handle="ada", words="keep", until=AT))
    story.when(leaving.EraseAccount(handle=ADA, now=after(days=1)), by=ADA)
    story = joined(story, target=target).when(claim(target=target), by="mod")
    story.when(deciding("none", target=target), by="mod")
    assert story.bus.aggregates().case(target).decided


def test_a_text_is_noticed_while_nothing_is_decided():
    edit = post.EditPost(post=POST, version=1, title="Hello", body="Milder")
    story = reported().when(NOTICE, by=OPERATOR).then().when(edit).when(NOTICE, by=OPERATOR)
    story.then(CaseTextChanged(target=TARGET, text_version=2)).when(NOTICE, by=OPERATOR).then()
    decided("none").when(edit).when(NOTICE, by=OPERATOR).then()
    desk().when(edit).when(NOTICE, by=OPERATOR).then()


def test_what_was_carried_out_is_recorded_once():
    story = decided("remove", "warn", "lock").when(CARRIED_OUT, by=OPERATOR)
    story.then(DecisionCarriedOut(target=TARGET, decision=DECISION, done=("remove", "warn"), skipped=("lock",)))
    story.when(CARRIED_OUT, by=OPERATOR).then()
    made = state(story).decisions[DECISION]
    assert (made.carried_out, made.done) == (True, ("remove", "warn"))


def test_what_was_never_decided_is_neither_carried_out_nor_reversed():
    reported().when(CARRIED_OUT, by=OPERATOR).then().when(REVERSED, by=OPERATOR).then()
