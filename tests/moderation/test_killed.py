"""Killed anywhere, frozen, or doing the same as another: each act is done once, and the record says what was done."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from domain import post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from domain.moderation import report
from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import moderation_cursor
from tests.moderation.conftest import ModeratedSite
from tests.people import id_of
from tests.promises.stores import add_unknown

ACTS = ("edit", "remove", "lock", "warn", "strike", "suspend")
ONCE = {
    "PostPublished": 1, "PostEdited": 2, "PostRemoved": 1, "PostRestored": 1, "PostLocked": 1, "PostUnlocked": 1,
}  # fmt: skip
MAX_STEPS_OF_A_STORY = 60


class Killed(BaseException):
    """Stands for SIGKILL: nothing that is written for errors catches it."""


def dying(after: int) -> Callable[[], None]:
    """Dies behind so many steps."""
    left = iter(range(after))

    def step() -> None:
        if next(left, None) is None:
            raise Killed

    return step


def story(site: ModeratedSite) -> tuple[str, str]:
    """A report, another that is withdrawn, a decision with every act, and that it is taken back."""
    target = site.written()
    site.file(target)
    site.file(target, "cay")
    site.send(report.WithdrawReport(target=target), "cay")
    site.follow()
    id = site.decide(target, *ACTS, title="Milder", body="Milder words.")
    site.take_back(target, id)
    site.number()
    return target, id


def is_told(site: ModeratedSite, target: str, id: str) -> None:
    """Each act was done once, and undone once."""
    made = site.decision(target, id)
    assert (made.done, made.reversed) == (ACTS, True)
    assert Counter(site.types(target)) == ONCE
    [reversal] = site.events(f"case-{target}", "DecisionReversed")
    assert (reversal.done, reversal.skipped) == (ACTS, ())
    for type in ("StrikeAdded", "StrikeVoided", "WarningIssued", "WarningVoided"):
        assert [event.decision for event in site.events(f"account-{id_of('ann')}", type)].count(id) == 1
    ann = site.ann()
    assert (ann.warnings, dict(ann.strikes), ann.suspension) == (frozenset(), {}, None)


@pytest.mark.slow(60)
def test_killed_behind_every_step_it_does_each_act_once(either: ModeratedSite) -> None:
    killed = 0
    for after in range(MAX_STEPS_OF_A_STORY):
        target, id = story(either)
        try:
            while either.follower(after_step=dying(after)).step():
                pass
        except Killed:
            killed += 1
        else:
            break
        either.follow(either.follower(), either.follower())
        is_told(either, target, id)
    assert killed >= 2 * len(ACTS) + 2


@pytest.mark.slow(20)
def test_several_at_once_do_each_act_once(either: ModeratedSite) -> None:
    """On MongoDB a relay numbers what they store while they go on."""
    stop = threading.Event()
    threads = [threading.Thread(target=alone(either).run, args=(stop,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        told = [story_meanwhile(either) for _ in range(3)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for target, id in told:
        is_told(either, target, id)


def alone(site: ModeratedSite) -> Follower:
    """One of another process: what it has in memory is its own."""
    bus = CommandBus(site.store, EventCodec(), all_handlers())
    return Follower(site.store, EventCodec(), bus, site.control)


def story_meanwhile(site: ModeratedSite) -> tuple[str, str]:
    target = site.written()
    site.file(target)
    wait_for(site, lambda: bool(site.case(target).reports))
    id = site.decide(target, *ACTS, title="Milder", body="Milder words.")
    wait_for(site, lambda: site.decision(target, id).carried_out)
    site.take_back(target, id)
    wait_for(site, lambda: site.decision(target, id).reversed)
    return target, id


def wait_for(site: ModeratedSite, condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(400):
        site.number()
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("It doesn't come to pass.")


class Freezing(CommandBus):
    """Does something else before it sends the first command of one type, as though its process had been frozen."""

    freeze_before: type[Command]
    meanwhile: Callable[[], None]

    def send(self, command: Command, envelope: Envelope) -> Receipt:
        if type(command) is self.freeze_before:
            self.freeze_before = Command
            self.meanwhile()
        return super().send(command, envelope)


def frozen(site: ModeratedSite, before: type[Command], meanwhile: Callable[[], None]) -> None:
    """Runs a follower that is frozen there, and wakes up when that is over."""
    bus = Freezing(site.store, EventCodec(), all_handlers())
    bus.freeze_before, bus.meanwhile = before, meanwhile
    follower = Follower(site.store, EventCodec(), bus, site.control)
    site.number()
    while follower.step():
        site.number()
    assert bus.freeze_before is Command


def test_one_that_wakes_up_when_all_is_done_and_undone_changes_nothing(either: ModeratedSite) -> None:
    target = either.written()
    id = either.decide(target, "remove", "warn")

    def meanwhile() -> None:
        either.follow()
        either.take_back(target, id)
        either.follow()

    frozen(either, post.RemovePost, meanwhile)
    either.follow()
    assert either.types(target) == ["PostPublished", "PostRemoved", "PostRestored"]
    assert not either.ann().warnings


def test_one_that_wakes_up_does_nothing_that_another_has_skipped(site: ModeratedSite) -> None:
    """The author had removed it, and restores it when the decision has been carried out."""
    target = site.written()
    number = target.partition("-")[2]
    site.send(post.RemovePost(post=number), "ann")
    id = site.decide(target, "remove", "warn")

    def meanwhile() -> None:
        site.follow()
        site.send(post.RestorePost(post=number), "ann")

    frozen(site, post.RemovePost, meanwhile)
    assert site.decision(target, id).done == ("warn",)
    assert site.types(target) == ["PostPublished", "PostRemoved", "PostRestored"]


def test_one_that_wakes_up_restores_nothing_that_was_removed_again(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, "remove")
    site.follow()
    site.take_back(target, id)

    def meanwhile() -> None:
        site.follow()
        site.send(post.RemovePost(post=target.partition("-")[2], reason="Once more."), "may")

    frozen(site, post.RestorePost, meanwhile)
    assert site.state(target).removed_by == id_of("may")


def test_what_cant_be_read_is_put_aside_and_holds_nothing_else_up(either: ModeratedSite) -> None:
    """It is done when that is mended."""
    parked, other = either.written(), either.written()
    id = either.decide(parked, "remove", "warn")
    unknown = add_unknown(either.store, parked)
    second = either.decide(other, "remove")
    follower = either.follower()
    either.follow(follower)
    assert either.decision(other, second).done == ("remove",)
    assert not either.decision(parked, id).carried_out
    assert moderation_cursor.lag(either.control, either.store).set_aside == 1
    follower.retry()
    assert moderation_cursor.lag(either.control, either.store).set_aside == 1
    either.number()
    either.lose(next(one.position for one in either.store.read(0, 1_000) if one.id == unknown.id))
    follower.retry()
    assert either.decision(parked, id).done == ("remove", "warn")
    assert moderation_cursor.lag(either.control, either.store).set_aside == 0


def test_what_comes_later_about_the_same_waits_for_what_is_put_aside(site: ModeratedSite) -> None:
    target = site.written()
    first = site.file(target)
    site.send(report.WithdrawReport(target=target), "bob")
    unknown = add_unknown(site.store, target)
    follower = site.follower()
    site.follow(follower)
    assert not site.types(f"case-{target}")
    assert len(moderation_cursor.aside(site.control)) == 2
    site.lose(next(one.position for one in site.store.read(0, 1_000) if one.id == unknown.id))
    follower.retry()
    assert site.types(f"case-{target}") == ["CaseOpened", "ReportJoined", "ReportLeft"]
    assert first not in site.case(target).reports
