"""The lease: one relay leads, and another takes over when it falls silent."""

import threading

import pytest

from eventstore.mongo.checkpoint import Checkpoint, CheckpointState, NewerLeader
from eventstore.mongo.lease import LEASE_TIMEOUT_S, Lease

pytestmark = pytest.mark.server


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_leads_and_the_other_takes_over_when_it_falls_silent(store):
    clock = Clock()
    first, second = (Lease(store.database["relay"], holder, clock) for holder in ("a", "b"))
    assert first.take()
    assert not second.take()
    clock.now += LEASE_TIMEOUT_S - 1
    assert first.renew()
    assert not second.take()
    clock.now += LEASE_TIMEOUT_S - 0.1
    assert not second.take()
    clock.now += 0.2
    assert second.take()
    assert (second.term, first.renew(), first.alive) == (2, False, False)


def test_a_leader_that_ends_well_is_followed_at_once(store):
    first, second = (Lease(store.database["relay"], holder) for holder in ("a", "b"))
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.take()


def test_of_eight_that_find_it_run_out_one_gets_it(store):
    clock = Clock()
    assert Lease(store.database["relay"], "dead", clock).take()
    leases = [Lease(store.database["relay"], f"h{at}", clock) for at in range(8)]
    assert not any(lease.take() for lease in leases)
    clock.now += LEASE_TIMEOUT_S + 1
    taken: list[bool] = []
    threads = [threading.Thread(target=lambda lease=lease: taken.append(lease.take())) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1


def test_a_deposed_leader_cannot_move_the_checkpoint(store):
    old, new = (Checkpoint(store.database["relay"], "t", term) for term in (1, 2))
    old.claim()
    old.save(CheckpointState(sent=5))
    assert new.claim().sent == 5
    with pytest.raises(NewerLeader):
        old.save(CheckpointState(sent=9))
    with pytest.raises(NewerLeader):
        old.claim()
    assert new.claim().sent == 5
