"""Claims: whoever decides about a case has it for a quarter of an hour that each of their acts renews."""

import pytest

from domain import account, comment, post
from domain.errors import Claimed, Conflict, Forbidden, Invalid, NotClaimed, NotFound, Suspended
from domain.moderation.case import (
    AddNote,
    CaseClaimed,
    CaseEscalated,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseTextChanged,
    Escalate,
    NoteAdded,
    OpenCase,
    Release,
)
from domain.rights import OPERATOR
from tests.domain.case import AT, COMMENT, NOBODY, POST, added, published
from tests.domain.moderation.desk import (
    ADA,
    DECISION,
    MOD,
    OTHER,
    ROOT,
    TARGET,
    after,
    claim,
    claimed,
    decided,
    deciding,
    desk,
    filed,
    joined,
    reported,
    state,
    taking_back,
)

QUARTER = after(minutes=15)


def note(**fields: str) -> AddNote:
    return AddNote(**({"target": TARGET, "text": "Seen before.", "now": AT} | fields))


def opened(**fields: str) -> OpenCase:
    return OpenCase(**({"target": TARGET, "now": AT} | fields))


def test_a_claim_lasts_a_quarter_of_an_hour():
    story = reported().when(claim(), by="mod").then(CaseClaimed(target=TARGET, claimed_until=QUARTER))
    live = state(story).live_claim(after(minutes=14.9))
    assert live is not None
    assert (live.by, live.until) == (MOD, QUARTER)
    assert state(story).live_claim(QUARTER) is None


def test_nobody_else_claims_it_meanwhile_and_learns_who_has_it():
    story = claimed().when(claim(now=after(minutes=14)), by="sue").refused(Claimed, QUARTER)
    assert isinstance(story.outcome, Claimed)
    assert (story.outcome.by, story.outcome.until) == (MOD, QUARTER)
    story.when(claim(now=after(minutes=14), take_over=True), by="sue").refused(Claimed)
    story.when(claim(now=after(minutes=14)), by="root").refused(Claimed)


def test_an_admin_takes_it_over_on_record():
    story = claimed().when(claim(now=after(minutes=1), take_over=True), by="root")
    story.then(CaseClaimed(target=TARGET, claimed_until=after(minutes=16), taken_from=MOD))
    story.when(deciding(now=after(minutes=2)), by="mod").refused(Claimed)


def test_whoever_comes_after_its_end_just_claims_it():
    story = (
        claimed().when(claim(now=QUARTER), by="sue").then(CaseClaimed(target=TARGET, claimed_until=after(minutes=30)))
    )
    story.when(note(now=after(minutes=16)), by="mod").then(NoteAdded(target=TARGET, text="Seen before."))
    assert state(story).live_claim(after(minutes=16)) is not None


def test_claiming_again_renews_it():
    claimed().when(claim(now=after(minutes=10)), by="mod").then(
        CaseClaimed(target=TARGET, claimed_until=after(minutes=25))
    )


def test_a_note_renews_its_writers_claim_and_nobody_elses():
    story = claimed().when(note(now=after(minutes=10)), by="mod")
    story.then(NoteAdded(target=TARGET, text="Seen before.", claimed_until=after(minutes=25)))
    story.when(note(now=after(minutes=11)), by="sue").then(NoteAdded(target=TARGET, text="Seen before."))
    story.when(deciding(now=after(minutes=24)), by="mod")
    assert state(story).decided


def test_a_note_after_the_claim_ran_out_brings_it_back_to_nobody():
    story = claimed().when(note(now=after(minutes=16)), by="mod").then(NoteAdded(target=TARGET, text="Seen before."))
    story.when(deciding(now=after(minutes=17)), by="mod").refused(NotClaimed, "ran out")


def test_taking_back_an_earlier_decision_renews_a_claim():
    story = joined(decided("none").when(filed(report=OTHER), by="bob"), OTHER).when(claim(), by="mod")
    story.when(taking_back(now=after(minutes=10)), by="mod")
    story.when(deciding("none", decision=NOBODY, now=after(minutes=20)), by="mod")
    assert state(story).decided


def test_releasing_sets_it_free():
    story = claimed().when(Release(target=TARGET, now=AT), by="sue").then()
    story.when(Release(target=TARGET, now=AT), by="mod").then(CaseReleased(target=TARGET))
    story.when(Release(target=TARGET, now=AT), by="mod").then()
    story.when(deciding(), by="mod").refused(NotClaimed)
    story.when(claim(), by="sue").then(CaseClaimed(target=TARGET, claimed_until=QUARTER))


def test_what_is_decided_isnt_claimed_but_opened_again():
    story = decided("none").when(claim(), by="sue").refused(Conflict, "Open it again")
    story.when(opened(), by="sue")
    story.then(CaseReopened(target=TARGET, text_version=1), CaseClaimed(target=TARGET, claimed_until=QUARTER))
    story.when(opened(), by="mod").refused(Conflict, "open case")


