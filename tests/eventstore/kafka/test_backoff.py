"""A log that is away is asked rarely, and told of once."""

import pytest
from structlog.testing import capture_logs

from eventstore.kafka.backoff import MAX_DELAY_S, RECOVERY_CONFIRMATION_S, Backoff


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def away(clock) -> Backoff:
    return Backoff(lambda: clock.now, clock.sleep)


def test_a_minute_without_a_log_is_one_line_and_a_look_a_second(away, clock):
    with capture_logs() as said:
        looks = 0
        while clock.now < 160.0:
            away.record_failure(OSError("refused"))
            away.record_success(False)
            looks += 2
    assert looks <= 2 * 65 / MAX_DELAY_S
    assert [(one["event"], one["error"]) for one in said] == [("log: unavailable, retrying", "refused")]


def test_a_message_tells_that_it_is_back_and_the_next_failure_is_told_again(away, clock):
    with capture_logs() as said:
        for _ in range(8):
            away.record_failure(OSError("refused"))
        away.record_success(True)
        away.record_success(True)
        before = clock.now
        away.record_failure(OSError("refused"))
    assert [one["event"].split(",")[0] for one in said] == [
        "log: unavailable",
        "log: available again",
        "log: unavailable",
    ]
    assert clock.now - before < MAX_DELAY_S


def test_so_does_quiet_that_lasts(away, clock):
    with capture_logs() as said:
        away.record_failure(OSError("refused"))
        away.record_success(False)
        clock.now += RECOVERY_CONFIRMATION_S
        away.record_success(False)
    assert [one["event"] for one in said] == ["log: unavailable, retrying", "log: available again"]


def test_a_log_that_was_never_away_says_nothing(away):
    with capture_logs() as said:
        away.record_success(True)
    assert said == []
