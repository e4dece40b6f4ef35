"""What somebody who leaves wrote in reports goes, once moderators don't need it any more."""

from threading import Event

from domain import ids
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.moderation import case, decision, report
from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import departures, moderation_cursor
from tests.leaving.conftest import SECRET, ZOE, LeavingSite


def follow(site: LeavingSite) -> None:
    """Joins reports to their cases, and carries decisions out."""
    bus = CommandBus(site.store, EventCodec(), all_handlers())
    follower = Follower(site.store, EventCodec(), bus, site.generations.control)
    found = None
    while found is None or found.position < site.store.head()[0]:
        site.number()
        follower.step()
        site.number()
        found = moderation_cursor.load(site.generations.control)


def file(site: LeavingSite, target: str) -> None:
    filed = report.FileReport(
        report=ids.uuid7(), target=target, version=1, category="other", text=f"Rude {SECRET}", now=ids.now()
    )
    site.send(filed, ZOE)


def decide(site: LeavingSite, target: str) -> None:
    site.send(case.Claim(target=target, now=ids.now()), "root")
    decide = decision.Decide(target=target, decision=ids.uuid7(), acts=("none",), now=ids.now())
    site.send(decide, "root")


def test_words_of_reports_go_and_those_that_moderators_need_when_they_have_decided(either: LeavingSite) -> None:
    either.fill()
    decided, open_, withdrawn = (f"post-{either.publish(title)}" for title in ("One", "Two", "Three"))
    for target in (decided, open_, withdrawn):
        file(either, target)
    either.send(report.WithdrawReport(target=withdrawn), ZOE)
    follow(either)
    decide(either, decided)
    either.leave()
    eraser = either.eraser()
    for _ in range(20):
        either.project()
        follow(either)
        eraser.look(Event())
        either.make_due()
    found = departures.of_account(either.generations.control, either.zoe)
    assert found is not None
    assert (found.state, found.counts["reports"]) == ("erasing", 2)
    assert found.counts["posts"] == 3
    assert either.found_of_zoe()
    decide(either, open_)
    follow(either)
    either.make_due()
    done = either.carry_out()
    assert done.counts["reports"] == 3
    assert not either.found_of_zoe()


def test_a_report_that_hasnt_come_to_its_case_is_waited_for(site: LeavingSite) -> None:
    site.fill()
    target = f"post-{site.publish()}"
    file(site, target)
    site.leave()
    eraser = site.eraser()
    for _ in range(20):
        site.project()
        eraser.look(Event())
        site.make_due()
    found = departures.of_account(site.generations.control, site.zoe)
    assert found is not None
    assert (found.state, "reports" in found.counts) == ("erasing", False)
    follow(site)
    decide(site, target)
    follow(site)
    assert site.carry_out().counts["reports"] == 1
