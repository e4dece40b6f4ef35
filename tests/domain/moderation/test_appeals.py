"""Appeals: each whom a decision concerns has one, for half a year, and another moderator decides it."""

from typing import Any

import pytest

from domain import leaving
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Suspended
from domain.moderation import suspension
from domain.moderation.appeal import AppealLodged, AppealOverturned, AppealReplied, AppealUpheld
from domain.moderation.decision import APPEAL_TERM, RecordReversed
from domain.moderation.terms import later
from domain.rights import OPERATOR
from tests.domain.case import AT, NOBODY, Case, person, published
from tests.domain.moderation.desk import (
    ADA,
    APPEAL,
    BOB,
    DECISION,
    MOD,
    OTHER,
    TARGET,
    after,
    claim,
    decided,
    deciding,
    desk,
    events,
    filed,
    joined,
    lodging,
    replying,
    resolving,
    state,
    taking_back,
)
from tests.people import id_of

OF = {"appeal": APPEAL, "target": TARGET, "decision": DECISION}
UNTIL = later(AT, APPEAL_TERM)


def appealed(by: str = "ada") -> Case:
    return decided("remove", "strike").when(lodging(), by=by)


def test_an_author_appeals():
    story = appealed().then(AppealLodged(**OF, account=ADA, party="author", text="It was a quotation.", lodged_at=AT))
    assert (story.stored[0].stream, story.stored[0].key) == (f"appeal-{DECISION}-{ADA}", TARGET.removeprefix("post-"))


def test_whoever_reported_it_appeals():
    appealed("bob").then(AppealLodged(**OF, account=BOB, party="reporter", text="It was a quotation.", lodged_at=AT))


def test_each_has_one():
    story = appealed().when(lodging(appeal=OTHER)).refused(Conflict, "Each may do that once")
    story.when(lodging(appeal=OTHER), by="bob")
    assert len(events(story)) == 1
    story.when(resolving(), by="sue").when(lodging(appeal=OTHER)).refused(Conflict)


def test_the_same_command_twice_is_one_appeal():
    story = decided().when(lodging(), command_id="k").when(lodging(appeal=OTHER), command_id="k").then()
    assert story.bus.aggregates().appeal(DECISION, ADA).id == APPEAL


@pytest.mark.parametrize("by", ["mod", "sue", "root"])
def test_nobody_else_appeals(by: str):
    decided().when(lodging(), by=by).refused(NotFound, "no such decision")
    decided().when(lodging(), by="ghost").refused(Forbidden)


def test_an_author_doesnt_learn_of_what_did_nothing():
    story = decided("none").when(lodging()).refused(NotFound)
    story.when(lodging(), by="bob")
    assert len(events(story)) == 1
    story = decided("note", note="Please read the rules.").when(lodging())
    assert len(events(story)) == 1


def test_whose_report_came_later_is_no_party():
    story = joined(decided().when(filed(report=OTHER), by="root"), OTHER, by="root")
    story.when(lodging(), by="root").refused(NotFound)


def test_it_lasts_half_a_year():
    story = decided().when(lodging(now=UNTIL))
    assert len(events(story)) == 1
    late = later(AT, APPEAL_TERM).replace(".000000Z", ".000001Z")
    decided().when(lodging(now=late)).refused(Conflict, UNTIL)


@pytest.mark.parametrize(("text", "sentence"), [(" ", "can't be empty"), ("x" * 4_001, "4,000 is the most")])
def test_what_an_appeal_cant_say(text: str, sentence: str):
    decided().when(lodging(text=text)).refused(Invalid, sentence)
    appealed().when(replying(text=text), by="sue").refused(Invalid, sentence)


@pytest.mark.parametrize(
    "fields",
    [{"decision": OTHER}, {"decision": "1"}, {"appeal": "mine"}, {"target": f"post-{NOBODY}"}, {"target": "x"}],
)
def test_what_is_forged_is_not_found(fields: dict[str, Any]):
    decided().when(lodging(**fields)).refused(NotFound)


def test_whoever_is_suspended_appeals_and_replies():
    story = decided("suspend").when(suspension.SuspendAccount(handle="ada", reason="r"), by="mod").when(lodging())
    assert len(events(story)) == 1
    story.when(replying(), by="sue").when(replying(text="That one."))
    assert len(events(story)) == 1


