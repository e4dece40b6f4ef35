"""The standing of an account: warnings, strikes, pauses of reporting and notes, each by who has power over it."""

from typing import Any

import pytest

from domain import account, leaving
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Suspended
from domain.messages import Command
from domain.moderation.standing import (
    AccountNoted,
    AddStrike,
    NoteAccount,
    PauseReporting,
    ReportingPaused,
    ReportingResumed,
    ResumeReporting,
    StrikeAdded,
    StrikeVoided,
    VoidMarks,
    Warn,
    WarningIssued,
    WarningVoided,
)
from domain.rights import Account, Strike
from tests.domain.case import AT, NOBODY, Case, people, person
from tests.domain.moderation.desk import ADA, DECISION, OTHER, after
from tests.people import id_of

EXPIRES = after(days=180)


def warning(**fields: str) -> Warn:
    return Warn(**({"handle": "ada", "decision": DECISION, "reason": "Rule 1."} | fields))


def strike(**fields: Any) -> AddStrike:
    of = {"handle": "ada", "decision": DECISION, "points": 3, "expires": EXPIRES, "reason": "Rule 1."}
    return AddStrike(**(of | fields))


def voiding(**fields: str) -> VoidMarks:
    return VoidMarks(**({"handle": "ada", "decision": DECISION} | fields))


def pausing(**fields: str) -> PauseReporting:
    of = {"handle": "ada", "until": after(days=7), "reason": "In bad faith.", "now": AT}
    return PauseReporting(**(of | fields))


def noting(**fields: str) -> NoteAccount:
    return NoteAccount(**({"handle": "ada", "text": "Knows better."} | fields))


def ada(story: Case) -> Account:
    return story.bus.aggregates().account(ADA)


def commands(**fields: str) -> list[Command]:
    return [warning(**fields), strike(**fields), voiding(**fields), pausing(**fields), noting(**fields)]


def test_a_warning_is_known_by_its_decision():
    story = people().when(warning(), by="mod")
    story.then(WarningIssued(account=ADA, decision=DECISION, reason="Rule 1."))
    story.when(warning(reason="Again."), by="mod").then()
    story.when(warning(decision=OTHER), by="mod")
    assert ada(story).warnings == {DECISION, OTHER}


def test_a_strike_has_points_and_an_end():
    story = people().when(strike(), by="mod")
    story.then(StrikeAdded(account=ADA, decision=DECISION, points=3, expires=EXPIRES, reason="Rule 1."))
    story.when(strike(points=9), by="mod").then()
    assert dict(ada(story).strikes) == {DECISION: Strike(3, EXPIRES)}


@pytest.mark.parametrize(
    "fields", [{"points": 0}, {"points": 11}, {"points": -1}, {"expires": "soon"}, {"expires": ""}]
)
def test_what_a_strike_cant_be(fields: dict[str, Any]):
    people().when(strike(**fields), by="mod").refused(Invalid)


def test_both_take_a_reason():
    for command in (warning(reason=" "), strike(reason=" "), pausing(reason="")):
        people().when(command, by="mod").refused(Invalid, "Reason can't be empty.")


@pytest.mark.parametrize("decision", ["", "mine", "0192ABCD-0000-7000-8000-0000000000a1"])
def test_what_is_sealed_is_nobodys_to_type(decision: str):
    for command in (warning(decision=decision), strike(decision=decision)):
        people().when(command, by="mod").refused(NotFound)
    people().when(voiding(decision=decision), by="mod").refused(NotFound)


def test_overturning_a_decision_voids_what_it_brought_and_nothing_else():
    story = people()
    for command in (warning(), strike(), warning(decision=OTHER), strike(decision=OTHER)):
        story.when(command, by="mod")
    story.when(voiding(reason="Overturned."), by="mod")
    story.then(
        WarningVoided(account=ADA, decision=DECISION, reason="Overturned."),
        StrikeVoided(account=ADA, decision=DECISION, reason="Overturned."),
    )
    story.when(voiding(), by="mod").then()
    assert (ada(story).warnings, set(ada(story).strikes)) == ({OTHER}, {OTHER})


