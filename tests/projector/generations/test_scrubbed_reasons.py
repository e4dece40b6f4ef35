"""Reasons go with what they explained: from live, kept and filled generations, and at a clean stop."""

from threading import Event

from domain import account, post, rights
from domain.moderation import suspension
from tests.projector.conftest import Backend
from tests.projector.scrubbed_site import SECRET, begin, everywhere, is_right, publish, rebuild, scrubber, silent


def explain(either: Backend) -> str:
    """A post of ann's and the account of bob, with a secret reason for all that was done to them."""
    begin(either)
    id = publish(either, "plain")
    for command in (
        post.EditPost(post=id, version=1, title="Calm", body="Calm.", reason=f"{SECRET} 1"),
        post.PinPost(post=id, reason=f"{SECRET} 2"),
        post.RemovePost(post=id, reason=f"{SECRET} 3"),
        suspension.SuspendAccount(handle="bob", reason=f"{SECRET} 4"),
    ):
        either.send(command, rights.OPERATOR)
    either.project()
    assert SECRET.encode() in everywhere(either)
    return id


def erase_reasons(either: Backend, id: str) -> None:
    """The first erasure has a secret reason too, which the second one takes."""
    for reason in (f"{SECRET} 5", "Asked for."):
        either.send(post.ErasePost(post=id, reason=reason), rights.OPERATOR)
        either.send(account.EraseProfile(handle="bob", reason=reason), rights.OPERATOR)


def test_nothing_is_left_of_reasons_in_the_live_generation_and_in_a_kept_one(either: Backend) -> None:
    id = explain(either)
    rebuild(either)
    erase_reasons(either, id)
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)


def test_nothing_is_left_of_reasons_in_a_generation_that_was_filled_before(either: Backend) -> None:
    id = explain(either)
    fresh, _ = either.rebuilder().fill(silent)
    erase_reasons(either, id)
    either.number()
    either.rebuilder().switch(fresh)
    either.worker = either.new_worker()
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)


def test_nothing_is_left_of_reasons_at_a_clean_stop(either: Backend) -> None:
    id = explain(either)
    erase_reasons(either, id)
    either.number()
    scrubber(either).finish()
    assert SECRET.encode() not in everywhere(either)
    either.worker = either.new_worker()
    either.project()
    assert is_right(either)