def test_whoever_leaves_or_has_left_does_not():
    story = decided().when(leaving.Leave(handle="ada", words="keep", until=AT)).when(lodging()).refused(Forbidden)
    story.when(leaving.EraseAccount(handle=ADA, now=after(days=1)), by=ADA).when(lodging(), by=ADA).refused(Forbidden)


def test_what_is_taken_back_needs_no_appeal():
    decided().when(taking_back(), by="mod").when(lodging()).refused(Conflict, "taken back already")
    undone = RecordReversed(target=TARGET, decision=DECISION, done=(), skipped=(), appeal=OTHER)
    decided().when(undone, by=OPERATOR).when(lodging()).refused(Conflict)


def test_each_side_replies_once():
    story = appealed().when(replying(text="Which one?"), by="sue")
    story.then(AppealReplied(**OF, text="Which one?", by_staff=True))
    story.when(replying(), by="mod").refused(Conflict, "yours has")
    story.when(replying(text="That one.")).then(AppealReplied(**OF, text="That one.", by_staff=False))
    story.when(replying()).refused(Conflict, "yours has")


def test_whoever_decided_may_explain_it():
    appealed().when(replying(), by="mod").then(AppealReplied(**OF, text="Which one?", by_staff=True))


def test_others_appeals_are_not_found():
    story = appealed()
    story.when(replying(), by="bob").refused(NotFound)
    story.when(replying(account=BOB)).refused(NotFound)
    story.when(replying(account=BOB), by="sue").refused(NotFound)
    story.when(resolving(account=BOB), by="sue").refused(NotFound)
    story.when(replying(account="ada"), by="sue").refused(NotFound)
    story.when(replying(), by="sus").refused(NotFound)


def test_another_moderator_decides_it():
    story = appealed().when(resolving(), by="mod").refused(Forbidden, "You made this decision")
    story.when(resolving(), by="sue").then(AppealUpheld(**OF, account=ADA, reason="Indeed."))
    appealed().when(resolving("overturned"), by="root").then(AppealOverturned(**OF, account=ADA, reason="Indeed."))


def test_where_there_is_no_other_whoever_decided_does():
    appealed().when(resolving(others=False), by="mod").then(AppealUpheld(**OF, account=ADA, reason="Indeed."))


def test_it_is_decided_once():
    story = appealed().when(resolving(), by="sue")
    story.when(resolving("overturned"), by="sue").refused(Conflict, "decided already")
    story.when(replying()).refused(Conflict, "decided already")
    story.when(replying(), by="sue").refused(Conflict, "decided already")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outcome": "rejected"}, "upheld, overturned"),
        ({"reason": " "}, "can't be empty"),
        ({"reason": "x" * 501}, "500"),
    ],
)
def test_what_a_resolution_cant_say(fields: dict[str, str], sentence: str):
    appealed().when(resolving(**fields), by="sue").refused(Invalid, sentence)


@pytest.mark.parametrize("by", ["ada", "bob", "ghost"])
def test_nobody_but_moderators_decides_it(by: str):
    appealed().when(resolving(), by=by).refused(Forbidden)


def test_a_suspended_moderator_decides_none():
    story = appealed().when(suspension.SuspendAccount(handle="sue", reason="r"), by="root")
    story.when(resolving(), by="sue").refused(Suspended)
    story.when(replying(), by="sue").refused(Suspended)


def test_a_moderator_has_no_part_in_what_is_their_own():
    """Neither as the author nor as whoever appeals."""
    target = f"post-{NOBODY}"
    story = desk().given(published(NOBODY, author="sue"), *person("boss", "admin"))
    story = joined(story.when(filed(target=target), by="bob"), target=target).when(claim(target=target), by="root")
    story.when(deciding("remove", target=target), by="root").when(lodging(target=target), by="bob")
    story.when(replying(target=target, account=BOB), by="sue").refused(Forbidden, "is yours")
    story.when(resolving(target=target, account=BOB), by="sue").refused(Forbidden, "is yours")
    story.when(lodging(target=target, appeal=OTHER), by="sue")
    own = {"target": target, "account": id_of("sue")}
    story.when(resolving(**own), by="sue").refused(Forbidden, "is yours")
    story.when(resolving(**own), by="boss")
    assert len(events(story)) == 1


def test_the_case_stays_as_it_is_until_that_is_carried_out():
    story = appealed().when(resolving("overturned"), by="sue")
    made = state(story).decisions[DECISION]
    assert (made.by, made.reversed, made.taken_back) == (MOD, False, False)
