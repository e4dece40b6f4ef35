"""The demo makes a lively site out of commands alone, and filling it twice changes nothing."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain import ids
from domain.account import PasswordSet
from domain.comment import CommentAdded, CommentEdited, CommentRemoved
from domain.like import Liked, Unlike
from domain.messages import Envelope
from domain.moderation.appeal import AppealLodged
from domain.moderation.case import CaseOpened
from domain.moderation.report import ReportFiled
from domain.post import PostEdited, PostLocked, PostPublished, PostRemoved
from transfer.demo import fill

NOW = "2026-11-24T06:00:00.000000Z"


@pytest.fixture
def lines(site):
    return fill(site.bus, now=NOW, hash_password=lambda password: f"hash of {password}")


def test_it_has_people_threads_and_deeds_of_every_kind(site, lines):
    counts = Counter(type(event) for event, _ in site.events())
    assert counts[PostPublished] == 13
    assert counts[CommentAdded] >= 60
    assert counts[Liked] >= 100
    assert min(counts[kind] for kind in (PostEdited, CommentEdited, PostRemoved, CommentRemoved, PostLocked)) >= 1
    assert max(event.depth for event, _ in site.events() if isinstance(event, CommentAdded)) >= 4
    look = site.bus.aggregates()
    assert look.account_named("ines").roles == {"moderator"}
    assert look.account_named("otto").roles == {"admin"}
    site.store.check()


def test_it_has_a_case_that_is_open_one_that_is_claimed_and_a_decision_that_is_appealed(site, lines):
    cases = {event.target for event, _ in site.events() if isinstance(event, CaseOpened)}
    states = sorted((case.decided, case.live_claim(NOW) is not None) for case in map(site.bus.aggregates().case, cases))
    assert states == [(False, False), (False, True), (True, False)]
    (appeal,) = [event for event, _ in site.events() if isinstance(event, AppealLodged)]
    assert site.bus.aggregates().case(appeal.target).decisions[appeal.decision].acts == ("remove", "warn")
    assert sum(isinstance(event, ReportFiled) for event, _ in site.events()) == 5


def test_what_a_moderator_did_has_its_reason(site, lines):
    reasons = [event.reason for event, _ in site.events() if isinstance(event, CommentRemoved | PostLocked)]
    assert len(reasons) == 2
    assert all(reasons)


def test_everyone_can_log_in_with_the_password_that_is_printed(site, lines):
    hashes = {
        site.handle(event.account): event.password_hash for event, _ in site.events() if isinstance(event, PasswordSet)
    }
    assert set(hashes.values()) == {"hash of try verbatim"}
    assert "try verbatim" in lines[0]
    assert [line.split() for line in lines[1:]][-2:] == [["ines", "moderator"], ["otto", "admin"]]
    assert {line.split()[0] for line in lines[1:]} == set(hashes)


def test_its_times_are_spread_over_the_days_before_and_in_order(site, lines):
    times = [datetime.fromisoformat(commit.at) for commit in site.commits()]
    now = datetime.fromisoformat(NOW)
    assert times == sorted(times)
    assert now - timedelta(days=15) < times[0] < times[-1] < now
    assert len({time.date() for time in times}) >= 8


def test_filling_twice_and_on_another_day_changes_nothing(site, lines):
    before = site.store.head()
    liked = next(event for event, _ in site.events() if isinstance(event, Liked))
    later = ids.to_iso_utc(datetime(2026, 12, 1, tzinfo=UTC))
    assert fill(site.bus, now=later, hash_password=lambda password: f"another hash of {password}") == lines
    assert site.store.head() == before
    site.bus.send(Unlike(target=liked.target), Envelope(actor=liked.account, at=later))
    fill(site.bus, now=later, hash_password=str)
    assert site.store.head()[0] == before[0] + 1
