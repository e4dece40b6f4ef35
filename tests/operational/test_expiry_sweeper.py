"""The sweep of what has expired goes on whatever happens to it, and ends when it is told to."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from operational.expiry import EXPIRIES
from projector import expiry
from projector.expiry import ExpirySweeper
from readmodel.generations.generations import Generations
from retention import DEFAULT
from tests.operational.aged_rows import how_many, insert


@pytest.fixture
def control(generations: Generations) -> Engine:
    """Without tables, in place of the one that has them."""
    return generations.control


def test_it_sweeps_again_and_again_also_after_a_failure(
    generations: Generations, control: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "INTERVAL_S", 0.01)
    stop = threading.Event()
    sweeping = threading.Thread(target=ExpirySweeper(control, DEFAULT).run, args=(stop,))
    sweeping.start()  # There are no tables yet.
    try:
        generations.migrate()
        for one in EXPIRIES:
            insert(control, one, timedelta(days=4_000))
        until = time.monotonic() + 20
        while any(how_many(control, one) for one in EXPIRIES) and time.monotonic() < until:
            time.sleep(0.02)
        assert [one.period for one in EXPIRIES if how_many(control, one)] == []
    finally:
        stop.set()
        sweeping.join(10)
    assert not sweeping.is_alive()
