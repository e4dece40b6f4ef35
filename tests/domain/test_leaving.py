"""Leaving: who may, what can be taken back until when, and what is erased afterwards."""

import json

import pytest
from msgspec.structs import replace

from domain import account, comment, handle, leaving, post, reasons, token, webhook
from domain.errors import Conflict, Forbidden, HandleTaken, Invalid, NotFound
from domain.leaving import ClosureOrdered, EraseAccount, Leave, LeavingBegun, LeavingTakenBack, RetireHandle, Return
from domain.moderation import suspension
from domain.rights import OPERATOR
from tests.domain.case import AT, COMMENT, NOBODY, POST, Case, added, people, published
from tests.people import id_of

ADA = id_of("ada")
UNTIL, LATER, NEXT_YEAR = (f"{day}T06:00:00.000000Z" for day in ("2026-12-08", "2026-12-09", "2027-12-08"))
LEAVE = Leave(handle="ada", words="erase", until=UNTIL)
BEGUN = LeavingBegun(account=ADA, words="erase", until=UNTIL)
CLOSE = EraseAccount(handle=ADA, now=LATER)


def gone() -> Case:
    """ada has left: her account is closed, and its handle still stands."""
    hook = webhook.WebhookAdded(account=ADA, webhook=NOBODY, url="https://a.example/", kinds=(), description="")
    story = people().given(published(), added(), hook, account.PasswordSet(account=ADA, password_hash="x"))
    return story.when(LEAVE).when(CLOSE, by=ADA)


def test_whoever_leaves_twice_has_chosen_once():
    other = Leave(handle="ada", words="keep", until=UNTIL)
    people().when(LEAVE).when(LEAVE).then().when(other).refused(Conflict, "already")
    people().when(LEAVE).when(Leave(handle="ada", words="erase", until=UNTIL, reason="r"), by="root").refused(Conflict)


def test_the_operator_gives_whoever_leaves_more_time():
    """Who restores a backup: it may be that they had come back since."""
    more = Leave(handle="ada", words="erase", until=LATER, reason="restored")
    case = people().when(LEAVE).when(more, by=OPERATOR)
    case.then(ClosureOrdered(account=ADA, reason="restored"), LeavingBegun(account=ADA, words="erase", until=LATER))
    case.when(EraseAccount(handle=ADA, now=LATER), by=ADA).refused(Conflict)


@pytest.mark.parametrize("who", ["bob", "sus", "ghost"])
def test_nobody_learns_who_leaves_or_left(who: str):
    """Whatever is tried, they are told the same as of a handle that nobody ever had."""
    for command in (
        account.EditProfile(handle="ada", name="n", bio="b"),
        suspension.SuspendAccount(handle="ada", reason="r"),
        handle.ChangeHandle(handle="ada", new_handle="x", now=AT, former_until=LATER),
        LEAVE,
        Return(handle="ada", now=AT),
    ):
        nobodys = people().when(replace(command, handle="nobody"), by=who).outcome
        for story in (people().when(LEAVE), gone()):
            assert str(story.when(command, by=who).outcome) == str(nobodys), command


def test_its_owner_leaves_and_can_do_nothing_meanwhile():
    case = people().given(published()).when(LEAVE).then(BEGUN)
    case.when(LEAVE).then()
    case.when(post.NewPost(post=NOBODY, title="t", body="b")).refused(Forbidden, "Log in to come back")
    case.when(account.EditProfile(handle="ada", name="n", bio="")).refused(Forbidden)
    case.when(post.ErasePost(post=POST)).refused(Forbidden)
    assert case.bus.aggregates().called(ADA) == handle.placeholder(ADA)


def test_they_come_back_to_all_that_was():
    case = people().when(LEAVE).when(Return(handle="ada", now=UNTIL)).then(LeavingTakenBack(account=ADA))
    case.when(Return(handle="ada", now=UNTIL)).then()
    case.when(account.EditProfile(handle="ada", name="n", bio="")).then(
        account.ProfileEdited(account=ADA, name="n", bio="")
    )
    assert case.bus.aggregates().called(ADA) == "ada"


def test_nobody_comes_back_once_the_time_is_over():
    people().when(LEAVE).when(Return(handle="ada", now=LATER)).refused(Conflict, "over")
    gone().when(Return(handle=ADA, now=LATER), by=ADA).refused(NotFound)


def test_an_admin_does_it_with_a_reason_and_takes_it_back():
    by_admin = Leave(handle="ada", words="keep", until=UNTIL, reason="A letter asked for it.")
    case = people().when(by_admin, by="root")
    ordered = ClosureOrdered(account=ADA, reason="A letter asked for it.")
    case.then(ordered, LeavingBegun(account=ADA, words="keep", until=UNTIL))
    case.when(Return(handle="ada", now=LATER), by="root").refused(Conflict)
    case.when(Return(handle="ada", now=UNTIL), by="root").then(LeavingTakenBack(account=ADA))
    people().when(LEAVE, by="root").refused(Invalid, "Reason")


