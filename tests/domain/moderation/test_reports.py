"""Reports: what may be reported, by whom, and that the same one twice is one."""

from typing import Any

import pytest

from domain import comment, leaving, post
from domain.errors import Forbidden, Invalid, NotFound, Removed, Suspended
from domain.moderation import standing, suspension
from domain.moderation.report import EraseReport, ReportErased, ReportFiled, ReportWithdrawn, WithdrawReport
from domain.rights import OPERATOR
from tests.domain.case import AT, COMMENT, NOBODY, POST, Case, added
from tests.domain.moderation.desk import (
    ADA,
    BOB,
    OTHER,
    REPORT,
    TARGET,
    after,
    claim,
    deciding,
    desk,
    events,
    filed,
    joined,
    reported,
    state,
)
from tests.people import id_of

STRANGER = "0192abcd-0000-7000-8000-0000000000bb"


def digest(story: Case, stream: str = TARGET, at: int = 0) -> str:
    return story.store.load(stream)[at].events[0].digest


def test_a_report_pins_what_was_seen_without_a_copy_of_it():
    story = desk().when(post.EditPost(post=POST, version=1, title="Hello", body="New"))
    story.when(filed(version=1, text=" It is an ad. "), by="bob")
    story.then(
        ReportFiled(
            report=REPORT, target=TARGET, version=1, digest=digest(story), category="spam", reporter=BOB,
            text=" It is an ad. ",
        )
    )  # fmt: skip
    assert story.stored[0].stream == f"report-{TARGET}-{BOB}"
    assert story.stored[0].key == POST


def test_a_version_that_brought_no_text_shows_the_one_before():
    story = desk().when(post.LockPost(post=POST), by="mod").when(filed(version=2), by="bob")
    assert [event.digest for event in events(story) if isinstance(event, ReportFiled)] == [digest(story)]


@pytest.mark.parametrize("version", [0, -1, 2, 10**20])
def test_a_version_that_never_was_is_refused(version: int):
    desk().when(filed(version=version), by="bob").refused(Invalid, "never had such a version")


def test_comments_and_accounts_are_reported_too():
    story = desk().given(added())
    for number, (target, author) in enumerate([(f"comment-{COMMENT}", "ada"), (f"account-{ADA}", "ada")]):
        story.when(filed(target=target, report=f"{REPORT[:-1]}{number}"), by="bob")
        (event,) = events(story)
        assert isinstance(event, ReportFiled)
        assert event.target == target
        story.when(filed(target=target), by=author).refused(Invalid, "your own")


def test_what_is_ones_own_is_refused():
    desk().when(filed()).refused(Invalid, "your own")
    desk().when(filed(target=f"account-{BOB}"), by="bob").refused(Invalid, "your own")


def test_what_is_removed_is_gone_and_what_is_below_it_too():
    story = desk().given(added()).when(post.RemovePost(post=POST))
    story.when(filed(), by="bob").refused(Removed)
    story.when(filed(target=f"comment-{COMMENT}"), by="bob").refused(Removed)
    story = desk().given(added()).when(comment.RemoveComment(comment=COMMENT))
    story.when(filed(target=f"comment-{COMMENT}"), by="bob").refused(Removed)


@pytest.mark.parametrize(
    "target", [f"post-{NOBODY}", f"comment-{NOBODY}", f"account-{NOBODY}", "post-1", "like-1", "", "account-verbatim"]
)
def test_what_isnt_there_is_not_found(target: str):
    desk().when(filed(target=target), by="bob").refused(NotFound)


def test_whoever_leaves_is_nobody():
    story = desk().when(leaving.Leave(handle="ada", words="keep", until=after(days=14)))
    story.when(filed(target=f"account-{ADA}"), by="bob").refused(NotFound)
    story.when(filed(), by="bob")
    assert len(events(story)) == 1
    story.when(filed(target=f"account-{BOB}")).refused(Forbidden, "leaving")


@pytest.mark.parametrize("id", ["", "mine", "0192ABCD-0000-7000-8000-0000000000a1"])
def test_what_is_sealed_is_nobodys_to_type(id: str):
    desk().when(filed(report=id), by="bob").refused(NotFound)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"category": "rude"}, "Category must be one of: spam, illegal, rule, other."),
        ({"category": ""}, "Category must be one of"),
        ({"category": "rule", "rule": 1}, "one of the site's rules"),
        ({"category": "rule", "rule": 0}, "one of the site's rules"),
        ({"category": "other", "text": " "}, "Text can't be empty."),
        ({"category": "illegal", "text": "", "law": "§ 130"}, "Text can't be empty."),
        ({"text": "x" * 2_001}, "Text is 2,001 characters long; 2,000 is the most."),
        ({"law": "x" * 201, "category": "illegal", "text": "t"}, "Law is 201 characters long"),
        ({"text": "\0"}, "control character"),
    ],
)
def test_what_a_report_cant_say(fields: dict[str, Any], sentence: str):
    desk().when(filed(**fields), by="bob").refused(Invalid, sentence)


def test_all_that_is_wrong_is_said_at_once():
    story = desk().when(filed(category="rude", text="x" * 2_001, version=9), by="bob")
    assert isinstance(story.outcome, Invalid)
    assert set(story.outcome.fields) == {"category", "text", "version"}