def test_there_is_nothing_to_void_where_there_is_no_mark():
    people().when(voiding(), by="mod").then()


def test_reporting_is_paused_until_a_moment():
    story = people().when(pausing(), by="mod")
    story.then(ReportingPaused(account=ADA, until=after(days=7), reason="In bad faith."))
    story.when(pausing(), by="mod").then()
    assert (ada(story).reporting_paused_at(after(days=6.9)), ada(story).reporting_paused_at(after(days=7))) == (
        True,
        False,
    )
    story.when(pausing(until=after(days=8)), by="mod")
    assert ada(story).reporting_paused_until == after(days=8)
    story.when(ResumeReporting(handle="ada", reason="Sorry."), by="mod")
    story.then(ReportingResumed(account=ADA, reason="Sorry."))
    story.when(ResumeReporting(handle="ada"), by="mod").then()


@pytest.mark.parametrize("until", ["", "soon", "2027-05-03", AT, after(days=-1), "2036-11-24T06:00:00.000001Z"])
def test_what_is_no_term(until: str):
    people().when(pausing(until=until), by="mod").refused(Invalid)


def test_a_note_is_for_staff_and_as_long_as_it_may_be():
    story = people().when(noting(text=" Knows\r\nbetter. "), by="mod")
    story.then(AccountNoted(account=ADA, text=" Knows\nbetter. "))
    story.when(noting(text=" Knows\r\nbetter. "), by="mod").then(AccountNoted(account=ADA, text=" Knows\nbetter. "))
    for text in (" ", "x" * 2_001, "\0"):
        story.when(noting(text=text), by="mod").refused(Invalid)
    assert AccountNoted.secret


def test_no_moderator_does_that_to_an_admin_or_a_moderator():
    story = people().given(*person("sue", "moderator"))
    for handle in ("root", "sue", "mod"):
        for command in commands(handle=handle):
            story.when(command, by="mod").refused(Forbidden, "only an admin")
    story.when(noting(handle="sue"), by="root").then(AccountNoted(account=id_of("sue"), text="Knows better."))


def test_nobody_does_that_to_themselves():
    for command in commands(handle="root"):
        people().when(command, by="root").refused(Conflict, "your own account")


@pytest.mark.parametrize("by", ["ada", "bob", "ghost"])
def test_nobody_but_moderators_does_that(by: str):
    for command in commands():
        people().when(command, by=by).refused(Forbidden)
    for command in commands():
        people().when(command, by="sus").refused(Suspended)


def test_there_is_nothing_to_do_about_nobody():
    for command in (*commands(handle="ghost"), *commands(handle=NOBODY)):
        people().when(command, by="mod").refused(NotFound)
    left = people().when(leaving.Leave(handle="ada", words="keep", until=AT))
    left.when(leaving.EraseAccount(handle=ADA, now=after(days=1)), by=ADA)
    for command in commands(handle=ADA):
        left.when(command, by="mod").refused(NotFound)


def test_whoever_leaves_yet_can_still_be_warned():
    story = people().when(leaving.Leave(handle="ada", words="keep", until=AT)).when(warning(handle=ADA), by="mod")
    story.then(WarningIssued(account=ADA, decision=DECISION, reason="Rule 1."))


def test_erasing_a_profile_takes_what_was_said_about_it():
    story = people()
    for command in (warning(reason="Hush"), strike(reason="Hush"), pausing(reason="Hush"), noting(text="Hush")):
        story.when(command, by="mod")
    story.when(account.EraseProfile(handle="ada", reason="asked"), by="root")
    assert b"Hush" not in b"".join(bytes(event.data) for commit in story.store.read(0, 99) for event in commit.events)
    assert (ada(story).warnings, set(ada(story).strikes)) == ({DECISION}, {DECISION})
