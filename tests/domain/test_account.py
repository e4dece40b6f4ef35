"""Accounts: who somebody is, what they may do, and whether they may act at all."""

import pytest

from domain.account import (
    AccountRegistered,
    ChangePassword,
    EditProfile,
    EraseProfile,
    GrantRole,
    PasswordSet,
    ProfileEdited,
    ProfileErased,
    RegisterAccount,
    RevokeRole,
    RoleGranted,
    RoleRevoked,
)
from domain.errors import Conflict, Forbidden, HandleTaken, Invalid, NotFound
from domain.handle import HandleClaimed
from domain.moderation.suspension import SuspendAccount
from domain.rights import OPERATOR
from tests.domain.case import Case, people, person
from tests.people import id_of


def test_a_role_is_given_and_taken_with_a_reason_that_can_be_erased() -> None:
    case = people().when(GrantRole(handle="bob", role="moderator", reason=" Fair "), by="root")
    case.then(RoleGranted(account=id_of("bob"), role="moderator", reason="Fair"))
    case.when(RevokeRole(handle="bob", role="moderator", reason="Asked for it"), by="root")
    case.then(RoleRevoked(account=id_of("bob"), role="moderator", reason="Asked for it"))
    case.when(GrantRole(handle="bob", role="moderator", reason="x" * 501), by="root").refused(Invalid, "500")


def test_somebody_registers_with_a_password():
    register = RegisterAccount(account=id_of("ada"), handle="Ada", password_hash="$argon2$", name=" Ada  Lovelace ")
    Case().when(register, by="").then(
        AccountRegistered(account=id_of("ada"), name="Ada Lovelace"),
        HandleClaimed(account=id_of("ada"), handle="ada"),
        PasswordSet(account=id_of("ada"), password_hash="$argon2$"),
    )


def test_an_imported_author_has_no_password():
    case = Case().when(RegisterAccount(account=id_of("ada"), handle="ada"))
    case.then(AccountRegistered(account=id_of("ada"), name=""), HandleClaimed(account=id_of("ada"), handle="ada"))


def test_whoever_registers_acts_as_the_account_that_comes_to_be():
    for by in ("", "Ada", "a b", "\ud800", id_of("bob")):
        case = Case().when(RegisterAccount(account=id_of("ada"), handle="ada"), by=by)
        assert [commit.actor for commit in case.stored] == [id_of("ada")]


def test_nothing_that_is_sealed_says_the_handle():
    case = Case().when(RegisterAccount(handle="mira", password_hash="$argon2$"), command_id="k")
    (commit,) = case.stored
    assert commit.claim == "handle:mira"
    sealed = (commit.actor, commit.key, commit.stream, commit.command_id)
    assert not any("mira" in (one or "") for one in sealed)


@pytest.mark.parametrize(
    "typed",
    ["ada", "ADA", "@Ada", "ａｄａ", "ᴬda", "  ada ", OPERATOR, "VerBatim", "gone-7f3a", id_of("ada")],
)
def test_a_handle_that_normalises_to_a_taken_one_is_taken(typed: str):
    people().when(RegisterAccount(handle=typed)).refused(HandleTaken)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "@", "-a", "a b", "a" * 41, "аda", "a\u202eb", "a\u200bb", "a\0", "\ud800", "a/b", "a.b", "é", "@@a"],
)
def test_a_handle_of_other_letters_is_refused(typed: str):
    people().when(RegisterAccount(handle=typed)).refused(Invalid, "Handle")


def test_one_changes_ones_own_password_and_profile_and_nobody_elses():
    case = people().when(ChangePassword(handle="ada", password_hash="new"))
    case.then(PasswordSet(account=id_of("ada"), password_hash="new"))
    case.when(EditProfile(handle="@ADA", name="Ada", bio="Maths\r\nand machines"))
    case.then(ProfileEdited(account=id_of("ada"), name="Ada", bio="Maths\nand machines"))
    case.when(EditProfile(handle="ada", name="Ada", bio="Maths\nand machines")).then()
    for by in ("bob", "mod", "root"):
        case.when(EditProfile(handle="ada", name="x", bio=""), by=by).refused(Forbidden)
        case.when(ChangePassword(handle="ada", password_hash="x"), by=by).refused(Forbidden)
    case.when(EditProfile(handle="ada", name="n" * 81, bio="b" * 2_001)).refused(Invalid, "Bio")


def test_an_admin_grants_and_revokes_roles():
    case = people().when(GrantRole(handle="bob", role="moderator"), by="root")
    case.then(RoleGranted(account=id_of("bob"), role="moderator"))
    case.when(GrantRole(handle="bob", role="moderator"), by="root").then()
    case.when(RevokeRole(handle="bob", role="moderator"), by="root").then(
        RoleRevoked(account=id_of("bob"), role="moderator")
    )
    case.when(RevokeRole(handle="bob", role="moderator"), by="root").then()
    case.when(GrantRole(handle="bob", role="king"), by="root").refused(Invalid, "moderator, admin")
    case.when(GrantRole(handle="nobody", role="admin"), by="root").refused(NotFound)
    case.when(GrantRole(handle="bob", role="admin"), by="mod").refused(Forbidden)


def test_an_admin_keeps_the_role_until_another_admin_takes_it():
    case = people().when(RevokeRole(handle="root", role="admin"), by="root").refused(Conflict, "yourself")
    case.given(*person("boss", "admin")).when(RevokeRole(handle="root", role="admin"), by="boss")
    case.then(RoleRevoked(account=id_of("root"), role="admin"))
    case.when(GrantRole(handle="root", role="admin"), by="root").refused(Forbidden)


def test_the_operator_makes_the_first_admin_and_its_own_account_stays_as_it_is():
    case = Case().given(*person("ada")).when(GrantRole(handle="ada", role="admin"), by=OPERATOR)
    case.then(RoleGranted(account=id_of("ada"), role="admin"))
    for command in (
        GrantRole(handle=OPERATOR, role="moderator"),
        EditProfile(handle=OPERATOR, name="x", bio=""),
        SuspendAccount(handle=OPERATOR, reason="x"),
    ):
        case.when(command, by=OPERATOR).refused(Conflict, "command line")
        case.when(command, by="ada").refused(Conflict, "command line")


def test_an_admin_erases_a_profile_with_a_reason():
    case = people().given(ProfileEdited(account=id_of("ada"), name="Secret", bio="Secret"))
    case.when(EraseProfile(handle="ada", reason=" "), by="root").refused(Invalid, "Reason")
    case.when(EraseProfile(handle="ada", reason="asked"), by="mod").refused(Forbidden)
    case.when(EraseProfile(handle="ada", reason="asked"), by="root")
    case.then(ProfileErased(account=id_of("ada"), erased=(1, 3), reason="asked"))
    assert not any(b"Secret" in bytes(event.data) for commit in case.store.read(0, 100) for event in commit.events)
    state = case.bus.aggregates().account_named("ada")
    assert (state.exists, state.name, state.bio) == (True, "", "")
    case.when(EraseProfile(handle="ada", reason="asked"), by="root").then()
