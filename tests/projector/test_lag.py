"""Lag is what was acknowledged and isn't shown: commits without a position count, and no partition hides another."""

import time

import pytest

from domain import post
from readmodel.generations import lag
from readmodel.generations.lag import Lag, LagMeter
from tests.projector.conftest import Backend
from tests.projector.partitioned_log import PartitionedLog, partition_of_key, post_id_in


@pytest.fixture
def meter(either: Backend) -> LagMeter:
    def partition_of(key: str, partitions: int) -> int:
        return partition_of_key(key, partitions) if either.mongo else 0

    return LagMeter(either.store, either.generations.connect, partition_of)


def test_nothing_is_behind_once_everything_is_shown(either: Backend, meter: LagMeter) -> None:
    assert meter.measure() == Lag(commits=0, seconds=0.0, unsequenced=0, shown_before=1, partitions=())
    either.register("ann")
    either.publish()
    either.project()
    assert meter.measure() == Lag(commits=0, seconds=0.0, unsequenced=0, shown_before=3, partitions=())


def test_what_is_stored_counts_at_once_with_or_without_a_position(either: Backend, meter: LagMeter) -> None:
    either.register("ann")
    either.project()
    for _ in range(3):
        either.publish()
    time.sleep(0.05)
    found = meter.measure()
    assert found.commits == 3
    assert found.unsequenced == (3 if either.mongo else 0)
    assert 0.05 <= found.seconds < 30
    either.number()
    found = meter.measure()
    assert (found.commits, found.unsequenced, found.shown_before) == (3, 0, 2)
    assert sum(one.commits for one in found.partitions) == 3
    either.project()
    assert meter.measure().commits == 0


def test_a_partition_that_is_stuck_is_not_hidden_by_one_that_goes_on(either: Backend, meter: LagMeter) -> None:
    if either.mongo is None:
        return  # it has one partition
    either.register("ann")
    either.project()
    source = PartitionedLog(either.mongo)
    either.worker = either.new_worker(source)
    either.project()
    source.stopped = {0}
    for _ in range(5):
        either.send(post.NewPost(post=post_id_in(0), title="A title", body="b"))
    either.send(post.NewPost(post=post_id_in(1), title="The newest", body="b"))
    either.project()
    assert either.generations.live().position() == either.store.head()[0]
    found = meter.measure()
    assert [(one.partition, one.commits) for one in found.partitions] == [(0, 5)]
    assert (found.commits, found.unsequenced) == (5, 0)


def test_more_than_one_look_keeps_in_mind_is_counted_all_the_same(
    either: Backend, meter: LagMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag, "MAX_PENDING_COMMITS", 3)
    monkeypatch.setattr(lag, "PAGE_COMMITS", 2)
    either.register("ann")
    for _ in range(9):
        either.publish()
    either.number()
    assert meter.measure().commits == 10
    either.project()
    assert [meter.measure().commits for _ in range(5)][-1] == 0


def test_a_parked_stream_is_a_dead_letter_and_no_lag(either: Backend, meter: LagMeter) -> None:
    either.register("ann")
    either.project()
    id = either.publish()
    either.number()
    assert meter.measure().commits == 1
    either.park(f"post-{id}")
    assert meter.measure().commits == 0
