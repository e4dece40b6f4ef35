"""Decisions: by whoever has the claim, about what they saw, as the statement of reasons that the author gets."""

from typing import Any

import msgspec
import pytest

from domain import post
from domain.errors import Claimed, Conflict, Forbidden, Invalid, NotClaimed, NotFound, Stale
from domain.moderation.case import CaseEscalated, CaseReopened, NoticeText
from domain.moderation.decision import ACTS, APPEAL_TERM, CaseDecided
from domain.moderation.standing import STRIKE_TERM
from domain.moderation.terms import later
from domain.rights import OPERATOR
from tests.domain.case import AT, COMMENT, NOBODY, POST, Case, added, person, published
from tests.domain.moderation.desk import (
    ADA,
    BATCH,
    BOB,
    DECISION,
    OTHER,
    REPORT,
    TARGET,
    after,
    claim,
    claimed,
    decided,
    deciding,
    desk,
    events,
    filed,
    joined,
    reported,
    state,
    statement,
)
from tests.people import id_of

APPEAL_UNTIL = later(AT, APPEAL_TERM)


def about(target: str, *things: Any) -> Case:
    """A case about something else that mod has claimed."""
    story = desk().given(*things).when(filed(target=target), by="bob")
    return joined(story, target=target).when(claim(target=target), by="mod")


def test_a_decision_is_the_statement_of_reasons():
    story = claimed().when(
        deciding("strike", "remove", "note", note=" Please\nread. ", points=3, batch=BATCH), by="mod"
    )
    story.then(
        CaseDecided(
            target=TARGET, decision=DECISION, author=ADA, acts=("note", "remove", "strike"), reason="Rule 1.",
            note=" Please\nread. ", points=3, strike_expires=later(AT, STRIKE_TERM), text_version=1, reports=(REPORT,),
            basis="report", batch=BATCH, decided_at=AT, appeal_until=APPEAL_UNTIL,
        )
    )  # fmt: skip
    assert (state(story).decided, state(story).lease, dict(state(story).reports)) == (True, None, {})
    assert dict(state(story).answered) == {REPORT: DECISION}
    assert state(story).reporters_of(DECISION) == {BOB}


def test_what_belongs_to_other_acts_is_left_out():
    made = statement(claimed().when(deciding("none", until=after(days=1), points=5, title="T", body="B"), by="mod"))
    assert (made.until, made.points, made.strike_expires, made.title, made.body) == ("", 0, "", "", "")
    assert made.acts == ("none",)


def test_what_nobody_reported_is_decided_on_own_initiative():
    story = desk().when(claim(), by="mod").refused(NotFound)
    story = decided("none").when(claim(), by="mod").refused(Conflict)
    story.given(CaseReopened(target=TARGET, text_version=1)).when(claim(), by="mod")
    assert statement(story.when(deciding(decision=OTHER), by="mod")).basis == "initiative"


def test_nobody_decides_without_a_claim():
    reported().when(deciding(), by="mod").refused(NotClaimed, "Claim this case first.")
    claimed().when(deciding(now=after(minutes=14)), by="sue").refused(Claimed)
    claimed().when(deciding(now=after(minutes=16)), by="sue").refused(NotClaimed, "Claim this case first.")


def test_a_claim_that_ran_out_decides_nothing():
    claimed().when(deciding(now=after(minutes=15)), by="mod").refused(NotClaimed, "ran out")
    story = claimed().when(deciding(now=after(minutes=14.99)), by="mod")
    assert state(story).decided


def test_of_two_who_decide_the_second_finds_it_decided():
    story = decided("none").when(deciding("none", decision=OTHER), by="mod").refused(NotClaimed)
    story.when(deciding("none", decision=OTHER), by="sue").refused(NotClaimed)


def test_the_same_command_twice_is_one_decision():
    story = (
        claimed().when(deciding(), by="mod", command_id="k").when(deciding(decision=OTHER), by="mod", command_id="k")
    )
    story.then()
    assert list(state(story).decisions) == [DECISION]


def test_no_two_decisions_have_one_id():
    story = decided("none").given(CaseReopened(target=TARGET, text_version=1)).when(claim(), by="mod")
    story.when(deciding(), by="mod").refused(Conflict, "decided before")


@pytest.mark.parametrize("fields", [{"decision": ""}, {"decision": "one"}, {"batch": "all of them"}])
def test_what_is_sealed_is_nobodys_to_type(fields: dict[str, str]):
    claimed().when(deciding(**fields), by="mod").refused(NotFound)


@pytest.mark.parametrize(
    "acts", [(), ("ban",), ("remove", "ban"), ("none", "warn"), ("escalate", "remove"), ("none", "escalate")]
)
def test_what_cant_be_chosen(acts: tuple[str, ...]):
    command = msgspec.structs.replace(deciding(), acts=acts)
    claimed().when(command, by="mod").refused(Invalid, "Choose what is to be done")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (TARGET, set(ACTS)),
        (f"comment-{COMMENT}", set(ACTS) - {"lock"}),
        (f"account-{ADA}", set(ACTS) - {"lock", "edit", "remove"}),
    ],
)
@pytest.mark.parametrize("act", ACTS)
def test_each_kind_of_thing_has_its_acts(act: str, target: str, allowed: set[str]):
    story = about(target, added()).when(
        deciding(act, target=target, note="n", title="Calmer", body="Calm words"), by="mod"
    )
    if act in allowed:
        assert len(events(story)) == 1
    else:
        story.refused(Invalid, "can't be done")


