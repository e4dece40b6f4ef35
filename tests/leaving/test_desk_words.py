"""What is said in cases and appeals goes with whoever leaves: about them, by them; what is open once it is decided."""

from threading import Event

from domain import ids
from domain.moderation import appeal, case, decision
from operational import departures
from tests.leaving.conftest import SECRET, ZOE, LeavingSite
from tests.leaving.test_reports import follow


def open_case(site: LeavingSite, target: str, by: str) -> None:
    site.send(case.OpenCase(target=target, now=ids.now()), by)


def note(site: LeavingSite, target: str, by: str) -> None:
    site.send(case.AddNote(target=target, text=f"A {SECRET} affair", now=ids.now()), by)


def decide(site: LeavingSite, target: str, by: str, *acts: str) -> str:
    id = ids.uuid7()
    words = {"reason": f"So {SECRET}", "note": f"Dear {SECRET}"}
    site.send(decision.Decide(target=target, decision=id, acts=acts, now=ids.now(), **words), by)
    follow(site)
    return id


def looked(site: LeavingSite) -> departures.Departure:
    """The departure, once nothing more of it can be done now."""
    eraser = site.eraser()
    for _ in range(25):
        site.project()
        follow(site)
        eraser.look(Event())
        site.make_due()
    found = departures.of_account(site.generations.control, site.zoe)
    assert found is not None
    return found


def test_what_is_said_about_them_and_by_them_goes(either: LeavingSite) -> None:
    either.fill()
    theirs, others = f"post-{either.of_zoe[0]}", f"post-{either.others}"
    open_case(either, theirs, "root")
    note(either, theirs, "root")
    id = decide(either, theirs, "root", "note", "warn")
    lodge = appeal.Lodge(appeal=ids.uuid7(), target=theirs, decision=id, text=f"Not {SECRET}", now=ids.now())
    either.send(lodge, ZOE)
    resolve = appeal.Resolve(
        target=theirs, decision=id, account=either.zoe, outcome="upheld", reason=f"Is {SECRET}", others=False
    )
    either.send(resolve, "root")
    open_case(either, others, ZOE)
    note(either, others, ZOE)
    decide(either, others, ZOE, "note")
    either.leave()
    done = looked(either)
    assert (done.state, done.counts["moderation"]) == ("done", 3)
    either.carry_out()
    assert not either.found_of_zoe()


def test_what_is_open_goes_once_it_is_decided(site: LeavingSite) -> None:
    site.fill()
    theirs = f"post-{site.of_zoe[0]}"
    open_case(site, theirs, "root")
    note(site, theirs, "root")
    site.leave()
    waiting = looked(site)
    assert (waiting.state, "moderation" in waiting.counts) == ("erasing", False)
    assert waiting.counts["posts"] == 3
    decide(site, theirs, "root", "none")
    assert site.carry_out().counts["moderation"] == 1
    assert not site.found_of_zoe()