@pytest.mark.parametrize("who", ["bob", "mod", "sus", "ghost"])
def test_nobody_else_may(who: str):
    people().when(Leave(handle="ada", words="keep", until=UNTIL, reason="r"), by=who).refused_somehow()
    people().when(LEAVE).when(Return(handle="ada", now=UNTIL), by=who).refused_somehow()
    people().when(LEAVE).when(CLOSE, by=who).refused_somehow()
    people().when(CLOSE, by="root").refused(Forbidden)


def test_somebody_suspended_leaves_too():
    people().when(Leave(handle="sus", words="keep", until=UNTIL), by="sus").then(
        LeavingBegun(account=id_of("sus"), words="keep", until=UNTIL)
    )


@pytest.mark.parametrize(
    ("words", "exceptions", "fault"),
    [
        ("burn", (), "Words must be"),
        ("keep", ("account-" + ADA,), "Exceptions must be"),
        ("keep", ("post-Hello",), "Exceptions must be"),
        ("keep", tuple(f"post-0192abcd-0000-7000-8000-{number:012x}" for number in range(1_001)), "1,000"),
        ("keep", (f"post-{POST}",), "Exceptions must be"),
        ("keep", ("post-5a6f6520-5175-6172-6b20-6c6976657320",), "Exceptions must be"),
    ],
)
def test_what_cant_be_chosen(words: str, exceptions: tuple[str, ...], fault: str):
    case = people().given(published(author="bob"), by="bob")
    case.when(Leave(handle="ada", words=words, exceptions=exceptions, until=UNTIL)).refused(Invalid, fault)


def test_exceptions_are_each_once_and_turn_the_choice_round():
    some = (f"post-{POST}", f"comment-{COMMENT}", f"post-{POST}")
    case = people().given(published(), added())
    case.when(Leave(handle="ada", words="keep", exceptions=some, until=UNTIL))
    leaving = case.bus.aggregates().account_named("ada").leaving
    assert leaving is not None
    begun = leaving.choice
    assert begun.exceptions == (f"comment-{COMMENT}", f"post-{POST}")
    assert (begun.erases(f"post-{POST}"), begun.erases(f"post-{NOBODY}")) == (True, False)


def test_an_account_is_closed_by_itself_and_not_before_its_time():
    people().when(CLOSE).refused(Conflict)
    people().when(LEAVE).when(EraseAccount(handle=ADA, now=UNTIL)).refused(Conflict, "can still")
    case = people().given(account.PasswordSet(account=ADA, password_hash="x")).when(LEAVE).when(CLOSE)
    case.then(leaving.AccountErased(account=ADA, erased=(1, 3)))
    case.when(CLOSE, by=ADA).then()


def test_the_operator_closes_one_of_before_a_restore():
    people().when(CLOSE, by=OPERATOR).then(leaving.AccountErased(account=ADA, erased=(1,)))


def test_closing_takes_the_reason_and_the_roles():
    case = people().given(account.RoleGranted(account=ADA, role="admin"))
    case.when(Leave(handle="ada", words="keep", until=UNTIL, reason="tired"), by="root").when(CLOSE)
    state = case.bus.aggregates().account(ADA)
    assert (state.closed, state.roles, tuple(state.text_versions)) == (True, frozenset(), ())
    case.when(account.GrantRole(handle=ADA, role="admin"), by="root").refused(NotFound)
    case.when(account.EraseProfile(handle=ADA, reason="r"), by="root").refused(NotFound)


def test_its_handles_are_reserved_for_a_year():
    case = gone().when(RetireHandle(handle=ADA, version=2, reserved_until=NEXT_YEAR), by=ADA)
    (commit,) = case.stored
    assert commit.claim == f"left:{handle.reservation('', 'ada')}"
    assert [json.loads(bytes(event.data))["erased"] for event in commit.events] == [[2]]
    assert [one.claim for one in case.store.load(f"account-{ADA}")].count("handle:ada") == 0
    case.when(RetireHandle(handle=ADA, version=2, reserved_until=NEXT_YEAR), by=ADA).then()
    case.when(account.RegisterAccount(handle="Ada")).refused(HandleTaken)
    early = handle.ReleaseHandle(handle="ada", now=UNTIL)
    case.when(early, by="bob").refused(Conflict)
    holder = case.bus.aggregates().account_named("ada")
    reserved = case.bus.aggregates().reservation(holder, "ada")
    assert (handle.due(holder, "ada", UNTIL, reserved), handle.due(holder, "ada", NEXT_YEAR, reserved)) == (False, True)
    case.when(early, by="root").then(handle.FormerHandleErased(account=ADA, erased=(commit.first,)))
    case.when(account.RegisterAccount(account=NOBODY, handle="ada"))
    assert case.bus.aggregates().holder("ada") == NOBODY