@pytest.mark.parametrize(
    ("acts", "fields", "sentence"),
    [
        (("remove",), {"reason": " "}, "Reason can't be empty."),
        (("warn",), {"reason": ""}, "Reason can't be empty."),
        (("remove",), {"reason": "x" * 501}, "500 is the most"),
        (("note",), {"note": ""}, "Note can't be empty."),
        (("note",), {"note": "x" * 2_001}, "2,000 is the most"),
        (("none",), {"rule": 1}, "one of the site's rules"),
        (("none",), {"rule": -1}, "one of the site's rules"),
        (("strike",), {"points": 0}, "Points must be from 1 to 10."),
        (("strike",), {"points": 11}, "Points must be from 1 to 10."),
        (("edit",), {"title": " ", "body": "b"}, "Title can't be empty."),
        (("edit",), {"title": "t" * 301, "body": "b"}, "300 is the most"),
        (("escalate",), {"reason": ""}, "Reason can't be empty."),
        (("suspend",), {"until": "tomorrow"}, "must be a time"),
        (("suspend",), {"until": "2027-05-03"}, "must be a time"),
        (("suspend",), {"until": AT}, "yet to come"),
        (("suspend",), {"until": after(days=-1)}, "yet to come"),
        (("suspend",), {"until": "2036-11-24T06:00:00.000001Z"}, "within 10 years"),
        (("suspend",), {"until": "9999-12-31T23:59:59Z"}, "within 10 years"),
    ],
)
def test_what_a_decision_cant_say(acts: tuple[str, ...], fields: dict[str, Any], sentence: str):
    claimed().when(deciding(*acts, **fields), by="mod").refused(Invalid, sentence)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("2036-11-24T06:00:00.000000Z", "2036-11-24T06:00:00.000000Z"),
        ("2027-05-03T14:00+02:00", "2027-05-03T12:00:00.000000Z"),
    ],
)
def test_a_suspension_has_a_term_or_none(typed: str, stored: str):
    assert statement(decided("suspend", until=typed)).until == stored


def test_ten_years_from_a_leap_day_are_ten_years():
    leap = "2028-02-29T06:00:00.000000Z"
    story = reported().when(claim(now=leap), by="mod")
    story.when(deciding("suspend", until="2038-03-01T06:00:00Z", now=leap), by="mod").refused(Invalid)
    story.when(deciding("suspend", until="2038-02-28T06:00:00Z", now=leap), by="mod")
    assert statement(story).until == "2038-02-28T06:00:00.000000Z"


@pytest.mark.parametrize("act", ["edit", "remove", "lock", "warn", "strike", "suspend"])
def test_a_moderator_does_nothing_to_an_admin_or_another_moderator(act: str):
    for author in ("root", "sue"):
        target = f"post-{NOBODY}"
        story = about(target, published(NOBODY, author=author))
        story.when(deciding(act, target=target, title="t", body="b"), by="mod").refused(Forbidden, "only an admin")
        story.when(deciding("none", target=target), by="mod")
        assert len(events(story)) == 1


def test_an_admin_acts_on_a_moderator():
    target = f"account-{id_of('sue')}"
    story = desk().when(filed(target=target), by="bob")
    story = joined(story, target=target).when(claim(target=target), by="root")
    assert statement(story.when(deciding("strike", target=target), by="root")).author == id_of("sue")


def test_an_admin_too_leaves_what_is_their_own_to_others():
    target = f"account-{id_of('root')}"
    story = joined(desk().when(filed(target=target), by="bob"), target=target)
    story.when(claim(target=target), by="root").refused(Forbidden, "is yours")
    story.when(deciding("none", target=target), by="root").refused(Forbidden, "is yours")
    story.given(*person("boss", "admin")).when(claim(target=target), by="boss")
    story.when(deciding("strike", target=target), by="boss")
    assert len(events(story)) == 1


def test_escalating_is_a_decision_to_leave_it():
    claimed().when(deciding("escalate", reason="Over my head."), by="mod").then(
        CaseEscalated(target=TARGET, reason="Over my head.")
    )


def test_a_new_text_makes_a_decision_stale():
    story = claimed().when(post.EditPost(post=POST, version=1, title="Hello", body="Milder"))
    story.when(deciding(), by="mod").refused(Stale, "text changed since")
    story.when(NoticeText(target=TARGET, now=AT), by=OPERATOR)
    version = state(story).version
    story.when(deciding(), by="mod", seen=(version - 1,)).refused(Stale)
    story.when(deciding(), by="mod", seen=(version,))
    assert statement(story).text_version == 2


def test_what_isnt_a_text_makes_nothing_stale():
    story = claimed().when(post.LockPost(post=POST), by="sue").when(deciding(), by="mod", seen=(2,))
    assert len(events(story)) == 1


def test_a_new_report_makes_a_decision_stale():
    story = claimed()
    seen = state(story).version
    joined(story.when(filed(report=OTHER), by="root"), OTHER, by="root")
    story.when(deciding(), by="mod", seen=(seen,)).refused(Stale)
    story.when(deciding(), by="mod", seen=(state(story).version,))
    assert statement(story).reports == (REPORT, OTHER)


def test_claims_and_notes_make_nothing_stale():
    story = reported()
    seen = state(story).version
    story.when(claim(), by="mod").when(deciding(), by="mod", seen=(seen,))
    assert len(events(story)) == 1
