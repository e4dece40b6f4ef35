"""The event store was put back to an earlier state, or is another one: nothing is folded into what was folded before.

A fresh generation is filled, shows all that the store has and nothing that it lost.
"""

from threading import Event

import pytest
from sqlalchemy import text

from domain import ids, post
from domain.errors import Conflict
from domain.messages import Receipt
from projector import continuity
from projector.generation_fill import silent
from readmodel.generations import repairs, store_match
from readmodel.generations.lag import LagMeter
from readmodel.generations.store_match import StoreMatch
from tests.projector.conftest import Backend
from tests.projector.restored_site import Given, lag, rows, shown, upkeep, why, written
from tests.projector.restoring import backed_up


@pytest.fixture(autouse=True)
def _looked_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continuity, "CHECK_INTERVAL_S", 0.0)


@pytest.fixture
def given(either: Backend) -> Given:
    return Given(either)


@pytest.mark.parametrize("grown", [0, 5, 100])
@pytest.mark.parametrize("running", [True, False])
def test_of_a_restored_store_everything_is_shown_and_nothing_that_is_lost(
    either: Backend, given: Given, grown: int, running: bool
) -> None:
    """grown: so many posts come before anybody looks. running: under the processes, or while they were stopped."""
    given.restore()
    assert either.store.head() == given.backup
    if not running:
        either.worker = either.new_worker()
    new = written(either, grown)
    either.number()
    assert either.store.head()[0] == given.backup[0] + grown, "positions go on where the restored store ends"
    assert (why(either) or "").startswith(
        "At position" if given.backup[0] + grown >= given.reached else "The read model"
    )
    before = rows(either)
    either.project()
    assert rows(either) == before, "nothing is folded into it"
    assert lag(either) >= 0

    upkeep(either).step(Event())
    assert either.generations.live().number == 2
    given.is_mended(either, new)
    new += written(either, 3)
    given.is_mended(either, new)
    upkeep(either).step(Event())
    assert either.generations.live().number == 2, "once is enough"


def test_where_nobody_has_looked_yet_the_fold_itself_finds_that_a_commit_doesnt_follow(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Given(backend)
    monkeypatch.setattr(continuity, "CHECK_INTERVAL_S", 1000.0)
    backend.project()
    given.restore()
    written(backend, 100)
    before = rows(backend)
    backend.project()
    assert rows(backend) == before


def test_a_stream_that_is_edited_again_goes_on_from_what_the_store_has(either: Backend, given: Given) -> None:
    """What the writer, the bus and the lists remember of it is of the time before."""
    given.restore()
    receipt = either.send(post.EditPost(post=given.edited, version=1, title="Anew", body="words"))
    assert receipt.version == 2
    upkeep(either).step(Event())
    either.project()
    assert shown(either, given.edited) == 2
    assert either.rebuilder().verify(silent).same


def test_another_store_is_noticed_by_its_id(either: Backend, given: Given) -> None:
    with either.generations.live().write() as connection:
        connection.execute(text("UPDATE origin SET store = :other"), {"other": ids.uuid7()})
    assert "another event store" in (why(either) or "")
    id = either.publish()
    either.project()
    assert shown(either, id) == 0
    upkeep(either).step(Event())
    either.project()
    assert shown(either, id) == 1


def test_a_generation_of_an_older_version_adopts_the_store_that_it_finds(either: Backend, given: Given) -> None:
    with either.generations.live().write() as connection:
        connection.execute(text("DELETE FROM origin"))
        connection.execute(text("UPDATE checkpoints SET chain = NULL"))
    upkeep(either).step(Event())
    either.worker = either.new_worker()
    either.project()
    assert either.generations.live().number == 1
    with either.generations.connect() as connection:
        assert store_match.is_known(connection)
        assert connection.execute(text("SELECT store FROM origin")).scalar_one() == either.store.id()


def test_a_generation_of_an_older_version_notices_a_shorter_store(either: Backend, given: Given) -> None:
    with either.generations.live().write() as connection:
        connection.execute(text("DELETE FROM origin"))
        connection.execute(text("UPDATE checkpoints SET chain = NULL"))
    given.restore()
    assert f"ends at {given.backup[0]}" in (why(either) or "")
    upkeep(either).step(Event())
    given.is_mended(either, [])


def test_a_rebuild_by_hand_takes_back_what_is_lost_and_for_good(either: Backend, given: Given) -> None:
    given.restore()
    rebuilder = either.rebuilder()
    fresh, comparison = rebuilder.fill(silent)
    assert comparison is None, "there is nothing to compare"
    rebuilder.switch(fresh)
    given.is_mended(either, [])
    with pytest.raises(Conflict, match="no earlier generation"):
        rebuilder.switch_back()


def test_there_is_no_way_back_to_a_generation_of_before_the_restore(either: Backend, given: Given) -> None:
    rebuilder = either.rebuilder()
    rebuilder.switch(rebuilder.fill(silent)[0])
    given.restore()
    with pytest.raises(Conflict, match="no way back to generation 1"):
        rebuilder.switch_back()
    assert either.generations.live().number == 2


@pytest.mark.parametrize("grown", [0, 30])
def test_a_generation_is_not_switched_to_where_the_store_is_put_back_while_it_is_filled(
    either: Backend, given: Given, grown: int
) -> None:
    rebuilder = either.rebuilder()
    fresh, _ = rebuilder.fill(silent)
    given.restore()
    new = written(either, grown)
    either.number()
    with pytest.raises(Conflict, match="put back to an earlier state meanwhile"):
        rebuilder.switch(fresh)
    assert either.generations.live().number == 1
    upkeep(either).step(Event())
    given.is_mended(either, new)


def test_the_verifier_repairs_nothing_by_a_store_that_was_put_back(either: Backend, given: Given) -> None:
    given.restore()
    for version in (1, 2, 3):
        either.send(post.EditPost(post=given.edited, version=version, title=f"Anew {version}", body="words"))
    either.number()
    verifier = either.verifier()
    for _ in range(80):
        verifier.step()
    assert repairs.newest(either.generations.control) == []


def test_lag_forgets_what_it_had_in_mind_of_commits_that_are_lost(either: Backend) -> None:
    either.register("ann")
    either.project()
    restore = backed_up(either)
    meter = LagMeter(either.store, either.generations.connect, lambda _key, _partitions: 0)
    written(either, 5)
    either.number()
    assert meter.measure().commits == 5
    restore()
    written(either, 9)
    either.project()
    assert meter.measure().commits == 0


def test_a_pages_process_notices_within_a_second(
    either: Backend, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs = StoreMatch(either.store, either.generations.connect)
    assert belongs.mismatch() is belongs.recent_mismatch() is None
    given.restore()
    assert belongs.recent_mismatch() is None
    monkeypatch.setattr(store_match, "MATCH_CACHE_S", 0.0)
    assert belongs.recent_mismatch() is not None


def test_what_an_answer_waited_for_isnt_taken_from_a_past_that_is_gone(either: Backend, given: Given) -> None:
    """The lists show version 4 of a post, and the store has just taken version 2 of it."""
    given.restore()
    receipt = either.send(post.EditPost(post=given.edited, version=1, title="Anew", body="words"))
    assert either.generations.wait(Receipt(stream=receipt.stream, version=receipt.version), 0)
    assert StoreMatch(either.store, either.generations.connect).recent_mismatch() is not None
