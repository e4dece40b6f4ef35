"""Whoever leaves takes along what they said in reports, cases, appeals and notes, and the chain still verifies."""

import pytest

from domain import account, leaving, reasons
from domain.errors import Forbidden, NotFound
from domain.messages import Command
from domain.moderation import erasing, report, standing
from domain.moderation.case import AddNote, Escalate
from domain.moderation.erasing import AppealWordsErased, CaseWordsErased
from domain.rights import OPERATOR
from tests.domain.case import AT, NOBODY, Case
from tests.domain.moderation.desk import (
    ADA,
    BOB,
    DECISION,
    MOD,
    OTHER,
    SUE,
    TARGET,
    after,
    claim,
    deciding,
    desk,
    filed,
    joined,
    lodging,
    replying,
    resolving,
    state,
    taking_back,
)
from tests.domain.test_reasons import held, verified
from tests.people import id_of

OF_MOD, OF_SUE, OF_ADA, OF_BOB = "Hush by mod", "Hush by sue", "Hush by ada", "Hush by bob"
CASE = erasing.EraseCaseWords(target=TARGET)
EDITS = erasing.EraseCaseEdits(target=TARGET)
APPEAL = erasing.EraseAppealWords(target=TARGET, decision=DECISION, account=ADA)


def story() -> Case:
    """bob's report, mod's edit, ada's appeal that sue decides, and a decision of sue's that she takes back."""
    told = joined(desk().when(filed(text=OF_BOB, category="illegal", law=OF_BOB), by="bob"))
    by_mod: list[Command] = [
        claim(),
        AddNote(target=TARGET, text=OF_MOD, now=AT),
        deciding("edit", "note", reason=OF_MOD, note=OF_MOD, title=OF_MOD, body=OF_MOD),
        standing.Warn(handle="ada", decision=DECISION, reason=OF_MOD),
        standing.NoteAccount(handle="ada", text=OF_MOD),
    ]
    for command in by_mod:
        told.when(command, by="mod")
    told.when(lodging(text=OF_ADA)).when(replying(text=OF_SUE), by="sue").when(replying(text=OF_ADA))
    told.when(resolving(reason=OF_SUE), by="sue")
    joined(told.when(filed(report=OTHER, text=""), by="root"), OTHER, by="root")
    by_sue: list[Command] = [
        claim(),
        AddNote(target=TARGET, text=OF_SUE, now=AT),
        deciding("warn", decision=NOBODY, reason=OF_SUE),
        taking_back(decision=NOBODY, reason=OF_SUE),
        claim(),
        Escalate(target=TARGET, reason=OF_SUE, now=AT),
        standing.NoteAccount(handle="ada", text=OF_SUE),
    ]
    for command in by_sue:
        told.when(command, by="sue")
    assert {words for words in (OF_MOD, OF_SUE, OF_ADA, OF_BOB) if words.encode() in held(told)} == {
        OF_MOD, OF_SUE, OF_ADA, OF_BOB
    }  # fmt: skip
    return told


def left(told: Case, handle: str) -> Case:
    """Somebody has left: only their account is closed yet."""
    told.when(leaving.Leave(handle=handle, words="erase", until=AT), by=handle)
    return told.when(leaving.EraseAccount(handle=id_of(handle), now=after(days=1)), by=id_of(handle))


def says(told: Case, words: str, kind: str) -> bool:
    """Whether a stream of this kind says them."""
    commits = (commit for commit in told.store.read(0, 1_000) if commit.stream.startswith(f"{kind}-"))
    return any(words.encode() in bytes(event.data) for commit in commits for event in commit.events)


def test_a_reporter_takes_their_reports():
    told = left(story(), "bob").when(report.EraseReport(target=TARGET, reporter=BOB), by=BOB)
    told.then(report.ReportErased(target=TARGET, erased=(1,)))
    assert OF_BOB.encode() not in held(told)
    assert verified(told)


def test_a_moderator_takes_what_they_said_and_nothing_else():
    told = left(story(), "mod")
    for command in (CASE, APPEAL, reasons.EraseAccountReasons(account=ADA)):
        told.when(command, by=MOD)
    assert OF_MOD.encode() not in held(told)
    for kind in ("case", "appeal", "account"):
        assert says(told, OF_SUE, kind)
    assert says(told, OF_ADA, "appeal")
    assert verified(told)