def test_former_handles_are_reserved_too():
    change = handle.ChangeHandle(handle="ada", new_handle="ida", now=AT, former_until=LATER)
    case = people().when(change).when(Leave(handle="ida", words="keep", until=UNTIL)).when(CLOSE)
    assert set(handle.called(case.bus.aggregates().account(ADA))) == {2, 3}
    for version in (2, 3):
        case.when(RetireHandle(handle=ADA, version=version, reserved_until=NEXT_YEAR), by=ADA)
    for taken in ("ada", "ida"):
        case.when(account.RegisterAccount(handle=taken), by="bob").refused(HandleTaken)


def test_a_handle_is_retired_by_its_closed_account_alone():
    retire = RetireHandle(handle=ADA, version=2, reserved_until=NEXT_YEAR)
    people().when(retire).refused(Conflict)
    gone().when(retire, by="root").refused(NotFound)
    gone().when(RetireHandle(handle=ADA, version=1, reserved_until=NEXT_YEAR), by=ADA).then()


def test_a_closed_account_erases_what_it_wrote_without_a_reason():
    case = gone()
    case.when(post.ErasePost(post=POST), by=ADA).then(post.PostErased(post=POST, erased=(1,)))
    case.when(post.ErasePost(post=POST), by=ADA).then()
    case.when(comment.EraseComment(comment=COMMENT), by=ADA).then(comment.CommentErased(comment=COMMENT, erased=(1,)))
    case.when(webhook.RemoveWebhook(handle=ADA, webhook=NOBODY), by=ADA)
    assert len(case.stored) == 1
    case.given(published(NOBODY, author="bob"), by="bob")
    case.when(post.ErasePost(post=NOBODY), by=ADA).refused(Forbidden)


def test_a_closed_account_erases_its_tokens():
    issue = token.IssueToken(
        token=NOBODY, handle="ada", digest="0" * 64, scopes=("read",), expires_at=NEXT_YEAR, label="My phone"
    )
    case = people().when(issue).when(token.EraseToken(token=NOBODY)).refused(Forbidden)
    case.when(LEAVE).when(token.EraseToken(token=NOBODY)).refused(Forbidden)
    case.when(CLOSE).when(token.EraseToken(token=NOBODY), by=ADA).then(token.TokenErased(token=NOBODY, erased=(1,)))
    case.when(token.EraseToken(token=NOBODY), by=ADA).then()
    assert not case.bus.aggregates().token(NOBODY).is_valid(AT)
    people().when(issue).when(token.EraseToken(token=NOBODY), by=OPERATOR)
    people().when(token.EraseToken(token=NOBODY), by=OPERATOR).refused(NotFound)


def test_a_moderators_reasons_go_and_their_acts_and_others_reasons_stay():
    mod = id_of("mod")
    case = people().given(published(author="bob"), added(author="bob"), by="bob")
    case.when(post.LockPost(post=POST, reason="too hot"), by="mod")
    case.when(post.PinPost(post=POST, reason="good"), by="root")
    case.when(post.EditPost(post=POST, version=1, title="t", body="milder", reason="rude"), by="mod")
    case.when(comment.RemoveComment(comment=COMMENT, reason="rude"), by="mod")
    case.when(suspension.SuspendAccount(handle="bob", reason="rude"), by="mod")
    of_post = reasons.ErasePostReasons(post=POST)
    case.when(of_post, by="mod").refused(Forbidden)
    case.when(Leave(handle="mod", words="erase", until=UNTIL), by="mod").when(EraseAccount(handle=mod, now=LATER), mod)
    case.when(of_post, by=mod).then(reasons.PostReasonsErased(post=POST, erased=(2,)))
    case.when(of_post, by=mod).then()
    of_comment = reasons.EraseCommentReasons(comment=COMMENT)
    case.when(of_comment, by=mod).then(reasons.CommentReasonsErased(comment=COMMENT, erased=(2,)))
    of_account = reasons.EraseAccountReasons(account=id_of("bob"))
    case.when(of_account, by=mod).then(reasons.AccountReasonsErased(account=id_of("bob"), erased=(3,)))
    case.when(reasons.ErasePostReasons(post=POST, versions=(1, 3, 4, 9)), by=OPERATOR).then(
        reasons.PostReasonsErased(post=POST, erased=(3,))
    )
    known = case.bus.aggregates()
    assert (known.post(POST).locked, known.post(POST).body, known.comment(COMMENT).removed) == (True, "milder", True)
    assert known.account_named("bob").suspension
