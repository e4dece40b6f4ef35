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
from tests.projector.restored_site import BackedUpSite, lag, mismatch_reason, publish_posts, rows, shown, upkeep
from tests.projector.restoring import backed_up


@pytest.fixture(autouse=True)
def _looked_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continuity, "CHECK_INTERVAL_S", 0.0)


@pytest.fixture
def backed_up_site(either: Backend) -> BackedUpSite:
    return BackedUpSite(either)


@pytest.mark.parametrize("grown", [0, 5, 100])
@pytest.mark.parametrize("running", [True, False])
def test_of_a_restored_store_everything_is_shown_and_nothing_that_is_lost(
    either: Backend, backed_up_site: BackedUpSite, grown: int, running: bool
) -> None:
    """grown: so many posts come before anybody looks. running: under the processes, or while they were stopped."""
    backed_up_site.restore()
    assert either.store.head() == backed_up_site.backup
    if not running:
        either.worker = either.new_worker()
    new = publish_posts(either, grown)
    either.number()
    assert either.store.head()[0] == backed_up_site.backup[0] + grown, "positions go on where the restored store ends"
    assert (mismatch_reason(either) or "").startswith(
        "At position" if backed_up_site.backup[0] + grown >= backed_up_site.reached else "The read model"
    )
    before = rows(either)
    either.project()
    assert rows(either) == before, "nothing is folded into it"
    assert lag(either) >= 0

    upkeep(either).step(Event())
    assert either.generations.live().number == 2
    backed_up_site.assert_mended(either, new)
    new += publish_posts(either, 3)
    backed_up_site.assert_mended(either, new)
    upkeep(either).step(Event())
    assert either.generations.live().number == 2, "once is enough"


def test_where_nobody_has_looked_yet_the_fold_itself_finds_that_a_commit_doesnt_follow(
    either: Backend, backed_up_site: BackedUpSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuity, "CHECK_INTERVAL_S", 1000.0)
    either.project()
    backed_up_site.restore()
    publish_posts(either, 100)
    before = rows(either)
    either.project()
    assert rows(either) == before


def test_a_stream_that_is_edited_again_goes_on_from_what_the_store_has(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
    """What the writer, the bus and the lists remember of it is of the time before."""
    backed_up_site.restore()
    receipt = either.send(post.EditPost(post=backed_up_site.edited, version=1, title="Anew", body="words"))
    assert receipt.version == 2
    upkeep(either).step(Event())
    either.project()
    assert shown(either, backed_up_site.edited) == 2
    assert either.rebuilder().verify(silent).same


def test_another_store_is_noticed_by_its_id(either: Backend, backed_up_site: BackedUpSite) -> None:
    with either.generations.live().write() as connection:
        connection.execute(text("UPDATE origin SET store = :other"), {"other": ids.uuid7()})
    assert "another event store" in (mismatch_reason(either) or "")
    id = either.publish()
    either.project()
    assert shown(either, id) == 0
    upkeep(either).step(Event())
    either.project()
    assert shown(either, id) == 1


def test_a_generation_of_an_older_version_adopts_the_store_that_it_finds(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
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


def test_a_generation_of_an_older_version_notices_a_shorter_store(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
    with either.generations.live().write() as connection:
        connection.execute(text("DELETE FROM origin"))
        connection.execute(text("UPDATE checkpoints SET chain = NULL"))
    backed_up_site.restore()
    assert f"ends at {backed_up_site.backup[0]}" in (mismatch_reason(either) or "")
    upkeep(either).step(Event())
    backed_up_site.assert_mended(either, [])


def test_a_rebuild_by_hand_takes_back_what_is_lost_and_for_good(either: Backend, backed_up_site: BackedUpSite) -> None:
    backed_up_site.restore()
    rebuilder = either.rebuilder()
    fresh, comparison = rebuilder.fill(silent)
    assert comparison is None, "there is nothing to compare"
    rebuilder.switch(fresh)
    backed_up_site.assert_mended(either, [])
    with pytest.raises(Conflict, match="no earlier generation"):
        rebuilder.switch_back()


def test_there_is_no_way_back_to_a_generation_of_before_the_restore(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
    rebuilder = either.rebuilder()
    rebuilder.switch(rebuilder.fill(silent)[0])
    backed_up_site.restore()
    with pytest.raises(Conflict, match="no way back to generation 1"):
        rebuilder.switch_back()
    assert either.generations.live().number == 2


@pytest.mark.parametrize("grown", [0, 30])
def test_a_generation_is_not_switched_to_where_the_store_is_put_back_while_it_is_filled(
    either: Backend, backed_up_site: BackedUpSite, grown: int
) -> None:
    rebuilder = either.rebuilder()
    fresh, _ = rebuilder.fill(silent)
    backed_up_site.restore()
    new = publish_posts(either, grown)
    either.number()
    with pytest.raises(Conflict, match="put back to an earlier state meanwhile"):
        rebuilder.switch(fresh)
    assert either.generations.live().number == 1
    upkeep(either).step(Event())
    backed_up_site.assert_mended(either, new)


def test_the_verifier_repairs_nothing_by_a_store_that_was_put_back(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
    backed_up_site.restore()
    for version in (1, 2, 3):
        either.send(post.EditPost(post=backed_up_site.edited, version=version, title=f"Anew {version}", body="words"))
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
    publish_posts(either, 5)
    either.number()
    assert meter.measure().commits == 5
    restore()
    publish_posts(either, 9)
    either.project()
    assert meter.measure().commits == 0


def test_a_pages_process_notices_within_a_second(
    either: Backend, backed_up_site: BackedUpSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs = StoreMatch(either.store, either.generations.connect)
    assert belongs.mismatch() is belongs.recent_mismatch() is None
    backed_up_site.restore()
    assert belongs.recent_mismatch() is None
    monkeypatch.setattr(store_match, "MATCH_CACHE_S", 0.0)
    assert belongs.recent_mismatch() is not None


def test_what_an_answer_waited_for_isnt_taken_from_a_past_that_is_gone(
    either: Backend, backed_up_site: BackedUpSite
) -> None:
    """The lists show version 4 of a post, and the store has just taken version 2 of it."""
    backed_up_site.restore()
    receipt = either.send(post.EditPost(post=backed_up_site.edited, version=1, title="Anew", body="words"))
    assert either.generations.wait(Receipt(stream=receipt.stream, version=receipt.version), 0)
    assert StoreMatch(either.store, either.generations.connect).recent_mismatch() is not None
