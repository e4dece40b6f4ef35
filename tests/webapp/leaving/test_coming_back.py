"""Whoever leaves comes back by logging in, for a while, and by nothing else."""

from domain.leaving import Leave
from domain.moderation.suspension import SuspendAccount
from domain.rights import Suspension
from operational import departures
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.leaving.steps import PAGE, PASSWORD, log_in, registered, state


def test_whoever_leaves_once_more_has_the_same_receipt(world: World):
    """Whatever is repeated in between by somebody else."""
    registered(world, "ann").send(PAGE, password=PASSWORD, words="erase")
    first = departures.of_account(world.generations.control, world.id("ann"))
    log_in(world, "ann")[0].send(PAGE, password=PASSWORD, words="keep")
    row = departures.of_account(world.generations.control, world.id("ann"))
    assert first is not None
    assert row is not None
    assert (row.id, row.until > first.until) == (first.id, True)
    assert world.visitor().get(f"/receipts/{row.id}").status_code == 200


def test_logging_in_brings_everything_back(world: World):
    registered(world, "ann").send(PAGE, password=PASSWORD, words="erase")
    row = departures.of_account(world.generations.control, world.id("ann"))
    assert row is not None
    _, refused = log_in(world, "ann", "not this one")
    assert refused.status_code == 422
    assert state(world, "ann").leaving is not None
    ann, answer = log_in(world, "ann")
    assert answer.status_code == 303
    seen = ann.see("/")
    assert "Welcome back: nothing was erased." in seen.text
    assert "Log out" in [button for form in seen.forms for button in form.buttons]
    assert state(world, "ann").leaving is None
    assert world.visitor().get(f"/receipts/{row.id}").status_code == 404
    post = world.post("ann", "I am back")
    assert "ann" in world.visitor().see(f"/posts/{post}").text
    assert "Welcome back" not in log_in(world, "ann")[0].see("/").text


def test_whoever_is_back_is_logged_in_although_the_lists_lag(world: World):
    registered(world, "ann").send(PAGE, password=PASSWORD)
    world.bus.lags = True
    ann, _ = log_in(world, "ann")
    assert ann.get("/settings").status_code == 200
    assert 'href="/@ann"' in ann.get("/").text


def over(world: World, handle: str) -> None:
    account = world.id(handle)
    departures.open_for(world.generations.control, account, "2026-01-01T00:00:00.000000Z")
    world.given(Leave(handle=account, words="keep", until="2026-01-01T00:00:00.000000Z"), account)


def test_when_the_time_is_over_the_login_form_says_so(world: World):
    registered(world, "ann")
    over(world, "ann")
    ann, answer = log_in(world, "ann")
    assert answer.status_code == 409
    assert "is over: this account is being closed" in page(answer).text
    assert page(answer).form("/login").fields["handle"] == "ann"
    assert "/login" in ann.get("/settings").headers["Location"]
    assert departures.of_account(world.generations.control, world.id("ann")) is not None


def test_a_session_that_survived_opens_nothing(world: World):
    ann = registered(world, "ann")
    ann.send(PAGE, password=PASSWORD)
    late = world.logged_in("ann")
    assert "/login" in late.get("/settings").headers["Location"]
    assert late.get("/").status_code == 200


def test_somebody_suspended_may_leave_and_come_back_suspended(world: World):
    ann = registered(world, "ann")
    world.person("mod", "moderator")
    world.given(SuspendAccount(handle="ann", reason="Spam"), "mod")
    assert ann.send(PAGE, password=PASSWORD).status_code == 303
    assert state(world, "ann").leaving is not None
    assert log_in(world, "ann")[1].status_code == 303
    assert (state(world, "ann").leaving, state(world, "ann").suspension) == (None, Suspension())
