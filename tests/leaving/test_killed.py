"""Whoever carries a departure out may be killed or frozen at any instant: the next one goes on, and all comes of it."""

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import delete, update

from domain import ids, post, token
from domain.handle import ReleaseHandle
from domain.rights import Choice
from operational import departures
from operational.departures import Departure, LeaseLost
from operational.tables import departure_commits
from operational.tables import departures as table
from readmodel.engine.connections import changing
from tests.leaving.conftest import SECRET, ZOE, LeavingSite
from tests.leaving.killed_eraser import LEASE
from tests.leaving.test_erasing import is_sound
from tests.projector.scrubbed_site import rebuild
from tests.promises.stores import add_unknown

ROOT = Path(__file__).parents[2]
KILLS = [("sent", 1), ("sent", 1), ("stage", 1), ("saved", 1), ("sent", 1), ("stage", 2), ("saved", 3)]
KILLS += [("sent", 2), ("saved", 1), ("stage", 1), ("sent", 1), ("saved", 2), ("stage", 1)]


def run_eraser(site: LeavingSite, where: str, number: int) -> int:
    """The exit code of one that is killed there."""
    command = [sys.executable, "-m", "tests.leaving.killed_eraser", str(site.folder), where, str(number)]
    if site.url:
        command.append(site.url)
    site.project()
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120).returncode


def departure(site: LeavingSite) -> Departure:
    found = departures.of_account(site.generations.control, site.zoe)
    assert found is not None
    return found


@pytest.mark.slow(60)
def test_killed_anywhere_it_is_carried_out_once(either: LeavingSite) -> None:
    either.fill()
    either.leave()
    killed = []
    for where, number in KILLS:
        killed.append(run_eraser(either, where, number))
        time.sleep(LEASE.total_seconds())
        either.make_due()
    assert killed.count(-signal.SIGKILL) >= 8, killed
    done = either.carry_out()
    assert not either.found_of_zoe()
    assert is_sound(either)
    assert done.counts == {
        "account": 1, "handles": 1, "tokens": 1, "webhooks": 1, "posts": 3, "comments": 2, "reasons": 2,
    }  # fmt: skip
    receipt = departures.commit_ids(either.generations.control, done)
    erased = [one.id for one in either.store.read(0, 1_000) if one.actor == either.zoe and is_erasing(one)]
    assert sorted(receipt) == sorted(erased)


def is_erasing(commit: object) -> bool:
    return any(event.type.endswith("Erased") for event in commit.events)  # type: ignore[attr-defined]


def test_one_that_was_frozen_saves_nothing(site: LeavingSite) -> None:
    site.fill()
    site.leave()
    control = site.generations.control
    first = departures.take(control, departure(site), ids.from_now(-LEASE))
    assert first is not None
    second = departures.take(control, departure(site), ids.from_now(LEASE))
    assert second is not None
    assert departures.take(control, departure(site), ids.from_now(LEASE)) is None
    with pytest.raises(LeaseLost), changing(control) as connection:
        departures.save(connection, first, {"a commit": "posts"}, cursor="{}")
    assert departure(site) == second


def test_two_at_once_erase_everything_once(either: LeavingSite) -> None:
    either.fill()
    either.leave()
    both = [either.eraser(), either.eraser()]
    for turn in range(30):
        either.project()
        both[turn % 2].look(Event())
        either.make_due()
    done = either.carry_out()
    assert done.commits == sum(done.counts.values()) == 11
    assert not either.found_of_zoe()


def test_a_rebuild_and_a_new_generation_lose_nothing(either: LeavingSite) -> None:
    either.fill()
    either.leave()
    stop = Event()
    eraser = either.eraser(after_step=stop.set)
    for _ in range(30):
        either.project()
        stop.clear()
        eraser.look(stop)
        rebuild(either)
        either.make_due()
        if departure(either).state == "done":
            break
    assert either.carry_out().commits == 11
    assert not either.found_of_zoe()
    assert is_sound(either)