def test_another_moderator_takes_theirs():
    told = left(story(), "sue")
    for command in (CASE, APPEAL, reasons.EraseAccountReasons(account=ADA)):
        told.when(command, by=SUE)
    assert OF_SUE.encode() not in held(told)
    assert says(told, OF_MOD, "case")
    assert says(told, OF_ADA, "appeal")
    assert verified(told)


def test_an_author_takes_what_cases_about_them_say_and_their_appeals():
    told = left(story(), "ada").when(CASE, by=ADA).when(APPEAL, by=ADA)
    for words in (OF_ADA, OF_MOD, OF_SUE):
        assert words.encode() not in held(told)
    assert says(told, OF_BOB, "report")
    assert verified(told)


def test_a_reporter_takes_nothing_of_the_case():
    told = left(story(), "bob")
    told.when(CASE, by=BOB).then().when(EDITS, by=BOB).then().when(APPEAL, by=BOB).then()


def test_an_erased_text_takes_the_edit_that_a_decision_made_of_it():
    told = story().when(EDITS, by=OPERATOR)
    assert not says(told, f'"title":"{OF_MOD}', "case")
    assert says(told, OF_MOD, "case")
    assert says(told, OF_SUE, "case")
    assert verified(told)
    told.when(EDITS, by=OPERATOR).then().when(EDITS, by="root").then()


def test_an_admin_chooses_versions():
    told = story()
    first, second, *_ = state(told).text_versions
    chosen = erasing.EraseCaseWords(target=TARGET, versions=(first, 1, 999, -1))
    told.when(chosen, by="root").then(CaseWordsErased(target=TARGET, erased=(first,)))
    told.when(chosen, by="root").then()
    told.when(erasing.EraseCaseWords(target=TARGET, versions=(second,)), by=OPERATOR)
    told.then(CaseWordsErased(target=TARGET, erased=(second,)))
    of_appeal = erasing.EraseAppealWords(target=TARGET, decision=DECISION, account=ADA, versions=(2,))
    told.when(of_appeal, by="root").then(AppealWordsErased(target=TARGET, decision=DECISION, erased=(2,)))
    assert verified(told)


@pytest.mark.parametrize("by", ["root", OPERATOR])
def test_without_versions_all_of_it_goes(by: str):
    told = story().when(CASE, by=by).when(APPEAL, by=by)
    assert not any(says(told, "Hush", kind) for kind in ("case", "appeal"))
    assert verified(told)
    told.when(CASE, by=by).then().when(APPEAL, by=by).then()


@pytest.mark.parametrize("by", ["ada", "bob", "mod", "sue", "sus", "ghost"])
@pytest.mark.parametrize("command", [CASE, EDITS, APPEAL], ids=lambda one: type(one).__name__)
def test_nobody_else_takes_words_out(command: Command, by: str):
    told = story().when(command, by=by)
    assert isinstance(told.outcome, Forbidden)


@pytest.mark.parametrize("command", [CASE, EDITS, APPEAL], ids=lambda one: type(one).__name__)
def test_there_is_nothing_to_erase_where_nothing_is(command: Command):
    desk().when(command, by="root").refused(NotFound)
    forged = {"target": "post-1"}
    desk().when(erasing.EraseCaseWords(**forged), by="root").refused(NotFound)


def test_what_was_decided_stands_without_its_words():
    told = story()
    before = state(told)
    after_it = state(told.when(CASE, by="root"))
    assert after_it.decisions == before.decisions
    assert (after_it.reports, after_it.answered) == (before.reports, before.answered)
    assert (tuple(after_it.text_versions), tuple(after_it.edits), dict(after_it.reasons_by)) == ((), (), {})


def test_the_account_itself_takes_what_staff_noted_of_it():
    told = left(story(), "ada")
    assert not says(told, "Hush", "account")
    assert verified(told)


def test_an_admin_takes_a_profile_with_notes():
    told = story().when(account.EraseProfile(handle="ada", reason="asked"), by="root")
    assert not says(told, "Hush", "account")
