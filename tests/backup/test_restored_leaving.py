"""Whoever left after a backup was made has left in the restored store as well: nothing of theirs comes back."""

from collections.abc import Callable

import pytest

from backup.reading import chosen_set
from backup.restoring import SiteFacts, restore
from domain import account, handle, ids, leaving, post, reasons, rights, token
from domain.errors import HandleTaken
from domain.messages import Command
from domain.moderation import suspension
from domain.rights import Choice
from eventstore.verification import StoreVerification
from tests.backup.conftest import Site
from tests.backup.test_restoring import restored, text_of

SECRET = "quokka"
EVER = "2026-11-24T06:00:00.000000Z"
LATER = "2999-11-24T06:00:00.000000Z"


def moderator(site: Site, password: str = f"$argon2id${SECRET}") -> str:
    """Somebody who wrote, moderated, and has a token; the id of their account."""
    registered = account.RegisterAccount(handle=SECRET, name=SECRET, password_hash=password)
    id = site.send(registered, SECRET).subject
    site.send(account.GrantRole(handle=SECRET, role="moderator"), rights.OPERATOR)
    return id


def leave(site: Site, id: str) -> None:
    """As the site itself carries it out, of what there is."""
    for command in (
        leaving.Leave(handle=id, words="erase", until=EVER),
        leaving.EraseAccount(handle=id, now=ids.now()),
        *(
            leaving.RetireHandle(handle=id, version=version, reserved_until=LATER)
            for version in handle.called(site.bus.aggregates().account(id))
        ),
    ):
        send(site, command, id)


def send(site: Site, command: Command, actor: str) -> None:
    site.record(site.send(command, actor))


def is_sound(site: Site) -> bool:
    return list(StoreVerification(site.store).faults()) == []


@pytest.mark.parametrize("password", [f"$argon2id${SECRET}", ""])
@pytest.mark.parametrize("again", [False, True])
def test_nothing_of_them_comes_back(site: Site, empty: Site, password: str, again: bool) -> None:
    id = moderator(site, password)
    others = site.publish("of ann")
    issued, mine = ids.uuid7(), ids.uuid7()
    issue = token.IssueToken(
        token=issued, handle=SECRET, digest="d" * 64, scopes=("read",), expires_at=LATER, label=SECRET
    )
    for command in (
        issue,
        post.NewPost(post=mine, title=SECRET, body=SECRET),
        post.LockPost(post=others, reason=SECRET),
        suspension.SuspendAccount(handle="ann", reason=SECRET),
    ):
        site.send(command, SECRET)
    site.back_up()
    leave(site, id)
    ann = site.bus.aggregates().holder("ann")
    assert ann
    for erasing in (
        token.EraseToken(token=issued),
        post.ErasePost(post=mine),
        reasons.ErasePostReasons(post=others),
        reasons.EraseAccountReasons(account=ann),
    ):
        send(site, erasing, id)
    if again:
        site.back_up()
    restored(site, empty)
    empty.number()
    assert SECRET.encode() not in text_of(empty)
    assert b"of ann" in text_of(empty)
    assert is_sound(empty)
    known = empty.bus.aggregates()
    assert known.account(id).closed
    assert known.post(others).locked
    assert known.account_named("ann").suspension
    assert not known.token(issued).is_valid(EVER)
    with pytest.raises(HandleTaken):
        empty.send(account.RegisterAccount(handle=SECRET), SECRET)


def test_a_backup_from_the_middle_of_it_goes_on_to_its_end(new_site: Callable[[], Site], site: Site) -> None:
    """Closed, and still called as before; then called so no more, and still with a text."""
    id = moderator(site)
    mine = ids.uuid7()
    site.send(post.NewPost(post=mine, title=SECRET, body=SECRET), SECRET)
    steps = [
        leaving.Leave(handle=id, words="erase", until=EVER),
        leaving.EraseAccount(handle=id, now=ids.now()),
        leaving.RetireHandle(handle=id, version=2, reserved_until=LATER),
        post.ErasePost(post=mine),
    ]
    names = []
    for command in steps:
        names.append(site.back_up().set)
        send(site, command, id)
        site.backups.path.rename(site.backups.path.with_name(f"backups-{len(names)}"))
    for number in range(1, len(steps) + 1):
        empty = new_site()
        site.backups.path.with_name(f"backups-{number}").rename(site.backups.path)
        restored(site, empty)
        empty.number()
        assert SECRET.encode() not in text_of(empty), number
        assert is_sound(empty)
        assert empty.bus.aggregates().account(id).closed
        site.backups.path.rename(site.backups.path.with_name(f"done-{number}"))


def test_whoever_changed_their_handle_and_password_can_still_log_in(site: Site, empty: Site) -> None:
    site.back_up()
    change = handle.ChangeHandle(handle="ann", new_handle="anna", now=EVER, former_until=EVER)
    send(site, change, "ann")
    send(site, account.ChangePassword(handle="anna", password_hash="$argon2id$new"), "anna")
    send(site, handle.ReleaseHandle(handle="ann", now=ids.now()), rights.OPERATOR)
    restored(site, empty)
    empty.number()
    assert empty.bus.aggregates().account_named("ann").password_hash == "$argon2$hash"


def test_a_reservation_that_was_given_up_stays_so(site: Site, empty: Site) -> None:
    id = moderator(site)
    leave(site, id)
    site.back_up()
    send(site, handle.ReleaseHandle(handle=SECRET, now=ids.now()), rights.OPERATOR)
    restored(site, empty)
    empty.number()
    assert empty.bus.aggregates().holder(SECRET) is None
    assert is_sound(empty)


def test_whoever_was_leaving_can_come_back_as_if_they_had_begun_now(site: Site, empty: Site) -> None:
    """They may have come back after the backup: nobody knows that any more."""
    id = moderator(site)
    mine = ids.uuid7()
    site.send(post.NewPost(post=mine, title=SECRET, body=SECRET), SECRET)
    site.send(leaving.Leave(handle=id, words="erase", exceptions=(f"post-{mine}",), until=EVER), id)
    site.back_up()
    site.send(leaving.Return(handle=id, now=EVER), id)
    done = restored(site, empty)
    empty.number()
    found = empty.bus.aggregates().account(id).leaving
    assert found is not None
    assert (found.choice, found.until > ids.now()) == (Choice("erase", (f"post-{mine}",)), True)
    assert (done.leaving, done.unchosen) == (1, 0)
    empty.send(leaving.Return(handle=id, now=ids.now()), id)
    assert is_sound(empty)


def test_what_became_of_their_words_is_still_what_they_chose(site: Site, empty: Site) -> None:
    """Said by the row of the departure; a post that the backup hasn't is no exception."""
    id, mine = moderator(site), ids.uuid7()
    site.send(post.NewPost(post=mine, title=SECRET, body=SECRET), SECRET)
    site.back_up()
    leave(site, id)
    facts = SiteFacts(choices={id: Choice("erase", (f"post-{mine}", f"post-{ids.uuid7()}"))})
    done = restore(chosen_set(site.backups), empty.store, empty.bus, site.ledger.read(), site=facts)
    empty.number()
    state = empty.bus.aggregates().account(id)
    assert state.closed
    assert state.leaving is not None
    assert state.leaving.choice == Choice("erase", (f"post-{mine}",))
    assert done.unchosen == 0
    assert is_sound(empty)


def test_a_choice_that_nobody_knows_any_more_is_told(site: Site, empty: Site) -> None:
    id = moderator(site)
    site.back_up()
    leave(site, id)
    done = restored(site, empty)
    assert (done.leaving, done.unchosen) == (0, 1)