def test_a_moderator_opens_a_case_that_nobody_reported():
    story = desk().given(added()).when(opened(target=f"comment-{COMMENT}"), by="mod")
    of_comment = {"target": f"comment-{COMMENT}"}
    story.then(
        CaseOpened(**of_comment, author=ADA, thread=POST, text_version=1),
        CaseClaimed(**of_comment, claimed_until=QUARTER),
    )
    assert {commit.key for commit in story.stored} == {POST}


def test_a_case_about_an_account_is_of_no_thread():
    story = desk().when(opened(target=f"account-{ADA}"), by="mod")
    of_ada = {"target": f"account-{ADA}"}
    story.then(
        CaseOpened(**of_ada, author=ADA, thread="", text_version=1), CaseClaimed(**of_ada, claimed_until=QUARTER)
    )


@pytest.mark.parametrize("target", [f"post-{NOBODY}", f"account-{NOBODY}", "post-1", "case-1", ""])
def test_there_is_no_case_about_nothing(target: str):
    desk().when(opened(target=target), by="mod").refused(NotFound)
    desk().when(claim(target=target), by="mod").refused(NotFound)


def test_there_is_no_case_to_claim_where_nothing_is_reported():
    for command in (claim(), note(), Release(target=TARGET, now=AT), deciding(), taking_back()):
        desk().when(command, by="mod").refused(NotFound)


def test_a_claim_takes_in_the_text_of_today():
    """Also where the follower is behind, or the text was erased: else nobody could ever decide."""
    story = reported().when(post.EditPost(post=POST, version=1, title="Hello", body="Milder"))
    story.when(claim(), by="mod")
    story.then(CaseTextChanged(target=TARGET, text_version=2), CaseClaimed(target=TARGET, claimed_until=QUARTER))
    story.when(post.ErasePost(post=POST, reason="asked"), by="root").when(claim(), by="mod")
    story.then(CaseTextChanged(target=TARGET, text_version=3), CaseClaimed(target=TARGET, claimed_until=QUARTER))
    story.when(deciding(), by="mod")
    assert state(story).decided


def test_whose_the_thing_is_has_no_part_in_its_case():
    by_mod = published(NOBODY, author="mod")
    mine = f"post-{NOBODY}"
    story = desk().given(by_mod).when(opened(target=mine), by="mod").refused(Invalid, "your own")
    story = joined(story.when(filed(target=mine), by="bob"), target=mine)
    story.when(claim(target=mine), by="mod").refused(Forbidden, "is yours")
    story.when(note(target=mine), by="mod").refused(Forbidden, "is yours")
    story.when(claim(target=mine), by="sue").then(CaseClaimed(target=mine, claimed_until=QUARTER))


def test_what_is_escalated_waits_for_an_admin():
    story = claimed().when(Escalate(target=TARGET, reason="Over my head.", now=AT), by="mod")
    story.then(CaseEscalated(target=TARGET, reason="Over my head."))
    story.when(claim(), by="mod").refused(Forbidden, "waits for an admin")
    story.when(note(), by="mod").then(NoteAdded(target=TARGET, text="Seen before."))
    story.when(claim(), by="root").when(deciding("none"), by="root")
    assert (state(story).decided, state(story).escalated) == (True, False)
    assert state(story).decisions[DECISION].by == ROOT


def test_escalating_takes_a_claim_and_a_reason():
    reported().when(Escalate(target=TARGET, reason="r", now=AT), by="mod").refused(NotClaimed)
    claimed().when(Escalate(target=TARGET, reason="r", now=AT), by="sue").refused(Claimed)
    claimed().when(Escalate(target=TARGET, reason=" ", now=AT), by="mod").refused(Invalid)
    claimed().when(Escalate(target=TARGET, reason="r", now=after(minutes=15)), by="mod").refused(NotClaimed)


@pytest.mark.parametrize(
    ("text", "sentence"), [(" ", "can't be empty"), ("x" * 2_001, "2,000 is the most"), ("\0", "U+0000")]
)
def test_what_a_note_cant_say(text: str, sentence: str):
    reported().when(note(text=text), by="mod").refused(Invalid, sentence)


def test_whoever_is_no_moderator_any_more_has_no_claim():
    story = claimed().when(account.RevokeRole(handle="mod", role="moderator"), by="root")
    story.when(deciding(), by="mod").refused(Forbidden)
    story.when(claim(), by="root").refused(Claimed)


@pytest.mark.parametrize("by", ["ada", "bob", "ghost"])
def test_nobody_but_moderators_works_on_cases(by: str):
    for command in (claim(), note(), opened(), deciding(), taking_back()):
        reported().when(command, by=by).refused(Forbidden)
    reported().when(claim(), by="sus").refused(Suspended)


def test_new_reports_and_texts_take_no_claim_away():
    story = joined(claimed().when(filed(report=OTHER), by="root"), OTHER, by="root")
    assert state(story).live_claim(AT) is not None


def test_the_operator_is_an_admin():
    story = claimed().when(claim(take_over=True), by=OPERATOR)
    story.then(CaseClaimed(target=TARGET, claimed_until=QUARTER, taken_from=MOD))


def test_what_is_removed_may_still_be_looked_at():
    story = desk().given(added()).when(comment.RemoveComment(comment=COMMENT))
    story.when(opened(target=f"comment-{COMMENT}"), by="mod")
    assert len(story.stored) == 1
