"""Departures: a row for whoever leaves, a lease on it, and a receipt on which each commit stands once."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain import ids
from domain.rights import Choice
from operational import departures
from operational.departures import Departure, LeaseLost
from readmodel.engine.connections import changing

PAST, FUTURE = "2026-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"
LEASE = timedelta(seconds=30)


def taken(control: Engine, account: str = "ann") -> Departure:
    found = departures.take(control, departures.open_for(control, account, PAST), ids.from_now(LEASE))
    assert found is not None
    return found


def test_whoever_leaves_twice_has_one_row_with_one_address(control: Engine) -> None:
    first = departures.open_for(control, "ann", FUTURE)
    assert departures.open_for(control, "ann", PAST) == first == departures.receipt(control, first.id)
    assert departures.open_for(control, "bob", PAST).id != first.id
    assert departures.receipt(control, ids.uuid7()) is None
    assert departures.known(control) == {"ann", "bob"}


def test_only_those_are_due_whose_time_is_over(control: Engine) -> None:
    departures.open_for(control, "ann", FUTURE)
    bob = departures.open_for(control, "bob", PAST)
    assert departures.undone(control) == [bob]
    with changing(control) as connection:
        departures.save(connection, bob, state="done", ended_at=ids.now())
    assert departures.undone(control) == []
    assert departures.tally(control) == {"waiting": 1, "done": 1}


def test_a_departure_is_one_process_at_a_time(control: Engine) -> None:
    first = taken(control)
    assert departures.take(control, first, ids.from_now(LEASE)) is None
    with changing(control) as connection:
        later = departures.save(connection, first, leased_until=ids.from_now(2 * LEASE))
    with pytest.raises(LeaseLost), changing(control) as connection:
        departures.save(connection, first, {"one": "posts"}, cursor="{}")
    assert departures.of_account(control, "ann") == later


def test_a_commit_stands_on_the_receipt_once(control: Engine) -> None:
    row = taken(control)
    with changing(control) as connection:
        row = departures.save(connection, row, {"one": "posts", "two": "comments"}, cursor="{}")
        row = departures.save(connection, row, {"two": "comments", "three": "posts"}, cursor="{}")
    assert departures.of_account(control, "ann") == row
    assert (row.commits, row.counts) == (3, {"posts": 2, "comments": 1})
    assert departures.commit_ids(control, row) == ["one", "two", "three"]
    assert departures.commit_ids(control, row, after=2) == ["three"]


def test_one_that_turned_out_to_be_none_is_dropped_by_whoever_has_it(control: Engine) -> None:
    row = taken(control)
    with changing(control) as connection:
        later = departures.save(connection, row, leased_until=ids.from_now(2 * LEASE))
    departures.drop(control, row)
    assert departures.of_account(control, "ann") == later
    departures.drop(control, later)
    assert departures.of_account(control, "ann") is None


def test_a_store_of_before_has_all_looked_at_once_more_that_came_after_it(control: Engine) -> None:
    old, new = taken(control, "old"), taken(control, "new")
    with changing(control) as connection:
        old = departures.save(connection, old, {"one": "posts"}, state="done", ended_at=PAST)
        departures.save(connection, new, {"two": "posts"}, state="done", ended_at=FUTURE)
    departures.begin_anew(control, ids.now())
    assert departures.of_account(control, "old") == old
    again = departures.of_account(control, "new")
    assert again is not None
    assert (again.state, again.cursor, again.ended_at, again.commits) == ("waiting", "", None, 1)


def test_a_choice_is_told_as_it_was_saved(control: Engine) -> None:
    chosen, row = Choice("erase", ("post-1",)), taken(control)
    with changing(control) as connection:
        departures.save(connection, row, choice=chosen)
    departures.open_for(control, "bob", PAST)
    assert departures.choices(control) == {"ann": chosen}
