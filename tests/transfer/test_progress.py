"""Ctrl-C asks once, then insists; and the handler that was there comes back."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from transfer.progress import estimated, interruptible


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    """Whoever was started in the background ignores Ctrl-C."""
    given = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, given)


def test_the_first_ctrl_c_asks_and_the_second_stops_at_once():
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stopped:
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_ctrl_c_nothing_stays_behind():
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stopped:
        assert not stopped()
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_just_runs():
    seen: list[bool] = []

    def work() -> None:
        with interruptible() as stopped:
            seen.append(stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_an_estimate_grows_from_the_share():
    assert [estimated(50, 0.5), estimated(50, 0.0), estimated(0, 1.0)] == [100, 0, 0]
