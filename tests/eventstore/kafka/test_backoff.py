"""A log that is away is asked rarely, and told of once."""

import pytest
from structlog.testing import capture_logs

from eventstore.kafka.backoff import LONGEST_PAUSE_S, QUIET_S, Away


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def away(clock) -> Away:
    return Away(lambda: clock.now, clock.sleep)


def test_a_minute_without_a_log_is_one_line_and_a_look_a_second(away, clock):
    with capture_logs() as said:
        looks = 0
        while clock.now < 160.0:
            away.failed(OSError("refused"))
            away.went_well(False)
            looks += 2
    assert looks <= 2 * 65 / LONGEST_PAUSE_S
    assert [(one["event"], one["error"]) for one in said] == [("the log is away, trying again", "refused")]


def test_a_message_tells_that_it_is_back_and_the_next_failure_is_told_again(away, clock):
    with capture_logs() as said:
        for _ in range(8):
            away.failed(OSError("refused"))
        away.went_well(True)
        away.went_well(True)
        before = clock.now
        away.failed(OSError("refused"))
    assert [one["event"].split(",")[0] for one in said] == ["the log is away", "the log is back", "the log is away"]
    assert clock.now - before < LONGEST_PAUSE_S


def test_so_does_quiet_that_lasts(away, clock):
    with capture_logs() as said:
        away.failed(OSError("refused"))
        away.went_well(False)
        clock.now += QUIET_S
        away.went_well(False)
    assert [one["event"] for one in said] == ["the log is away, trying again", "the log is back"]


def test_a_log_that_was_never_away_says_nothing(away):
    with capture_logs() as said:
        away.went_well(True)
    assert said == []