def test_what_is_parked_is_erased_too(either: LeavingSite) -> None:
    either.fill()
    either.park(f"post-{either.of_zoe[1]}")
    either.leave()
    done = either.carry_out()
    assert done.counts["posts"] == 3


def test_what_cant_be_read_keeps_the_departure_open_and_nothing_else(site: LeavingSite) -> None:
    """Until it can: whether that takes a newer version of the site, or a repair."""
    site.fill()
    unknown = [
        add_unknown(site.store, stream)
        for stream in (f"post-{site.of_zoe[1]}", f"token-{site.token}", f"webhooks-{site.zoe}")
    ]
    site.leave()
    eraser = site.eraser()
    for _ in range(20):
        site.project()
        eraser.look(Event())
        site.make_due()
    found = departure(site)
    assert found.state == "erasing"
    assert {kind: found.counts.get(kind) for kind in ("posts", "comments", "tokens", "webhooks", "reasons")} == {
        "posts": 2, "comments": 2, "tokens": None, "webhooks": None, "reasons": 2,
    }  # fmt: skip
    for commit in unknown:
        site.lose(commit.position)
    for _ in range(20):
        eraser.look(Event())
        site.make_due()
    done = departure(site)
    assert done.state == "done"
    assert done.commits == sum(done.counts.values()) == 11


def test_a_handle_that_was_set_free_meanwhile_keeps_nothing_from_going_on(either: LeavingSite) -> None:
    """Whoever erased it died before that was saved; an admin set the handle free; then the step is done again."""
    either.fill()
    either.leave()
    either.project()
    control = either.generations.control
    stop = Event()
    eraser = either.eraser(after_step=stop.set)
    eraser.look(stop)
    before = departure(either)
    stop.clear()
    eraser.look(stop)
    with changing(control) as connection:
        connection.execute(update(table).values(cursor=before.cursor, commits=1, counts='{"account":1}'))
        connection.execute(delete(departure_commits).where(departure_commits.c.number > 1))
    either.number()
    either.send(ReleaseHandle(handle=ZOE, now=ids.now()), "root")
    done = either.carry_out()
    assert (done.counts["handles"], done.counts["posts"], done.commits) == (1, 3, 11)
    assert is_sound(either)


def test_streams_that_the_lists_never_had_are_looked_at_in_the_store(either: LeavingSite) -> None:
    """A token, and what somebody else wrote, where zoe gave a reason."""
    either.fill()
    hidden, issued = either.publish("Hidden"), ids.uuid7()
    either.park(f"post-{hidden}")
    either.park(f"token-{issued}")
    either.send(post.LockPost(post=hidden, reason=f"For {SECRET}"), ZOE)
    issue = token.IssueToken(
        token=issued, handle=ZOE, digest="d" * 64, scopes=("read",), expires_at=ids.now(), label=f"My {SECRET}"
    )
    either.send(issue, ZOE)
    either.leave()
    done = either.carry_out()
    assert (done.counts["tokens"], done.counts["reasons"]) == (2, 3)
    assert not either.found_of_zoe()


def test_a_store_of_before_is_gone_through_with_what_they_chose(site: LeavingSite) -> None:
    """The row says what the restored store doesn't, and everything is looked at again."""
    site.fill()
    site.leave("erase", (f"post-{site.of_zoe[0]}",))
    done = site.carry_out()
    assert done.choice == Choice("erase", (f"post-{site.of_zoe[0]}",))
    departures.begin_anew(site.generations.control, ids.from_now(timedelta(hours=1)))
    assert departure(site) == done
    departures.begin_anew(site.generations.control, done.until)
    assert departure(site).state == "waiting"
    assert site.carry_out().counts == done.counts


def test_whoever_has_no_row_is_found(site: LeavingSite) -> None:
    """It is lost where a read model's server is replaced, or a backup is restored."""
    site.fill()
    site.leave()
    departures.drop(site.generations.control, departure(site))
    done = site.carry_out()
    assert done.counts["posts"] == 3
    departures.drop(site.generations.control, done)
    assert site.carry_out().counts == {}
    assert not site.found_of_zoe()