def test_a_law_is_for_what_is_illegal_alone():
    story = desk().when(filed(category="illegal", text="t", law=" § 130  StGB "), by="bob")
    assert [event.law for event in events(story) if isinstance(event, ReportFiled)] == ["§ 130 StGB"]
    story = desk().when(filed(law="§ 130", rule=3, rules_version=2), by="bob")
    assert [
        (event.law, event.rule, event.rules_version) for event in events(story) if isinstance(event, ReportFiled)
    ] == [("", 0, 0)]


def test_the_same_report_twice_is_one():
    story = desk().when(filed(), by="bob").when(filed(report=OTHER), by="bob").then()
    story.when(filed(report=OTHER, category="other", text="And rude."), by="bob").then()
    joined(story).when(filed(report=OTHER), by="bob").then()


def test_what_was_withdrawn_may_be_filed_again():
    story = desk().when(filed(), by="bob").when(WithdrawReport(target=TARGET), by="bob")
    story.then(ReportWithdrawn(report=REPORT, target=TARGET))
    story.when(WithdrawReport(target=TARGET), by="bob").then()
    story.when(filed(report=OTHER), by="bob")
    assert len(events(story)) == 1


def test_what_was_decided_may_be_reported_again_and_opens_the_case():
    story = reported().when(claim(), by="mod").when(deciding("none"), by="mod")
    assert state(story).decided
    story.when(filed(report=OTHER), by="bob")
    assert len(events(story)) == 1
    joined(story, OTHER)
    assert (state(story).decided, dict(state(story).reports)) == (False, {OTHER: BOB})


def test_nobody_withdraws_what_isnt_theirs():
    story = desk().when(filed(), by="bob")
    for by in ("ada", "mod", "root", "ghost"):
        story.when(WithdrawReport(target=TARGET), by=by).refused(NotFound)


def test_whoever_is_suspended_files_none_but_withdraws():
    desk().when(filed(), by="sus").refused(Suspended)
    story = desk().when(filed(), by="bob").when(suspension.SuspendAccount(handle="bob", reason="r"), by="mod")
    story.when(WithdrawReport(target=TARGET), by="bob").then(ReportWithdrawn(report=REPORT, target=TARGET))


def test_a_pause_refuses_reports_until_it_is_over():
    pause = standing.PauseReporting(handle="bob", until=after(days=7), reason="In bad faith.", now=AT)
    story = desk().when(pause, by="mod").when(filed(), by="bob").refused(Forbidden, after(days=7))
    story.when(filed(now=after(days=7)), by="bob")
    assert len(events(story)) == 1


def test_a_pause_that_is_taken_back_refuses_nothing():
    pause = standing.PauseReporting(handle="bob", until=after(days=7), reason="In bad faith.", now=AT)
    story = desk().when(pause, by="mod").when(standing.ResumeReporting(handle="bob"), by="mod").when(filed(), by="bob")
    assert len(events(story)) == 1


def test_a_stranger_reports_by_an_id_of_their_own_and_withdraws():
    story = desk().when(filed(stranger=STRANGER), by=STRANGER)
    (event,) = events(story)
    assert isinstance(event, ReportFiled)
    assert (event.reporter, event.stranger) == (STRANGER, True)
    story.when(filed(stranger=STRANGER, report=OTHER), by=STRANGER).then()
    story.when(WithdrawReport(target=TARGET, stranger=STRANGER), by=STRANGER)
    story.then(ReportWithdrawn(report=REPORT, target=TARGET))


@pytest.mark.parametrize("stranger", ["mira@example.org", BOB, id_of("mod")])
def test_a_stranger_is_nobody_else(stranger: str):
    desk().when(filed(stranger=stranger), by=STRANGER).refused(NotFound)


def test_whoever_is_nobody_reports_nothing():
    desk().when(filed(), by="ghost").refused(Forbidden, "Log in")
    desk().when(filed(), by=STRANGER).refused(Forbidden, "Log in")


def test_an_account_files_as_itself_whatever_its_browser_keeps():
    story = desk().when(filed(stranger=STRANGER), by="bob")
    (event,) = events(story)
    assert isinstance(event, ReportFiled)
    assert (event.reporter, event.stranger) == (BOB, False)


@pytest.mark.parametrize("by", ["root", OPERATOR])
def test_an_admin_takes_its_words_out(by: str):
    story = desk().when(filed(text="Hush"), by="bob").when(EraseReport(target=TARGET, reporter=BOB), by=by)
    story.then(ReportErased(target=TARGET, erased=(1,)))
    story.when(EraseReport(target=TARGET, reporter=BOB), by=by).then()


@pytest.mark.parametrize("by", ["ada", "bob", "mod"])
def test_nobody_else_takes_words_out(by: str):
    story = desk().when(filed(text="Hush"), by="bob")
    story.when(EraseReport(target=TARGET, reporter=BOB), by=by).refused(Forbidden)


def test_there_is_nothing_to_erase_where_nothing_was_reported():
    desk().when(EraseReport(target=TARGET, reporter=BOB), by="root").refused(NotFound)
