"""Handles: one holder each, kept for a year after they are changed, and nowhere in what is sealed."""

import pytest
from msgspec.structs import replace

from domain.account import RegisterAccount
from domain.errors import Conflict, Forbidden, HandleTaken, Invalid, NotFound, Suspended
from domain.handle import (
    MAX_FORMER_HANDLES,
    ChangeHandle,
    EraseHandles,
    FormerHandleErased,
    HandleClaimed,
    ReleaseHandle,
    due,
    placeholder,
)
from domain.post import EditPost, NewPost
from domain.rights import OPERATOR
from eventstore.codec import encode_commit
from tests.domain.case import POST, Case, people
from tests.people import id_of

BEFORE, UNTIL, LATER = (f"{year}-11-24T06:00:00.000000Z" for year in (2026, 2027, 2028))
CHANGE = ChangeHandle(handle="ada", new_handle="Ida", now=BEFORE, former_until=UNTIL)
CHANGED = HandleClaimed(account=id_of("ada"), handle="ida", former_until=UNTIL)


def holder(case: Case, handle: str) -> str | None:
    return case.bus.aggregates().holder(handle)


def test_its_owner_changes_it_and_both_lead_to_them():
    case = people().when(CHANGE).then(CHANGED)
    assert [commit.claim for commit in case.stored] == ["handle:ida"]
    assert holder(case, "ada") == holder(case, "ida") == id_of("ada")
    assert case.bus.aggregates().account_named("ada").handle == "ida"
    case.when(NewPost(post=POST, title="t", body="b"), by="ada")
    case.when(EditPost(post=POST, version=1, title="t", body="c"), by="ida")
    assert len(case.stored) == 1


def test_the_same_again_changes_nothing():
    people().when(CHANGE).when(CHANGE).then()
    people().when(ChangeHandle(handle="ada", new_handle=" @ADA", now=BEFORE, former_until=UNTIL)).then()


@pytest.mark.parametrize("taken", ["bob", "BOB", OPERATOR, "gone-12ab", id_of("bob")])
def test_nobody_takes_anothers(taken: str):
    people().when(ChangeHandle(handle="ada", new_handle=taken, now=BEFORE, former_until=UNTIL)).refused(HandleTaken)


def test_who_may_not():
    people().when(CHANGE, by="bob").refused(Forbidden)
    people().when(CHANGE, by="root").refused(Forbidden)
    people().when(ChangeHandle(handle="sus", new_handle="x", now=BEFORE, former_until=UNTIL), by="sus").refused(
        Suspended
    )
    people().when(ChangeHandle(handle="ada", new_handle="a b", now=BEFORE, former_until=UNTIL)).refused(Invalid)
    people().when(ChangeHandle(handle="who", new_handle="x", now=BEFORE, former_until=UNTIL)).refused(NotFound)


def test_a_former_one_is_kept_for_its_time_and_then_free_for_anybody():
    case = people().when(CHANGE)
    case.when(RegisterAccount(handle="ada")).refused(HandleTaken)
    case.when(ReleaseHandle(handle="ada", now=BEFORE), by="bob").refused(Conflict)
    ada = case.bus.aggregates().account_named("ada")
    assert (due(ada, "ada", BEFORE), due(ada, "ada", UNTIL), due(ada, "ida", LATER)) == (False, True, False)
    case.when(ReleaseHandle(handle="ada", now=LATER), by="bob")
    case.then(FormerHandleErased(account=id_of("ada"), erased=(2,)))
    case.when(RegisterAccount(account=id_of("new"), handle="ada"))
    assert (holder(case, "ada"), holder(case, "ida")) == (id_of("new"), id_of("ada"))


def test_an_admin_or_whoever_had_it_sets_it_free_at_once():
    for by in ("root", "ida"):
        case = people().when(CHANGE).when(ReleaseHandle(handle="ada", now=BEFORE), by=by)
        case.then(FormerHandleErased(account=id_of("ada"), erased=(2,)))
        case.when(ReleaseHandle(handle="ada", now=LATER), by="ida").refused(NotFound)
    people().when(ReleaseHandle(handle="bob", now=LATER)).refused(NotFound)


def test_its_owner_goes_back_by_the_claim_that_stands_and_setting_it_free_takes_every_text_of_it():
    back = ChangeHandle(handle="ida", new_handle="ADA", now=BEFORE, former_until=LATER)
    case = people().when(CHANGE).when(back, by="ida")
    case.then(HandleClaimed(account=id_of("ada"), handle="ada", former_until=LATER, claimed_by=2))
    assert [commit.claim for commit in case.stored] == [None]
    assert holder(case, "ada") == holder(case, "ida") == id_of("ada")
    assert case.bus.aggregates().account_named("ida").handle == "ada"
    case.when(RegisterAccount(handle="ada")).refused(HandleTaken)
    case.when(ChangeHandle(handle="ada", new_handle="ida", now=BEFORE, former_until=LATER))
    case.when(ReleaseHandle(handle="ada", now=BEFORE), by="ida")
    case.then(FormerHandleErased(account=id_of("ada"), erased=(2, 4)))
    assert b'"ada"' not in b"".join(encode_commit(commit) for commit in case.store.read(0, 100))
    case.when(RegisterAccount(account=id_of("new"), handle="ada"))
    assert holder(case, "ada") == id_of("new")


def test_the_operator_says_again_what_was_erased_before_a_restore():
    case = people().when(CHANGE).when(EraseHandles(handle=id_of("ada"), versions=(2,)), by="bob").refused(Forbidden)
    case.when(EraseHandles(handle=id_of("ada"), versions=(1, 2)), by=OPERATOR)
    case.then(FormerHandleErased(account=id_of("ada"), erased=(2,)))
    case.when(EraseHandles(handle=id_of("ada"), versions=(2,)), by=OPERATOR).then()


def test_once_set_free_it_stands_nowhere_in_the_store():
    case = people().when(CHANGE).when(ReleaseHandle(handle="ada", now=LATER), by="ida")
    stored = b"".join(encode_commit(commit) for commit in case.store.read(0, 100))
    assert b'"ada"' not in stored
    assert b":ada" not in stored


def test_of_nobody_is_left_a_placeholder():
    assert placeholder("0192abcd-0000-7000-8000-000000007f3a") == "gone-7f3a"


def test_nobody_collects_handles():
    case = people()
    for number in range(MAX_FORMER_HANDLES):
        case.when(ChangeHandle(handle="ada", new_handle=f"ada{number}", now=BEFORE, former_until=UNTIL))
        assert len(case.stored) == 1
    one_more = ChangeHandle(handle="ada", new_handle="ada9", now=BEFORE, former_until=UNTIL)
    case.when(one_more).refused(Conflict, "3 of your former handles")
    case.when(replace(one_more, now=UNTIL, former_until=LATER))
    assert len(case.stored) == 1
